"""Selection by clicks: a double click selects the word, a triple click the paragraph."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final

from textual.geometry import Offset
from textual.selection import Selection
from textual.widget import Widget

from tui_chat.core.text.wide_characters import is_wide

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual import events

_WORD: Final = re.compile(r"\w+(?:[-'’]\w+)*|[^\w\s]+")
_GAP: Final = re.compile(r" {2,}")
_DOUBLE: Final = 2


def words(line: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each word; a word never mixes CJK with other scripts."""
    for found in _WORD.finditer(line):
        start = found.start()
        for _wide, run in groupby(found[0], key=is_wide):
            end = start + sum(1 for _ in run)
            yield start, end
            start = end


def word_at(line: str, position: int) -> tuple[int, int]:
    """Return the start and end of the word at a position; empty on white space."""
    at = (word for word in words(line) if word[0] <= position < word[1])
    return next(at, (position, position))


def without_gaps(text: str) -> str:
    """Return the text of a two-ended line without the gap between the ends."""
    return _GAP.sub("  ", text.strip())


class SelectsWords(Widget):
    """Mixin that selects words and paragraphs of its text by clicks.

    Name it last among the bases: Textual reads the CSS of the first base only.
    """

    def on_click(self, event: events.Click) -> None:
        """Select the word or the paragraph that was clicked."""
        if event.chain < _DOUBLE or event.widget is not self:
            return
        # Textual would select the whole widget and open a link a second time.
        event.prevent_default()
        _, offset = self.screen.get_widget_and_offset_at(int(event.screen_x), int(event.screen_y))
        if offset is None:
            return
        if event.chain == _DOUBLE:
            start, end = word_at(self.text_row(offset.y), offset.x)
            self._select(Offset(start, offset.y), Offset(end, offset.y))
        else:
            first, last = self.paragraph_rows(offset.y)
            self._select(Offset(0, first), Offset(len(self.text_row(last)), last))

    def text_row(self, y: int) -> str:
        """Return the text of a row, in selection coordinates."""
        rows = str(self.render()).split("\n")
        return rows[y] if y < len(rows) else ""

    def paragraph_rows(self, y: int) -> tuple[int, int]:
        """Return the first and last row of the paragraph that contains a row."""
        return y, y

    def _select(self, start: Offset, end: Offset) -> None:
        self.screen.selections = {self: Selection(start, end)} if start != end else {}
