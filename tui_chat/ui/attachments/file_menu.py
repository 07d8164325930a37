"""The list of files that `@` opens over the prompt, or the web page that is typed behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual.content import Content
from textual.message import Message as TextualMessage

from tui_chat.core.attached_paths import is_page_address
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.attachments.rank_paths import matched_columns
from tui_chat.ui.common.prompt_menu import HIGHLIGHT, PromptMenu

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST: Final = 400


class FileMenu(PromptMenu[str]):
    """Shows paths; those of folders end in a slash."""

    @dataclass
    class Chosen(TextualMessage):
        """The user clicked a path."""

        path: str

    def __init__(self) -> None:
        super().__init__(id="file-menu")
        self._query = ""

    def show_found(self, paths: Sequence[str], query: str) -> None:
        """Show the paths that a query found, the best first.

        The highlight stays on its path while more files are found for the same query.
        """
        kept = self.highlighted if query == self._query and self._index else None
        self._query = query
        self.show(paths)
        if kept in paths:
            self.move(paths.index(kept))

    def choose(self, row: str) -> None:
        """Report the clicked path."""
        self.post_message(self.Chosen(row))

    def draw(self, row: str, width: int, *, is_highlighted: bool) -> Content:
        """Draw a path. If it is too long, its beginning is cut off."""
        hint = ""
        if is_highlighted:
            hint = _hint(row)
        room = max(1, width - cell_len(hint) - 2)
        shown = sanitize_line(row, _LONGEST)
        kept = last_cells(shown, room)
        path = Content(kept)
        if len(shown) == len(row):
            skipped = len(shown) - len(kept)
            for column in matched_columns(row, self._query):
                if column > skipped:
                    path = path.stylize("underline", column - skipped, column - skipped + 1)
        gap = " " * (width - path.cell_length - cell_len(hint))
        if is_highlighted:
            return Content.assemble(path, gap, hint).stylize(HIGHLIGHT)
        start = kept.rfind("/", 0, -1) + 1
        return path.stylize("$foreground 60%", 0, start).stylize("bold $text-accent", start)


def _hint(row: str) -> str:
    if is_page_address(row):
        return _("Enter: fetch this page")
    return _("Enter, Tab: into the folder") if row.endswith("/") else _("Enter: attach")


def last_cells(text: str, room: int) -> str:
    """Return the end of a text that fits into a number of cells, behind an ellipsis if it is cut.

    The result has as many characters as its part of the text.
    """
    if cell_len(text) <= room:
        return text
    start, used = len(text), 1
    while start and used + cell_len(text[start - 1]) <= room:
        start -= 1
        used += cell_len(text[start])
    return f"…{text[start:]}"
