"""Logical lines of a text view and their wrapped rows; independent of Textual.

The text of a line may contain secrets. It is redacted when it is painted: redaction takes a quarter
of a millisecond for an ordinary event (measured), too much for thousands of invisible lines.
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
"""Visible characters of a line."""
_SPARE: Final = 2_048
"""Characters kept beyond the limit, so that a secret that crosses it is redacted completely."""
_NARROWEST: Final = 12
"""Minimum cells for the text of an indented line."""

Lead = tuple[tuple[str, str], ...]
"""Prefix of the first row of a line: texts and style names. ASCII only."""


class ViewLine(NamedTuple):
    """One logical line."""

    text: str
    """Without control characters."""
    ink: str = "plain"
    """Its style name; `json` enables syntax highlighting."""
    lead: Lead = ()
    hang: int = 0
    """Indentation of the continuation rows in cells, at least the width of the lead."""
    keeps_words: bool = False


def view_line(
    text: str, ink: str = "plain", lead: Lead = (), hang: int = 0, *, keeps_words: bool = False
) -> ViewLine:
    """Return untrusted text as a line."""
    kept = shown(text[: LINE_LIMIT + _SPARE])
    hang = max(hang, sum(len(part) for part, _ink in lead))
    return ViewLine(kept[: LINE_LIMIT + _SPARE], ink, lead, hang, keeps_words)


def clipped(text: str) -> str:
    """Truncate the redacted text of a line to the visible part."""
    return text if len(text) <= LINE_LIMIT else f"{text[:LINE_LIMIT]}…"


def row_starts(line: ViewLine, text: str, width: int) -> tuple[int, ...]:
    """Return the offsets at which the rows of a line begin."""
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
        # No character has more cells than UTF-8 bytes.
        return 1
    return len(chop(text, room))


class Rows:
    """A growing list of lines that maps between lines and rows.

    Lines are identified by a serial number that stays the same when older lines are dropped.
    """

    def __init__(self) -> None:
        self.width = 80
        self.dropped = 0
        """Number of dropped lines, which is the serial number of the first remaining line."""
        self._lines: list[ViewLine] = []
        self._ends: list[int] = []
        self._before = 0

    @property
    def height(self) -> int:
        """Number of rows."""
        return self._ends[-1] - self._before if self._ends else 0

    @property
    def end(self) -> int:
        """Serial number of the next line."""
        return self.dropped + len(self._lines)

    def __getitem__(self, serial: int) -> ViewLine:
        """Return a line."""
        return self._lines[serial - self.dropped]

    def replace(self, lines: Iterable[ViewLine]) -> None:
        """Replace all lines."""
        self._lines, self._ends = [], []
        self._before = self.dropped = 0
        self.extend(lines)

    def extend(self, lines: Iterable[ViewLine]) -> None:
        """Append lines."""
        row = self._ends[-1] if self._ends else self._before
        for line in lines:
            row += _count_rows(line, self.width)
            self._lines.append(line)
            self._ends.append(row)

    def drop(self, count: int) -> int:
        """Drop the oldest lines and return the number of their rows."""
        if count <= 0:
            return 0
        before = self._before
        self._before = self._ends[count - 1]
        del self._lines[:count], self._ends[:count]
        self.dropped += count
        return self._before - before

    def resize(self, width: int) -> None:
        """Rewrap to another width."""
        if width != self.width:
            self.width = width
            lines, dropped = self._lines, self.dropped
            self.replace(lines)
            self.dropped = dropped

    def at(self, y: int) -> tuple[int, int]:
        """Return the line at a row, and the index of the row in that line."""
        index = bisect_right(self._ends, y + self._before)
        return index + self.dropped, y - self._top(index)

    def top(self, serial: int) -> int:
        """Return the first row of a line."""
        return self._top(serial - self.dropped)

    def position_at(self, y: int) -> tuple[int, int] | None:
        """Return the line at a row and the offset in it; None when there is no line."""
        serial, row = self.at(y)
        if not self.dropped <= serial < self.end:
            return None
        starts = self._starts(serial)
        return serial, starts[min(row, len(starts) - 1)]

    def row_of(self, serial: int, offset: int) -> int:
        """Return the row of an offset in a line."""
        return self.top(serial) + sum(start <= offset for start in self._starts(serial)) - 1

    def _starts(self, serial: int) -> tuple[int, ...]:
        line = self[serial]
        return row_starts(line, clipped(line.text), self.width)

    def _top(self, index: int) -> int:
        return self._ends[index - 1] - self._before if index else 0
