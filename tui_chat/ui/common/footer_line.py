"""The footer: the most useful keys of the current state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

GAP: Final = "   "


class KeyFooter(Widget):
    """A line of keys and their actions; entries that do not fit are dropped from the right."""

    DEFAULT_CSS = """
    KeyFooter {
        height: 1;
        width: 100%;
        padding: 0 1;
        color: $text-muted;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[tuple[str, str], ...] = ()

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """The shown pairs of key and action."""
        return self._keys

    def show(self, keys: Sequence[tuple[str, str]]) -> None:
        """Show other keys; repaints only if they changed."""
        if tuple(keys) != self._keys:
            self._keys = tuple(keys)
            self.refresh()

    def render(self) -> Content:
        """Render the entries that fit."""
        width = self.content_size.width
        line = Content("")
        for key, label in self._keys:
            gap = GAP if line else ""
            longer = Content.assemble(line, gap, (key, "bold $foreground"), " ", label)
            if longer.cell_length > width:
                break
            line = longer
        return line
