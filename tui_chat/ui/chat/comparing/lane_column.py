"""One answer of a comparison: the name of its model, its text, and its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical

from tui_chat.ui.common.title_line import TitleLine
from tui_chat.ui.messages.message_view import MessageView
from tui_chat.ui.terminal.painting.fast_scroll import FastScroll
from tui_chat.ui.terminal.painting.flat_background import FlatBackground

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui_chat.core.conversation import Message
    from tui_chat.core.stream_events import StreamEvent


class LaneColumn(Vertical, FlatBackground):
    """An answer that grows while it streams. The focused one is scrolled and chosen by keys.

    Attributes:
        scroll: Scrolls the text.
    """

    DEFAULT_CSS = """
    LaneColumn {
        width: 1fr;
        height: 1fr;
        & > #lane-head { text-style: bold; color: $text-secondary; }
        & > FastScroll {
            height: 1fr;
            scrollbar-size-vertical: 1;
            scrollbar-background: $background;
            scrollbar-color: $foreground 25%;
        }
        & > #lane-foot { color: $text-muted; }
        & MessageView { min-height: 100%; padding: 0; }
        & MessageHeader { display: none; }
        &.current > #lane-head { color: $text-primary; text-style: bold reverse; }
        &.current .body { border-left: outer $primary; }
        &.blind .notice { max-height: 0; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.scroll = FastScroll(can_focus=False)
        self._head = TitleLine(id="lane-head")
        self._foot = TitleLine(id="lane-foot")
        self._view: MessageView | None = None

    @property
    def foot(self) -> str:
        """The line below the text."""
        return self._foot.left

    def compose(self) -> ComposeResult:
        """Build the parts."""
        yield self._head
        yield self.scroll
        yield self._foot

    def show_name(self, name: str, *, is_current: bool, is_blind: bool) -> None:
        """Show the name above the text, and the column as the current one."""
        self._head.show(name)
        self.set_class(is_current, "current")
        self.set_class(is_blind, "blind")

    def show_figures(self, figures: str, *, lead: tuple[str, str] = ("", "")) -> None:
        """Show the line below the text, after a symbol."""
        self._foot.show(figures, lead=lead)

    def show_reply(self, reply: Message) -> None:
        """Show a reply as far as it has arrived; its deltas follow by `feed`."""
        if self._view is None:
            # Created before anything is awaited: no delta is lost or shown twice.
            self._view = MessageView(reply)
            self._view.can_focus = False
            self.scroll.mount(self._view)
            self.scroll.anchor()

    def feed(self, event: StreamEvent) -> None:
        """Append a delta."""
        if self._view is not None:
            self._view.feed(event)

    def finish(self, reply: Message) -> None:
        """Show the final state of the reply."""
        if self._view is not None:
            self._view.finish(reply)
