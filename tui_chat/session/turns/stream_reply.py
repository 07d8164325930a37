"""Streams the reply of a turn: a request, and one more after each round of tool calls."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tui_chat.core.overlap_filter import OverlapFilter
from tui_chat.core.request import AUTO, NO_TOOLS
from tui_chat.core.stream_events import TOOL_ROUNDS, Finished, Phase, TextDelta, Waiting
from tui_chat.core.tools.events import RoundStarted
from tui_chat.session.saving.checkpoints import Checkpoints
from tui_chat.session.tools.call_round import CallRound
from tui_chat.session.turns.attachment_contents import request_with_contents
from tui_chat.session.turns.endpoint_events import endpoint_events
from tui_chat.session.turns.save_turn import keep_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.core.tools.tool import Tool
    from tui_chat.core.turn import Turn
    from tui_chat.core.turn_clock import TurnClock
    from tui_chat.session.protocols import TurnView
    from tui_chat.session.session import ChatSession

_BETWEEN: Final = "\n\n"
"""Separates the texts of two rounds."""


async def stream_reply(
    session: ChatSession, turn: Turn, beginning: str, view: TurnView, clock: TurnClock
) -> None:
    """Ask the endpoint until the model has answered without a call.

    Args:
        session: The conversation.
        turn: Receives the events.
        beginning: The partial reply to continue; empty for a new reply.
        view: Shows the events.
        clock: Tells the time of events.

    Raises:
        TuiChatError: The reply did not complete.
    """
    # Shown first: building the request of a long conversation takes a moment.
    view.turn_event(Waiting(Phase.ENGINE if session.profile.is_embedded else Phase.CONNECTING))
    await session.memory.load()
    tools = await session.tools.offered(view.turn_event)
    async with Checkpoints(session.store.save_reply, turn, view.not_saved) as checkpoints:

        def emit(event: StreamEvent) -> None:
            turn.apply(event, clock.now())
            checkpoints.note_change()
            view.turn_event(event)

        stream = _Rounds(session, turn, tools, view, emit)
        await stream.run(beginning)


class _Rounds:
    """The requests of one reply."""

    def __init__(
        self,
        session: ChatSession,
        turn: Turn,
        tools: dict[str, Tool],
        view: TurnView,
        emit: Callable[[StreamEvent], None],
    ) -> None:
        self._session = session
        self._turn = turn
        self._tools = tools
        self._view = view
        self._emit = emit

    async def run(self, beginning: str) -> None:
        service = self._session.tools.service
        limit = service.rounds if service is not None else 0
        choice = self._session.tools.choice_for(self._tools)
        begun = self._turn.snapshot().tool_calls
        number = begun[-1].round + 1 if begun else 1
        last = number + limit
        while True:
            is_last = number >= last
            finished = await self._request(beginning, NO_TOOLS if is_last else choice)
            if finished is None or service is None:
                return
            if is_last:
                self._emit(replace(finished, reason=TOOL_ROUNDS, calls=()))
                return
            self._turn.end_round(finished)
            work = CallRound(
                self._session, service, self._turn, self._tools, self._view, self._emit
            )
            await work.run(finished.calls, number)
            number, choice, beginning = number + 1, AUTO, self._turn.snapshot().content
            self._emit(RoundStarted(number, last))

    async def _request(self, beginning: str, choice: str) -> Finished | None:
        """Stream one request; return its end if the model calls tools."""
        session, turn = self._session, self._turn
        begun = turn.snapshot()
        request = session.context.request(
            session.tree.path(turn.question.id),
            beginning,
            reply=begun,
            tools=self._tools,
            tool_choice=choice,
        )
        request = await request_with_contents(request, session.store)
        request = session.structured.request(request, turn.reply, session.tree)
        # Only what a partial text goes on with can be repeated by the endpoint.
        rest = begun.tool_calls[-1].text_end if begun.tool_calls else 0
        overlap = OverlapFilter(beginning[rest:].lstrip("\n"))
        needs_break = bool(begun.tool_calls and begun.content[:rest] and not beginning[rest:])
        async with aclosing(endpoint_events(session, request)) as events:
            async for sent in events:
                for event in overlap.feed(sent):
                    if isinstance(event, Finished) and event.calls:
                        return event
                    if needs_break and isinstance(event, TextDelta):
                        needs_break = False
                        self._emit(TextDelta(_BETWEEN))
                    self._emit(event)
                if isinstance(sent, Finished) and sent.asked_model:
                    await keep_model(session, sent.asked_model, self._view)
        return None
