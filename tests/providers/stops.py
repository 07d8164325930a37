"""Stops a reply at any stage as Esc does, and measures when the server sees the close."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tests.providers.case import messages, opened
from tests.providers.wire import delta, error_answer, hello
from tests.sse_server import DATA, Answer, Pause, Repeat, SseServer, Stall
from tui_chat.core.profile import Profile, Timeouts
from tui_chat.core.request import build_request
from tui_chat.core.stream_events import Retrying, TextDelta, Waiting

if TYPE_CHECKING:
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.providers.openai_compatible import OpenAICompatible

PATIENT: Final = Timeouts(connect_s=30, first_token_s=30, idle_s=30)


@dataclass(frozen=True)
class Standing:
    """The stage at which a reply is stopped."""

    answer: Answer
    after: type[StreamEvent]
    """The reply is stopped after this event."""
    certificate: str = ""

    @property
    def is_open(self) -> bool:
        """Return whether a connection is open at this stage."""
        return self.after is not Retrying


_RETRY: Final = error_answer(503, "busy", headers={"Retry-After": "30"})

STANDINGS: Final = {
    "no_headers": Standing(Answer((Stall(),), framing="none"), Waiting),
    "headers_only": Standing(Answer((Stall(),)), Waiting),
    "sent nothing for": Standing(Answer((hello(), Stall())), TextDelta),
    "keep_alives": Standing(Answer((hello(), Repeat(b": hi\n\n", 0.005))), TextDelta),
    "drip": Standing(Answer((Repeat(delta("a"), 0.002),)), TextDelta),
    "flood": Standing(Answer((Repeat(delta("a") * 200),)), TextDelta),
    "whole": Standing(Answer((b'{"choices": [', Pause(30)), content_type="text/json"), Waiting),
    "failing_body": Standing(Answer((b"no", Stall()), status=500), Waiting),
    "tls_silent": Standing(Answer((hello(), Stall())), TextDelta, "loopback"),
    "tls_flood": Standing(Answer((Repeat(delta("a") * 200),)), TextDelta, "loopback"),
    "retry_pause": Standing(_RETRY, Retrying),
}


@dataclass(frozen=True)
class Stopped:
    """Durations in seconds."""

    seen_s: float | None
    """Until the server saw the close; None if no connection was open."""
    freed_s: float
    """Until the task had ended, so that a new question may be asked."""


class Stopper:
    """Sends requests to a server and stops each reply."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._server = SseServer(standing.answer, certificate=standing.certificate)

    async def __aenter__(self) -> Stopper:
        await self._server.__aenter__()
        url = self._server.base_url
        profile = Profile("test", url, model="m", timeouts=PATIENT)
        if self._standing.certificate:
            profile = replace(profile, ca_file=str(DATA / f"{self._standing.certificate}.crt"))
        self._profile = profile
        self._provider = await opened(profile, None)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._provider.aclose()
        await self._server.__aexit__()

    async def stop_one(self, count: int) -> Stopped:
        """Send a request, stop the reply at its stage, and return the durations."""
        loop = asyncio.get_running_loop()
        reached = asyncio.Event()
        task = loop.create_task(_asked(self._provider, self._profile, self._standing, reached))
        request = await self._server.asked(count)
        await reached.wait()
        # Stop during the wait that follows the event.
        await asyncio.sleep(0.01)
        began = loop.time()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        freed_s = loop.time() - began
        seen_s = await request.saw_close() - began if self._standing.is_open else None
        return Stopped(seen_s, freed_s)


async def _asked(
    provider: OpenAICompatible, profile: Profile, standing: Standing, reached: asyncio.Event
) -> None:
    question, _ = messages()
    request = build_request([question], profile)
    async with aclosing(provider.stream(request)) as events:
        async for event in events:
            if isinstance(event, standing.after):
                reached.set()
