"""A line with text at both ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual.content import Content
from textual.message import Message as TextualMessage
from textual.widget import Widget

from tui_chat.ui.common.select_words import without_gaps

if TYPE_CHECKING:
    from textual import events
    from textual.selection import Selection

_SHORTEST: Final = 24
"""In cells; a title is not truncated further for the details."""
_SHORTEST_MARKED: Final = 12


class TitleLine(Widget):
    """A line with a title at the left and details at the right.

    The details are truncated first, then the title; the mark behind it is shown in full.
    """

    DEFAULT_CSS = """
    TitleLine {
        height: 1;
        width: 100%;
        padding: 0 1;
    }
    """

    @dataclass
    class Clicked(TextualMessage):
        """The user clicked one of the texts."""

        line: TitleLine
        is_right: bool

        @property
        def control(self) -> TitleLine:
            """The clicked line, for the selector of `on`."""
            return self.line

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._left = ""
        self._right = ""
        self._mark = ""
        self._lead = ("", "")

    @property
    def left(self) -> str:
        """The text at the left, with its mark."""
        return f"{self._left} {self._mark}" if self._mark else self._left

    @property
    def right(self) -> str:
        """The text at the right."""
        return self._right

    @property
    def right_style(self) -> str:
        """The style of the text at the right."""
        return "not bold $foreground 60%"

    def show(
        self, left: str, right: str = "", *, lead: tuple[str, str] = ("", ""), mark: str = ""
    ) -> None:
        """Show other texts; repaints only if they changed.

        Args:
            left: The text at the left.
            right: The text at the right.
            lead: A symbol before the text at the left, and its style.
            mark: A text after the one at the left, truncated last.
        """
        if (left, right, lead, mark) != (self._left, self._right, self._lead, self._mark):
            self._left, self._right, self._lead, self._mark = left, right, lead, mark
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Report the clicked end."""
        x = event.get_content_offset_capture(self).x
        width = self.content_size.width
        if x < cell_len(self._lead[0] + self.left):
            self.post_message(self.Clicked(self, is_right=False))
        elif width - cell_len(self._right) <= x < width:
            self.post_message(self.Clicked(self, is_right=True))

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text without the gap between the ends."""
        found = super().get_selection(selection)
        return (without_gaps(found[0]), found[1]) if found is not None else None

    def render(self) -> Content:
        """Render the line."""
        width = self.content_size.width
        left = Content.assemble(self._lead, self._left)
        right = Content.styled(self._right, self.right_style)
        mark = Content(f" {self._mark}" if self._mark else "")
        room = width - mark.cell_length - right.cell_length - 2
        if room < min(left.cell_length, _SHORTEST_MARKED if self._mark else _SHORTEST):
            left = left.truncate(max(0, width - mark.cell_length), ellipsis=True)
            return Content.assemble(left, mark).truncate(width, ellipsis=True)
        left = left.truncate(room, ellipsis=True) + mark
        gap = " " * max(1, width - left.cell_length - right.cell_length)
        return Content.assemble(left, gap, right)
