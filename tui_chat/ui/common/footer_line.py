"""The footer: the most useful keys of the current state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from tui_chat.ui.common.key_names import binding_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

GAP: Final = "   "


class KeyFooter(Widget):
    """A line of keys and their actions; entries that do not fit are dropped from the right.

    A click on an entry does what its key does.
    """

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

    async def on_click(self, event: events.Click) -> None:
        """Run the action of the clicked key."""
        event.stop()
        key = self.key_at(event.get_content_offset_capture(self).x)
        for active in self.screen.active_bindings.values():
            if active.enabled and key and binding_name(active.binding) == key:
                await self.app.run_action(active.binding.action, active.node)
                return

    def key_at(self, x: int) -> str:
        """Return the key of the entry in a column, the second one of a pair; empty beside them."""
        start = 0
        for key, words in self._keys:
            end = start + cell_len(f"{key} {words}")
            if end > self.content_size.width:
                break
            if start <= x < end:
                return key.split(" ")[-1]
            start = end + len(GAP)
        return ""
