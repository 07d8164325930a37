"""Test cases: the behaviour of a server and the reply that the user must see."""

from __future__ import annotations

import re
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from tests.providers.wire import KEY, hello
from tests.sse_server import Answer, SseServer
from tui_chat.core.conversation import Message, MessageStatus, Role, new_id, now
from tui_chat.core.errors import TuiChatError
from tui_chat.core.profile import KeySource, Profile, Secret, Timeouts
from tui_chat.core.request import build_request
from tui_chat.core.turn import Turn
from tui_chat.providers import open_provider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.core.attachments import Attachment
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.providers.openai_compatible import OpenAICompatible

QUICK: Final = Timeouts(connect_s=1.0, first_token_s=2.0, idle_s=2.0)
"""For servers that answer."""
SHORT: Final = Timeouts(connect_s=0.2, first_token_s=0.2, idle_s=0.2)
"""For servers that are silent."""
COMPLETE, FAILED = MessageStatus.COMPLETE, MessageStatus.FAILED
INTERRUPTED, CANCELLED = MessageStatus.INTERRUPTED, MessageStatus.CANCELLED


@dataclass(frozen=True)
class Case:
    """The behaviour of a server and the expected reply."""

    name: str
    answers: tuple[Answer, ...]
    text: str = ""
    status: MessageStatus = COMPLETE
    kind: str | None = None
    fragments: tuple[str, ...] = ()
    """Expected fragments of the text beside the message."""
    reasoning: str = ""
    usage: tuple[int | None, int | None] = (None, None)
    finish_reason: str | None = None
    """None: not checked."""
    requests: int = 1
    profile: Mapping[str, Any] = field(default_factory=dict)
    """Overrides of the default profile."""
    path: str = "/v1"
    scheme: str = ""
    """The scheme of base_url; empty for that of the server."""
    key: str | None = KEY
    certificate: str = ""
    models: Answer | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    """`{port}` in a value is the port of the server."""
    opens: bool = True
    """False if opening the provider must fail."""

    def server(self) -> SseServer:
        """Return the server of this case."""
        return SseServer(*self.answers, models=self.models, certificate=self.certificate)

    def url_of(self, server: SseServer) -> str:
        """Return the base URL that the user has configured."""
        return f"{self.scheme or server.scheme}://127.0.0.1:{server.port}{self.path}"

    def profile_for(self, server: SseServer) -> Profile:
        """Return a profile for the server."""
        source = KeySource(env="TEST_KEY") if self.key else KeySource()
        profile = Profile(
            name="test",
            base_url=self.url_of(server),
            model="test-model",
            key=source,
            timeouts=QUICK,
            max_retries=2,
        )
        return replace(profile, **self.profile)


@dataclass
class Asked:
    """The outcome of a request."""

    reply: Message
    events: list[StreamEvent]
    error: TuiChatError | None = None


def whole(name: str, *steps: bytes, text: str = "Hello.", **fields: Any) -> Case:
    """Return a case of a complete stream."""
    return Case(name, (Answer(steps or (hello(),)),), text, **fields)


def failing(name: str, answer: Answer, kind: str, *fragments: str, **fields: Any) -> Case:
    """Return a case of a request that fails without any text."""
    return Case(name, (answer,), status=FAILED, kind=kind, fragments=fragments, **fields)


def cut(name: str, answer: Answer, *fragments: str, **fields: Any) -> Case:
    """Return a case of a reply that breaks off after “Hello.”."""
    text = fields.pop("text", "Hello.")
    return Case(name, (answer,), text, INTERRUPTED, "cut_off", fragments, **fields)


def by_name(*groups: tuple[Case, ...]) -> dict[str, Case]:
    """Return cases by their unique names."""
    cases = [case for group in groups for case in group]
    found = {case.name: case for case in cases}
    assert len(found) == len(cases)
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in found)
    return found


def messages(question: str = "Hi") -> tuple[Message, Message]:
    """Return a question and its empty reply."""
    asked = Message(new_id(), "c", None, Role.USER, question, now())
    reply = Message(
        new_id(), "c", asked.id, Role.ASSISTANT, "", now(), status=MessageStatus.STREAMING
    )
    return asked, reply


async def ask(
    provider: OpenAICompatible,
    profile: Profile,
    *path: Message,
    attachments: tuple[Attachment, ...] = (),
) -> Asked:
    """Send a request as ChatSession does."""
    question, reply = messages()
    question = replace(question, attachments=attachments)
    turn = Turn(question, reply)
    events: list[StreamEvent] = []
    failure = None
    try:
        request = build_request([*path, question], profile)
        async with aclosing(provider.stream(request)) as stream:
            async for event in stream:
                turn.apply(event, now())
                events.append(event)
    except TuiChatError as error:
        failure = error
        turn.fail(error, now())
    return Asked(turn.finish(now()), events, failure)


async def opened(profile: Profile, key: str | None = KEY) -> OpenAICompatible:
    """Return a provider for a profile."""
    return await open_provider(profile, Secret(key) if key else None)


def profile_at(server: SseServer, **changes: Any) -> Profile:
    """Return a profile of a server."""
    return replace(Profile("test", server.base_url, model="test-model", max_retries=2), **changes)


async def asked_at(
    server: SseServer, *path: Message, key: str | None = KEY, **changes: Any
) -> Asked:
    """Ask a server once, and close the provider."""
    profile = profile_at(server, **changes)
    provider = await opened(profile, key)
    try:
        return await ask(provider, profile, *path)
    finally:
        await provider.aclose()
