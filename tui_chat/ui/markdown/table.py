"""Incremental table: rows are added one by one; it is laid out again only if a column changes.

A row is rendered when it is painted; the table keeps its cells and the screen row of its end.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from tui_chat.ui.markdown import table_rows as cells
from tui_chat.ui.markdown.column_widths import column_widths
from tui_chat.ui.markdown.layout_items import Item, clipped, text_cells
from tui_chat.ui.markdown.styled_text import Line, LogicalLine, Prefix, cut, links_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui_chat.ui.markdown.table_rows import Row

_DELIMITERS: Final = {"l": ":--", "r": "--:", "c": ":-:", "-": "---"}


class _Layout(NamedTuple):
    """Layout for a width and the rows so far; replaced when columns change."""

    natural: tuple[int, ...]
    """Width of each column without wrapping, in cells."""
    widths: tuple[int, ...] | None
    """None if the table is too narrow for columns, so each row is a list of its cells."""
    is_ruled: bool
    """True if a row takes more than one line, so that rules separate the rows."""
    ends: list[int]
    """The screen row after each table row, the header first. Extended in place."""

    def rules_with(self, index: int) -> int:
        """Return the number of rules of a row: one below the header, one above later rows."""
        if self.widths is None:
            return int(index > 0)
        return int(index == 0 or (self.is_ruled and index > 1))


class Table(Item):
    """A table with its header and the rows so far."""

    __slots__ = ("_alignments", "_drawn", "_first", "_layout", "_rest", "_rows", "_width")

    def __init__(
        self, header: Row, alignments: str, first: Prefix, rest: Prefix, width: int
    ) -> None:
        self._alignments = alignments
        self._first = first
        self._rest = rest
        self._width = width
        self._rows = [header]
        self._drawn: tuple[int, list[LogicalLine]] | None = None
        self._layout = self._laid_out(tuple(cell.cells for cell in header))

    @property
    def height(self) -> int:
        """Number of rows."""
        return self._layout.ends[-1]

    def layout(self, width: int) -> None:
        """Compute the rows."""
        self._width = width
        self._drawn = None
        self._layout = self._laid_out(self._layout.natural)

    def add(self, row: Row) -> None:
        """Add a row, and widen columns for it if the width allows."""
        self._rows.append(row)
        self._drawn = None
        layout = self._layout
        natural = tuple(max(a, cell.cells) for a, cell in zip(layout.natural, row, strict=True))
        if natural != layout.natural:
            widths = column_widths(natural, self._text_cells)
            if not self._still_fits(widths):
                self._layout = self._laid_out(natural)
                return
            self._layout = layout = layout._replace(natural=natural, widths=widths)
        height = self._row_height(row, layout.widths)
        if height > 1 and not layout.is_ruled:
            self._layout = self._laid_out(natural)
        else:
            layout.ends.append(layout.ends[-1] + height + layout.rules_with(len(layout.ends)))

    def row(self, index: int) -> Row:
        """Return a row, the header first."""
        return self._rows[index]

    @property
    def rows(self) -> int:
        """Number of table rows, including the header."""
        return len(self._rows)

    def replace(self, index: int, row: Row) -> None:
        """Replace a row."""
        self._rows[index] = row
        self._drawn = None
        columns = zip(*self._rows, strict=True)
        self._layout = self._laid_out(tuple(max(cell.cells for cell in it) for it in columns))

    def _still_fits(self, widths: tuple[int, ...] | None) -> bool:
        """Return True if new column widths do not change the heights of the rows so far."""
        old = self._layout.widths
        if widths is None or old is None or self._layout.is_ruled:
            return widths == old
        header = self._rows[0]
        if cells.height(header, old) != cells.height(header, widths):
            return False
        return all(new >= before for new, before in zip(widths, old, strict=True))

    def _laid_out(self, natural: tuple[int, ...]) -> _Layout:
        widths = column_widths(natural, self._text_cells)
        heights = [self._row_height(row, widths) for row in self._rows]
        is_ruled = widths is None or max(heights[1:], default=1) > 1
        layout = _Layout(natural, widths, is_ruled, [])
        sizes = (height + layout.rules_with(index) for index, height in enumerate(heights))
        layout.ends.extend(accumulate(sizes))
        return layout

    @property
    def _text_cells(self) -> int:
        return text_cells(self._rest, self._width)

    def _row_height(self, row: Row, widths: tuple[int, ...] | None) -> int:
        if widths is None:
            return len(cells.stacked(row, self._rows[0], self._text_cells))
        return cells.height(row, widths)

    def line(self, row: int) -> Line:
        """Return one row."""
        index = bisect_right(self._layout.ends, row)
        content = self._row(index)[row - self._top(index)]
        prefix = clipped(self._rest if row else self._first, self._width)
        spans, links = cut(content, 0, len(content.text), len(prefix.text))
        return Line(prefix.text + content.text, prefix.spans + spans, links)

    def links(self) -> Iterable[tuple[str, str]]:
        """Return the text and the target of each link."""
        lines = (line for row in self._rows for cell in row for line in cell.lines)
        return (pair for line in lines for pair in links_in(line))

    def position_of(self, row: int) -> int:
        """Return the index of the table row of a screen row."""
        return bisect_right(self._layout.ends, row)

    def row_of(self, position: int) -> int:
        """Return the first screen row of a table row."""
        return self._top(min(position, len(self._layout.ends) - 1))

    def _top(self, index: int) -> int:
        return self._layout.ends[index - 1] if index else 0

    def _row(self, index: int) -> list[LogicalLine]:
        """Return the lines of a table row, including its rules. The last result is cached."""
        if self._drawn is None or self._drawn[0] != index:
            self._drawn = index, self._row_lines(index)
        return self._drawn[1]

    def _row_lines(self, index: int) -> list[LogicalLine]:
        row = self._rows[index]
        widths = self._layout.widths
        if widths is None:
            lines = cells.stacked(row, self._rows[0], self._text_cells)
            return [cells.list_rule(self._text_cells), *lines] if index else lines
        lines = cells.columns(row, widths, self._alignments)
        if not index:
            return [*lines, cells.rule(widths)]
        return [cells.rule(widths), *lines] if self._layout.rules_with(index) else lines

    def formulas(self) -> Iterable[str]:
        """Return the source of each formula that is shown in Unicode."""
        lines = (line for row in self._rows for cell in row for line in cell.lines)
        return [source for line in lines for _, _, source in line.sources]

    def copied(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        """Return complete rows as Markdown, and parts of rows as displayed."""
        parts: list[str] = []
        index = bisect_right(self._layout.ends, start[0])
        while index < len(self._rows) and self._top(index) <= end[0]:
            top, bottom = self._top(index), self._layout.ends[index]
            if start <= (top, 0) and (bottom - 1, self._length(bottom - 1)) <= end:
                parts.append(self._as_markdown(index))
            else:
                for row in range(max(top, start[0]), min(bottom, end[0] + 1)):
                    text = self.line(row).text
                    stop = end[1] if row == end[0] else len(text)
                    parts.append(text[start[1] if row == start[0] else 0 : stop].rstrip(" "))
            index += 1
        return "\n".join(parts)

    def _length(self, row: int) -> int:
        return len(self.line(row).text)

    def _as_markdown(self, index: int) -> str:
        prefix = self._rest.copied
        row = _piped(cell.text for cell in self._rows[index])
        if index:
            return prefix + row
        delimiters = _piped(_DELIMITERS[letter] for letter in self._alignments)
        return f"{self._first.copied}{row}\n{prefix}{delimiters}"

    def snapshot(self) -> tuple[int, _Layout, int]:
        """Return the current state."""
        return len(self._rows), self._layout, len(self._layout.ends)

    def restore(self, snapshot: tuple[int, _Layout, int]) -> None:
        """Roll back to an earlier state."""
        count, self._layout, ends = snapshot
        self._drawn = None
        del self._rows[count:], self._layout.ends[ends:]

    def stable_rows(self, snapshot: tuple[int, _Layout, int]) -> int:
        """Return the number of unchanged leading rows."""
        _, layout, ends = snapshot
        same = (layout.widths, layout.is_ruled) == (self._layout.widths, self._layout.is_ruled)
        return layout.ends[ends - 1] if same else 0


def _piped(texts: Iterable[str]) -> str:
    return f"| {' | '.join(texts)} |"
