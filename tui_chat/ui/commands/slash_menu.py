"""The list that `/` opens over the prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual.content import Content
from textual.message import Message as TextualMessage
from textual.widget import Widget

from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from tui_chat.ui.commands.entry import Entry

ROWS: Final = 8
"""The most visible rows."""
_WIDEST_NAME: Final = 24
_HIGHLIGHT: Final = "bold $block-cursor-foreground on $block-cursor-background"


class SlashMenu(Widget):
    """Shows entries and highlights one; the prompt keeps the focus and the keys."""

    DEFAULT_CSS = """
    SlashMenu {
        height: auto;
        padding: 0 1;
        display: none;
        background: $surface;
    }
    """

    @dataclass
    class Chosen(TextualMessage):
        """The user clicked an entry."""

        entry: Entry

    def __init__(self) -> None:
        super().__init__(id="slash-menu")
        self._entries: Sequence[Entry] = ()
        self._index = 0
        self._first = 0

    @property
    def highlighted(self) -> Entry | None:
        """The highlighted entry; None while the list is closed."""
        return self._entries[self._index] if self._entries else None

    def show(self, entries: Sequence[Entry]) -> None:
        """Show entries and highlight the first one; none of them close the list."""
        self._entries = entries
        self._index = self._first = 0
        self.display = bool(entries)
        self.refresh(layout=True)

    def move(self, step: int) -> None:
        """Highlight another entry; from the last one to the first, and back."""
        self._index = (self._index + step) % len(self._entries)
        self._first = min(self._first, self._index)
        self._first = max(self._first, self._index - ROWS + 1)
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Choose the clicked entry."""
        event.stop()
        index = self._first + event.y
        if 0 <= index < len(self._entries):
            self.post_message(self.Chosen(self._entries[index]))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Highlight the next entry."""
        event.stop()
        self.move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Highlight the previous entry."""
        event.stop()
        self.move(-1)

    def render(self) -> Content:
        """Render the visible entries: name, description, key."""
        width = self.content_size.width
        names = [f"/{_with_argument(entry)}" for entry in self._entries]
        room = min(_WIDEST_NAME, max(map(cell_len, names), default=0))
        lines: list[Content] = []
        for index in range(self._first, min(self._first + ROWS, len(self._entries))):
            entry = self._entries[index]
            name = Content(names[index]).truncate(room, ellipsis=True, pad=True)
            key = Content.styled(entry.key, "$foreground 60%")
            space = max(0, width - room - 2 - key.cell_length - 2)
            words = Content(sanitize_line(entry.description, 200))
            words = words.truncate(space, ellipsis=True, pad=True)
            if index == self._index:
                line = Content.assemble(name, "  ", words, "  ", entry.key)
                lines.append(line.stylize(_HIGHLIGHT))
            else:
                accented = name.stylize("bold $text-accent")
                lines.append(Content.assemble(accented, "  ", words, "  ", key))
        return Content("\n").join(lines)


def _with_argument(entry: Entry) -> str:
    return sanitize_line(f"{entry.name} {entry.argument}".rstrip(), 80)
