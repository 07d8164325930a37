"""The view of one lane's turn: follows its progress, and passes it on to what is on the screen."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Protocol

from tui_chat.core.conversation import MessageStatus
from tui_chat.core.cost.cost import money_label
from tui_chat.core.labels import _
from tui_chat.core.text.quantities import compact_count
from tui_chat.ui.chat.turn_progress import TurnProgress
from tui_chat.ui.common.message_labels import duration_s, final_status
from tui_chat.ui.labels import cost_label

if TYPE_CHECKING:
    from tui_chat.core.conversation import Message
    from tui_chat.core.errors import StorageError
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.session.comparison.comparison import Comparison
    from tui_chat.session.comparison.lane import Lane
    from tui_chat.session.protocols import TurnView


class ReplyView(Protocol):
    """Shows a reply while it grows."""

    def show_reply(self, reply: Message) -> None:
        """Show a reply as far as it has arrived."""

    def feed(self, event: StreamEvent) -> None:
        """Append a delta."""

    def finish(self, reply: Message) -> None:
        """Show the final state."""


class LaneFeed:
    """The `TurnView` of a lane.

    Attributes:
        lane: The lane.
        view: The column of the comparison; None while the comparison is not on the screen.
    """

    def __init__(self, comparison: Comparison, lane: Lane, chat: TurnView) -> None:
        """Create the view of a lane.

        Args:
            comparison: The comparison of the lane.
            lane: The lane.
            chat: Shows the turns of the conversation: the shown lane is passed on to it.
        """
        self.lane = lane
        self.view: ReplyView | None = None
        self.progress = TurnProgress(monotonic())
        self._comparison = comparison
        self._chat = chat

    @property
    def _is_shown(self) -> bool:
        return self._comparison.shown is self.lane

    async def turn_started(self, question: Message | None, reply: Message) -> None:
        """Show the empty reply, and in the conversation also a new question."""
        if self.view is not None:
            self.view.show_reply(reply)
        if self._is_shown:
            asked = self._comparison.question if self._comparison.is_new else None
            await self._chat.turn_started(asked, reply)

    def turn_event(self, event: StreamEvent) -> None:
        """Show a stream event."""
        self.progress.apply(event, monotonic())
        if self.view is not None:
            self.view.feed(event)
        if self._is_shown:
            self._chat.turn_event(event)

    async def turn_finished(self, reply: Message) -> None:
        """Show the finished reply."""
        if self.view is not None:
            self.view.finish(reply)
        if self._is_shown:
            await self._chat.turn_finished(reply)

    def not_saved(self, error: StorageError) -> None:
        """Report that the conversation is in memory only."""
        self._chat.not_saved(error)

    def figures(self, at: float) -> str:
        """Return the state while the model answers, else the time and the tokens of the reply."""
        reply = self.lane.reply
        if reply is None or reply.status is MessageStatus.STREAMING:
            parts = [self.progress.text(at)]
            if self.progress.has_content:
                parts += [_tokens(self.progress.tokens), self.progress.speed(at)]
        else:
            # The price would give the model away.
            cost = None if self._comparison.is_blind else reply.cost
            seconds = None if final_status(reply) else duration_s(reply)
            parts = [
                final_status(reply),
                _("{seconds:.1f} s").format(seconds=seconds) if seconds is not None else "",
                _tokens(reply.output_tokens) if reply.output_tokens is not None else "",
                cost_label(cost) if cost is not None else "",
                money_label(reply.cost.amount, reply.cost.currency) if reply.cost else "",
            ]
        return " · ".join(part for part in parts if part)


def _tokens(count: int) -> str:
    return _("{count} tokens").format(count=compact_count(count))
