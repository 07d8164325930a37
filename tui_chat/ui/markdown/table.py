"""A table: rows come one at a time; the whole is measured again only when a column changes.

A row is drawn when it is painted; only its cells are kept, and the screen row it ends at.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from tui_chat.ui.markdown.columns import column_widths
from tui_chat.ui.markdown.items import MIN_TEXT_CELLS, Item, clipped
from tui_chat.ui.markdown.roles import Role
from tui_chat.ui.markdown.runs import Line, Links, Prefix, Run, Spans, cut
from tui_chat.ui.markdown.wrap import wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BAR = " │ "
_CROSS = "─┼─"
_RULE = "─"


class Cell(NamedTuple):
    """One cell: its logical lines and the width of the widest."""

    runs: tuple[Run, ...]
    cells: int

    @classmethod
    def of(cls, runs: Iterable[Run]) -> Cell:
        """Return a cell of these lines."""
        lines = tuple(runs)
        return cls(lines, max(cell_len(run.text) for run in lines))


Row = tuple[Cell, ...]


class _Layout(NamedTuple):
    """Everything that depends on the width and the rows; replaced whole when columns change."""

    natural: tuple[int, ...]
    widths: tuple[int, ...] | None
    """None: too narrow for columns, so each row is a list of its cells."""
    is_ruled: bool
    """A row takes more than one line, so rules stand between the rows."""
    ends: list[int]
    """The row of the screen behind each table row, the header first. Grows in place."""


class Table(Item):
    """A table with its header and the rows so far."""

    __slots__ = ("_alignments", "_first", "_layout", "_rest", "_rows", "_width")

    def __init__(
        self, header: Row, alignments: str, first: Prefix, rest: Prefix, width: int
    ) -> None:
        self._alignments = alignments
        self._first = first
        self._rest = rest
        self._width = width
        self._rows = [header]
        self._layout = self._laid_out(tuple(cell.cells for cell in header))

    @property
    def height(self) -> int:
        """Number of rows."""
        return self._layout.ends[-1]

    @property
    def header(self) -> Row:
        """The cells of the header row."""
        return self._rows[0]

    def layout(self, width: int) -> None:
        """Find the rows again."""
        self._width = width
        self._layout = self._laid_out(self._layout.natural)

    def add(self, row: Row) -> None:
        """Add a row, widening columns for it where the width allows."""
        self._rows.append(row)
        layout = self._layout
        natural = tuple(max(a, cell.cells) for a, cell in zip(layout.natural, row, strict=True))
        if natural != layout.natural:
            widths = column_widths(natural, self._text_cells)
            if not self._still_fits(widths):
                self._layout = self._laid_out(natural)
                return
            self._layout = layout = layout._replace(natural=natural, widths=widths)
        height = self._row_height(row, layout.widths)
        if height > 1 and not layout.is_ruled and layout.widths is not None:
            self._layout = self._laid_out(natural)
            return
        layout.ends.append(layout.ends[-1] + height + self._has_rule(len(layout.ends)))

    def _still_fits(self, widths: tuple[int, ...] | None) -> bool:
        """Say whether other columns leave the rows so far on one line each."""
        old = self._layout.widths
        if widths is None or old is None or self._layout.is_ruled:
            return widths == old
        if self._row_height(self.header, old) != self._row_height(self.header, widths):
            return False
        return all(new >= before for new, before in zip(widths, old, strict=True))

    def _laid_out(self, natural: tuple[int, ...]) -> _Layout:
        widths = column_widths(natural, self._text_cells)
        heights = [self._row_height(row, widths) for row in self._rows]
        is_ruled = widths is None or max(heights[1:], default=1) > 1
        self._layout = _Layout(natural, widths, is_ruled, [])
        rules = (self._has_rule(index) for index in range(len(heights)))
        ends = list(accumulate(map(sum, zip(heights, rules, strict=True))))
        return self._layout._replace(ends=ends)

    def _has_rule(self, index: int) -> int:
        """Return the rules drawn with a row: one below the header, one above later rows."""
        if self._layout.widths is None:
            return int(index > 0)
        return int(index == 0 or (self._layout.is_ruled and index > 1))

    @property
    def _text_cells(self) -> int:
        return max(self._width - self._rest.cells, min(MIN_TEXT_CELLS, self._width), 1)

    def _row_height(self, row: Row, widths: tuple[int, ...] | None) -> int:
        if widths is None:
            return len(self._stacked(row))
        if all(
            len(cell.runs) == 1 and cell.cells <= width
            for cell, width in zip(row, widths, strict=True)
        ):
            return 1
        return max(
            sum(len(_wrapped(run, width)) for run in cell.runs)
            for cell, width in zip(row, widths, strict=True)
        )

    def _stacked(self, row: Row) -> list[Run]:
        """Return a row's cells as lines below each other, each led by its column's name."""
        lines: list[Run] = []
        is_header = row is self.header
        for title, cell in zip(self.header, row, strict=True):
            if not cell.cells:
                continue
            named = title.cells and not is_header
            name = title.runs[0].joined(Run(": ")) if named else Run("")
            first, *more = cell.runs
            for run in (name.joined(first), *more):
                lines += _wrapped(run, self._text_cells)
        return lines or [Run("")]

    def line(self, row: int) -> Line:
        """Return one row."""
        index = bisect_right(self._layout.ends, row)
        top = self._layout.ends[index - 1] if index else 0
        prefix = clipped(self._rest if row else self._first, self._width)
        content = self._content(index, row - top)
        spans, links = cut(content, 0, len(content.text), len(prefix.text))
        return Line(prefix.text + content.text, prefix.spans + spans, links)

    def _content(self, index: int, line: int) -> Run:
        """Return one line of a table row."""
        widths = self._layout.widths
        cells = self._rows[index]
        rules = self._has_rule(index)
        if widths is None:
            if rules and line == 0:
                return _styled(_RULE * min(self._text_cells, 12), Role.TABLE_RULE)
            return self._stacked(cells)[line - rules]
        if index == 0:
            is_rule = line == self._row_height(cells, widths)
            shown = line
        else:
            is_rule = bool(rules) and line == 0
            shown = line - rules
        if is_rule:
            return _styled(_CROSS.join(_RULE * width for width in widths), Role.TABLE_RULE)
        return self._columns(cells, widths, shown)

    def _columns(self, cells: Row, widths: Sequence[int], line: int) -> Run:
        text: list[str] = []
        spans: list[tuple[int, int, int]] = []
        links: list[tuple[int, int, str]] = []
        length = 0
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            if column:
                text.append(_BAR)
                spans.append((length, length + len(_BAR), Role.TABLE_RULE))
                length += len(_BAR)
            lines = [part for run in cell.runs for part in _wrapped(run, width)]
            part = lines[line] if line < len(lines) else Run("")
            left, right = _padding(part.text, width, self._alignments[column])
            moved: tuple[Spans, Links] = cut(part, 0, len(part.text), length + left)
            spans += moved[0]
            links += moved[1]
            piece = " " * left + part.text + " " * right
            text.append(piece)
            length += len(piece)
        return Run("".join(text), tuple(spans), tuple(links))

    def copied(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        """Return text without the breaks of wrapping."""
        rows = []
        last = min(end[0], self.height - 1)
        for row in range(start[0], last + 1):
            text = self.line(row).text
            begin = start[1] if row == start[0] else 0
            stop = end[1] if row == end[0] else len(text)
            rows.append(text[begin:stop].rstrip(" "))
        return "\n".join(rows)

    def mark(self) -> tuple[int, _Layout, int]:
        """Return this moment."""
        return len(self._rows), self._layout, len(self._layout.ends)

    def restore(self, mark: tuple[int, _Layout, int]) -> None:
        """Come back to a moment."""
        count, self._layout, ends = mark
        del self._rows[count:], self._layout.ends[ends:]

    def stable_rows(self, mark: tuple[int, _Layout, int]) -> int:
        """Return the rows that look as they did."""
        _, layout, ends = mark
        same = (layout.widths, layout.is_ruled) == (self._layout.widths, self._layout.is_ruled)
        return layout.ends[ends - 1] if same else 0


def _wrapped(run: Run, width: int) -> list[Run]:
    """Return the rows of a logical line in a cell."""
    text = run.text
    starts = wrap(text, width)
    if len(starts) == 1:
        return [run]
    rows = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        stop = start + len(text[start:end].rstrip(" "))
        spans, links = cut(run, start, stop, 0)
        rows.append(Run(text[start:stop], spans, links))
    return rows


def _padding(text: str, width: int, alignment: str) -> tuple[int, int]:
    missing = max(width - cell_len(text), 0)
    if alignment == "r":
        return missing, 0
    if alignment == "c":
        return missing // 2, missing - missing // 2
    return 0, missing


def _styled(text: str, role: Role) -> Run:
    return Run(text, ((0, len(text), role),))
