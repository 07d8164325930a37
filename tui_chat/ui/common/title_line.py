"""A line with text at both ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from tui_chat.ui.common.select_words import without_gaps

if TYPE_CHECKING:
    from textual.selection import Selection


class TitleLine(Widget):
    """A line with a title at the left and details at the right.

    The details are truncated first.
    """

    DEFAULT_CSS = """
    TitleLine {
        height: 1;
        width: 100%;
        padding: 0 1;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._left = ""
        self._right = ""

    @property
    def left(self) -> str:
        """The text at the left."""
        return self._left

    @property
    def right(self) -> str:
        """The text at the right."""
        return self._right

    @property
    def right_style(self) -> str:
        """The style of the text at the right."""
        return "not bold $foreground 60%"

    def show(self, left: str, right: str = "") -> None:
        """Show other texts; repaints only if they changed."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text without the gap between the ends."""
        found = super().get_selection(selection)
        return (without_gaps(found[0]), found[1]) if found is not None else None

    def render(self) -> Content:
        """Render the line."""
        width = self.content_size.width
        left = Content(self._left)
        right = Content.styled(self._right, self.right_style)
        if left.cell_length + right.cell_length + 2 > width:
            room = width - right.cell_length - 2
            if room < min(left.cell_length, 24):
                return left.truncate(width, ellipsis=True)
            left = left.truncate(room, ellipsis=True)
        gap = " " * max(1, width - left.cell_length - right.cell_length)
        return Content.assemble(left, gap, right)
