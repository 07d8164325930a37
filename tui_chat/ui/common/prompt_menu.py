"""A list over the prompt, which keeps the focus and the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

from textual.content import Content
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

RowT = TypeVar("RowT")

ROWS: Final = 8
"""The most visible rows."""
HIGHLIGHT: Final = "bold $block-cursor-foreground on $block-cursor-background"


class PromptMenu(Widget, Generic[RowT]):
    """Shows rows and highlights one. A subclass draws a row and reports a click."""

    DEFAULT_CSS = """
    PromptMenu {
        height: auto;
        padding: 0 1;
        display: none;
        background: $surface;
    }
    """

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._rows: Sequence[RowT] = ()
        self._index = 0
        self._first = 0

    @property
    def highlighted(self) -> RowT | None:
        """The highlighted row; None while the list is closed."""
        return self._rows[self._index] if self._rows else None

    def show(self, rows: Sequence[RowT]) -> None:
        """Show rows and highlight the first one; none of them close the list."""
        self._rows = rows
        self._index = self._first = 0
        self.display = bool(rows)
        self.refresh(layout=True)

    def move(self, step: int) -> None:
        """Highlight another row; from the last one to the first, and back."""
        self._index = (self._index + step) % len(self._rows)
        self._first = min(self._first, self._index)
        self._first = max(self._first, self._index - ROWS + 1)
        self.refresh()

    def choose(self, row: RowT) -> None:
        """Report that a row was clicked."""
        raise NotImplementedError

    def draw(self, row: RowT, width: int, *, is_highlighted: bool) -> Content:
        """Draw a row."""
        raise NotImplementedError

    def on_click(self, event: events.Click) -> None:
        """Choose the clicked row."""
        event.stop()
        index = self._first + event.y
        if 0 <= index < len(self._rows):
            self.choose(self._rows[index])

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Highlight the next row."""
        event.stop()
        self.move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Highlight the previous row."""
        event.stop()
        self.move(-1)

    def render(self) -> Content:
        """Render the visible rows."""
        width = self.content_size.width
        end = min(self._first + ROWS, len(self._rows))
        drawn = (
            self.draw(self._rows[index], width, is_highlighted=index == self._index)
            for index in range(self._first, end)
        )
        return Content("\n").join(drawn)
