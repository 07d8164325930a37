"""Streams a reply from an endpoint; restarts the request if the local model crashed."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import CutOff, NoAnswer, Unreachable
from tui_chat.core.reply_checks import ReplyChecks
from tui_chat.core.stream_events import Phase, ReasoningDelta, TextDelta, Waiting

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tui_chat.core.request import CompletionRequest
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.session.session import ChatSession

_ATTEMPTS: Final = 5
_PAUSE_S: Final = 0.1
"""A process that is being killed may be reported as running for a moment."""


async def endpoint_events(
    session: ChatSession, request: CompletionRequest
) -> AsyncGenerator[StreamEvent, None]:
    """Yield the stream events of a session's endpoint.

    A restarted local model listens on another port, so each attempt gets a new provider.

    Raises:
        TuiChatError: The reply did not complete.
    """
    checks = ReplyChecks(request, session.profile)
    for remaining in reversed(range(_ATTEMPTS if session.profile.is_embedded else 1)):
        provider = await session.open_provider()
        has_begun = False
        stream = session.structured.stream(provider, request, session.profile)
        try:
            async with aclosing(stream) as events:
                async for event in events:
                    has_begun = has_begun or isinstance(event, TextDelta | ReasoningDelta)
                    yield checks.with_note(event)
                    # After the text was passed on, because all of it is kept.
                    checks.check(event)
        except (Unreachable, CutOff, NoAnswer) as error:
            if has_begun or not remaining or not _is_connection_error(error):
                raise
        else:
            return
        yield Waiting(Phase.ENGINE)
        await asyncio.sleep(_PAUSE_S)


def _is_connection_error(error: Exception) -> bool:
    """Return whether the endpoint is unreachable and sent no HTTP response."""
    return isinstance(error, Unreachable) or not getattr(error, "status", None)
