"""Asks an endpoint; a local model that has died is asked again as soon as it runs again."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import CutOff, NoAnswer, Unreachable
from tui_chat.core.stream_events import Phase, ReasoningDelta, TextDelta, Waiting

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tui_chat.core.request import CompletionRequest
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.session.session import ChatSession

_TRIES: Final = 5
_PAUSE_S: Final = 0.1
"""A process that is being killed may still count as running for a moment."""


async def endpoint_events(
    session: ChatSession, request: CompletionRequest
) -> AsyncGenerator[StreamEvent, None]:
    """Yield what a session's endpoint sends.

    The port of a local model changes when it is started again, so its provider is looked up anew
    for each try; the user sees that the local model starts.

    Raises:
        TuiChatError: No whole answer came.
    """
    for left in reversed(range(_TRIES if session.profile.is_embedded else 1)):
        provider = await session.open_provider()
        has_begun = False
        stream = session.structured.stream(provider, request, session.profile)
        try:
            async with aclosing(stream) as events:
                async for event in events:
                    has_begun = has_begun or isinstance(event, TextDelta | ReasoningDelta)
                    yield event
        except (Unreachable, CutOff, NoAnswer) as error:
            if has_begun or not left or not _is_about_connection(error):
                raise
        else:
            return
        yield Waiting(Phase.ENGINE)
        await asyncio.sleep(_PAUSE_S)


def _is_about_connection(error: Exception) -> bool:
    """Say whether an endpoint is not there (any more), and did not answer in words."""
    return isinstance(error, Unreachable) or not getattr(error, "status", None)
