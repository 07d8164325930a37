"""The line above a message: its author at the left; its state, versions and time at the right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.message import Message as TextualMessage
from textual.widget import Widget

from tui_chat.core.conversation import MessageStatus
from tui_chat.ui.common.message_labels import author, clock_time, header_details
from tui_chat.ui.common.select_words import without_gaps

if TYPE_CHECKING:
    from textual import events
    from textual.selection import Selection

    from tui_chat.core.conversation import Message

_QUIET: Final = "not bold $foreground 60%"
_STATES: Final = {
    MessageStatus.FAILED: ("✗ ", "not bold $text-error"),
    MessageStatus.INTERRUPTED: ("", "not bold $text-warning"),
}
_GAP: Final = "   "


class MessageHeader(Widget):
    """Shows who wrote a message and what became of it. The version mark can be clicked."""

    DEFAULT_CSS = """
    MessageHeader {
        height: 1;
        padding: 0 1 0 2;
        text-style: bold;
        color: $text-secondary;
    }
    """

    @dataclass
    class VersionWanted(TextualMessage):
        """The user clicked a side of the version mark."""

        message: Message
        step: int
        """-1 for the previous version, 1 for the next one."""

    def __init__(
        self, message: Message, version: tuple[int, int], *, is_answered_elsewhere: bool = False
    ) -> None:
        super().__init__()
        self._version = version
        self._message = message
        self._is_unsaved = False
        self._details = header_details(message, is_answered_elsewhere=is_answered_elsewhere)

    def show(self, message: Message, version: tuple[int, int] | None = None) -> None:
        """Update the state of the message, and its version if one is given."""
        self._version = version or self._version
        self._message = message
        self._details = header_details(message, is_unsaved=self._is_unsaved)
        self.refresh()

    def show_unsaved(self, is_unsaved: bool) -> None:
        """Show or hide the mark of an unsaved message."""
        if is_unsaved != self._is_unsaved:
            self._is_unsaved = is_unsaved
            self.show(self._message)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text without the gap between the ends."""
        found = super().get_selection(selection)
        return (without_gaps(found[0]), found[1]) if found is not None else None

    def render(self) -> Content:
        """Draw both ends of the line; the author is truncated when there is no room."""
        right = self._right()
        room = max(0, self.size.width - right.cell_length - 1)
        name = Content(author(self._message)).truncate(room, ellipsis=True)
        gap = " " * (1 + room - name.cell_length)
        # The name alone: a bar across the screen would distract from the text below it.
        is_focused = isinstance(self.parent, Widget) and self.parent.has_focus
        return Content.assemble(name.stylize("reverse") if is_focused else name, gap, right)

    def on_click(self, event: events.Click) -> None:
        """Show the previous or the next version if its side of the mark was clicked."""
        mark = self._mark
        end = self.size.width - len(_GAP) - len(self._time)
        x = event.get_content_offset_capture(self).x - (end - len(mark))
        if mark and 0 <= x < len(mark):
            event.stop()
            step = -1 if x < len(mark) // 2 else 1
            self.post_message(self.VersionWanted(self._message, step))

    def _right(self) -> Content:
        mark, style = _STATES.get(self._message.status, ("", _QUIET))
        parts = (
            Content.styled(mark + self._details if self._details else "", style),
            Content.styled(self._mark, "not bold $text-accent"),
            Content.styled(self._time, _QUIET),
        )
        return Content(_GAP).join([part for part in parts if part])

    @property
    def _mark(self) -> str:
        number, count = self._version
        return f"‹ {number}/{count} ›" if count > 1 else ""

    @property
    def _time(self) -> str:
        return clock_time(self._message.created_at, datetime.now().astimezone())
