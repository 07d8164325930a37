"""The list that `/` opens over the prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual.content import Content
from textual.message import Message as TextualMessage

from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.commands.entry import Entry
from tui_chat.ui.common.prompt_menu import HIGHLIGHT, PromptMenu

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDEST_NAME: Final = 24


class SlashMenu(PromptMenu[Entry]):
    """Shows entries: name, description, key."""

    @dataclass
    class Chosen(TextualMessage):
        """The user clicked an entry."""

        entry: Entry

    def __init__(self) -> None:
        super().__init__(id="slash-menu")
        self._room = 0

    def show(self, rows: Sequence[Entry]) -> None:
        """Show entries and highlight the first one; none of them close the list."""
        widths = (cell_len(_name(entry)) for entry in rows)
        self._room = min(_WIDEST_NAME, max(widths, default=0))
        super().show(rows)

    def choose(self, row: Entry) -> None:
        """Report the clicked entry."""
        self.post_message(self.Chosen(row))

    def draw(self, row: Entry, width: int, *, is_highlighted: bool) -> Content:
        """Draw an entry."""
        name = Content(_name(row)).truncate(self._room, ellipsis=True, pad=True)
        key = Content.styled(row.key, "$foreground 60%")
        space = max(0, width - self._room - 2 - key.cell_length - 2)
        words = Content(sanitize_line(row.description, 200))
        words = words.truncate(space, ellipsis=True, pad=True)
        if is_highlighted:
            return Content.assemble(name, "  ", words, "  ", row.key).stylize(HIGHLIGHT)
        return Content.assemble(name.stylize("bold $text-accent"), "  ", words, "  ", key)


def _name(entry: Entry) -> str:
    return sanitize_line(f"/{entry.name} {entry.argument}".rstrip(), 80)
