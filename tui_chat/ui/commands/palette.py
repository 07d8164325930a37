"""The command palette: every command with its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, cast

from rich.cells import cell_len
from textual import on
from textual.command import CommandInput, DiscoveryHit, Hit, Provider
from textual.content import Content
from textual.widgets import Input

from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.common.line_input import LineInput
from tui_chat.ui.common.modal import ClosesOnce
from tui_chat.ui.terminal.textual_workarounds import SafePalette

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.command import Hits

    from tui_chat.ui.commands.entry import Entry


_TITLE_WIDTH: Final = 34


class OffersEntries(Protocol):
    """An app that lists its commands."""

    def palette_entries(self) -> Iterable[Entry]:
        """Return the commands that can be run now."""


class CommandProvider(Provider):
    """Finds commands by their titles; each is shown with its key."""

    async def discover(self) -> Hits:
        """Yield all commands in the order of the table."""
        for entry in self._entries():
            title = Content(sanitize_line(entry.title, 80))
            yield DiscoveryHit(_with_key(title, entry), entry.run, entry.title, entry.description)

    async def search(self, query: str) -> Hits:
        """Yield the commands that match a query by title or name."""
        matcher = self.matcher(query)
        for entry in self._entries():
            score, offsets = matcher.fuzzy_search.match(query, entry.title)
            score = max(score, matcher.match(f"/{entry.name}"))
            if score > 0:
                # Not the matcher's own highlighting: it parses markup in the title.
                title = Content(sanitize_line(entry.title, 80))
                for offset in offsets:
                    title = title.stylize("bold underline", offset, offset + 1)
                shown = _with_key(title, entry)
                yield Hit(score, shown, entry.run, entry.title, entry.description)

    def _entries(self) -> Iterable[Entry]:
        return cast("OffersEntries", self.app).palette_entries()


class PaletteInput(CommandInput, LineInput):
    """The input of the palette."""


class Palette(ClosesOnce, SafePalette):
    """Textual's command palette with a bounded input; a command runs only once.

    It looks like the other dialogs.
    """

    DEFAULT_CSS = """
    Palette {
        & > Vertical { width: 90%; max-width: 90; background: $surface; }
        & #--input, & #--input.--list-visible { border: none; background: $surface; }
        & CommandList, & CommandList:focus {
            border: none;
            background: $surface;
            scrollbar-size-vertical: 1;
            scrollbar-color: $foreground 25%;
            scrollbar-background: $surface;
        }
    }
    """

    def command_input(self, placeholder: str) -> CommandInput:
        """Return the input, with the keys of every field."""
        return PaletteInput(placeholder=placeholder)

    @on(Input.Submitted)
    def _submit_once(self, event: Input.Submitted) -> None:
        """Ignore a second Enter, which would run the command again."""
        if self.is_dismissed:
            event.stop()
            event.prevent_default()


def _with_key(title: Content, entry: Entry) -> Content:
    gap = " " * max(2, _TITLE_WIDTH - cell_len(title.plain))
    return Content.assemble(title, gap, (entry.key, "bold $text-accent"))
