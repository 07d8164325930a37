"""Logical lines of a text view and the rows they take; nothing here knows Textual.

A line is one row or several, wrapped to the view. Its text may still hold a secret: it is masked
when it is painted, which costs too much for thousands of lines that nobody sees (measured: a
quarter of a millisecond for an ordinary event).
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from tui_chat.ui.markdown.styled_text import shown
from tui_chat.ui.markdown.wrap import chop, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable

LINE_LIMIT: Final = 4_000
"""Characters of a line that are shown."""
_SPARE: Final = 2_048
"""Characters kept beyond the limit, so that a secret that crosses it is masked as a whole."""
_NARROWEST: Final = 12
"""Cells for the text of a line, however far it is indented."""

Lead = tuple[tuple[str, str], ...]
"""What stands before a line in its first row: texts and the names of their styles. ASCII only."""


class ViewLine(NamedTuple):
    """One logical line."""

    text: str
    """Fit for one row: no control characters."""
    ink: str = "plain"
    """The name of its style; `json` is coloured by its tokens."""
    lead: Lead = ()
    hang: int = 0
    """Cells before the text in its further rows, at least as many as the lead has."""
    keeps_words: bool = False


def view_line(
    text: str, ink: str = "plain", lead: Lead = (), hang: int = 0, *, keeps_words: bool = False
) -> ViewLine:
    """Return outside text as a line."""
    kept = shown(text[: LINE_LIMIT + _SPARE])
    hang = max(hang, sum(len(words) for words, _ in lead))
    return ViewLine(kept[: LINE_LIMIT + _SPARE], ink, lead, hang, keeps_words)


def clipped(text: str) -> str:
    """Return the part of a line's text that is shown, after it was masked."""
    return text if len(text) <= LINE_LIMIT else f"{text[:LINE_LIMIT]}…"


def row_starts(line: ViewLine, text: str, width: int) -> tuple[int, ...]:
    """Return the offset in a line's text at which each of its rows begins."""
    return _starts(text, max(_NARROWEST, width - line.hang), line.keeps_words)


@lru_cache(512)
def _starts(text: str, room: int, keeps_words: bool) -> tuple[int, ...]:
    return tuple(wrap(text, room) if keeps_words else chop(text, room))


def _count_rows(line: ViewLine, width: int) -> int:
    text = clipped(line.text)
    room = max(_NARROWEST, width - line.hang)
    if line.keeps_words:
        return len(wrap(text, room))
    if text.isascii():
        return max(1, -(-len(text) // room))
    if len(text.encode()) <= room:
        # No character is wider than its bytes are many.
        return 1
    return len(chop(text, room))


class Rows:
    """A growing list of lines and where their rows are.

    Lines are known by a serial number that stays when older ones are dropped.
    """

    def __init__(self) -> None:
        self.width = 80
        self.dropped = 0
        """How many of the oldest lines are gone; the serial number of the first one left."""
        self._lines: list[ViewLine] = []
        self._ends: list[int] = []
        self._before = 0

    @property
    def height(self) -> int:
        """How many rows there are."""
        return self._ends[-1] - self._before if self._ends else 0

    @property
    def end(self) -> int:
        """The serial number that the next line will have."""
        return self.dropped + len(self._lines)

    def __getitem__(self, serial: int) -> ViewLine:
        """Return a line."""
        return self._lines[serial - self.dropped]

    def replace(self, lines: Iterable[ViewLine]) -> None:
        """Begin anew with other lines."""
        self._lines, self._ends = [], []
        self._before = self.dropped = 0
        self.extend(lines)

    def extend(self, lines: Iterable[ViewLine]) -> None:
        """Add lines at the end."""
        row = self._ends[-1] if self._ends else self._before
        for line in lines:
            row += _count_rows(line, self.width)
            self._lines.append(line)
            self._ends.append(row)

    def drop(self, count: int) -> int:
        """Let the oldest lines go and return how many rows they took."""
        if count <= 0:
            return 0
        before = self._before
        self._before = self._ends[count - 1]
        del self._lines[:count], self._ends[:count]
        self.dropped += count
        return self._before - before

    def resize(self, width: int) -> None:
        """Wrap to another width."""
        if width != self.width:
            self.width = width
            lines, dropped = self._lines, self.dropped
            self.replace(lines)
            self.dropped = dropped

    def at(self, y: int) -> tuple[int, int]:
        """Return which line stands in a row, and which of its rows that is."""
        index = bisect_right(self._ends, y + self._before)
        return index + self.dropped, y - self._top(index)

    def top(self, serial: int) -> int:
        """Return the first row of a line."""
        return self._top(serial - self.dropped)

    def height_of(self, serial: int) -> int:
        """Return how many rows a line has."""
        index = serial - self.dropped
        return self._ends[index] - self._before - self._top(index)

    def _top(self, index: int) -> int:
        return self._ends[index - 1] - self._before if index else 0
