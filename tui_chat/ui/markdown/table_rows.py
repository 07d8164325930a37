"""Renders a table row in columns or, if they do not fit, as a list of cells."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from rich.cells import cell_len

from tui_chat.ui.markdown.style_roles import Role
from tui_chat.ui.markdown.styled_text import LogicalLine, cut
from tui_chat.ui.markdown.wrap import wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BAR: Final = " │ "
_CROSS: Final = "─┼─"
_DASH: Final = "─"
_EMPTY: Final = LogicalLine("")
_LIST_RULE_CELLS: Final = 12


class Cell(NamedTuple):
    """A cell: its logical lines and its width without wrapping."""

    lines: tuple[LogicalLine, ...]
    cells: int

    @classmethod
    def of(cls, source: Iterable[LogicalLine]) -> Cell:
        """Create a cell from its lines."""
        lines = tuple(source)
        return cls(lines, max(cell_len(line.text) for line in lines))

    @property
    def text(self) -> str:
        """The text as Markdown for a table."""
        return "<br>".join(line.copied() for line in self.lines).replace("|", "\\|")


Row: TypeAlias = tuple[Cell, ...]


def height(row: Row, widths: Sequence[int]) -> int:
    """Return the height of a row at these column widths."""
    pairs = list(zip(row, widths, strict=True))
    if all(len(cell.lines) == 1 and cell.cells <= width for cell, width in pairs):
        return 1
    return max(sum(len(wrap(line.text, width)) for line in cell.lines) for cell, width in pairs)


def columns(row: Row, widths: Sequence[int], alignments: str) -> list[LogicalLine]:
    """Return the lines of a row in columns."""
    wrapped = [
        [part for line in cell.lines for part in _wrapped(line, width)]
        for cell, width in zip(row, widths, strict=True)
    ]
    return [_beside(parts, widths, alignments) for parts in zip_longest(*wrapped, fillvalue=_EMPTY)]


def stacked(row: Row, header: Row, width: int) -> list[LogicalLine]:
    """Return the lines of a row as a list of its cells, each labelled with its column."""
    lines: list[LogicalLine] = []
    for title, cell in zip(header, row, strict=True):
        if not cell.cells:
            continue
        named = title.cells and row is not header
        name = LogicalLine.joined((title.lines[0], LogicalLine(": "))) if named else _EMPTY
        first, *more = cell.lines
        for line in (LogicalLine.joined((name, first)), *more):
            lines += _wrapped(line, width)
    return lines or [_EMPTY]


def rule(widths: Sequence[int]) -> LogicalLine:
    """Return the line between two rows."""
    text = _CROSS.join(_DASH * width for width in widths)
    return LogicalLine(text, ((0, len(text), Role.TABLE_RULE),))


def list_rule(width: int) -> LogicalLine:
    """Return the line between two rows that are shown as lists."""
    cells = min(width, _LIST_RULE_CELLS)
    return LogicalLine(_DASH * cells, ((0, cells, Role.TABLE_RULE),))


def _beside(parts: Sequence[LogicalLine], widths: Sequence[int], alignments: str) -> LogicalLine:
    text: list[str] = []
    spans: list[tuple[int, int, int]] = []
    links: list[tuple[int, int, str]] = []
    length = 0
    for column, (part, width) in enumerate(zip(parts, widths, strict=True)):
        if column:
            text.append(_BAR)
            spans.append((length, length + len(_BAR), Role.TABLE_RULE))
            length += len(_BAR)
        left, right = _padding(part.text, width, alignments[column])
        moved_spans, moved_links = cut(part, 0, len(part.text), length + left)
        spans += moved_spans
        links += moved_links
        piece = " " * left + part.text + " " * right
        text.append(piece)
        length += len(piece)
    return LogicalLine("".join(text), tuple(spans), tuple(links))


def _wrapped(line: LogicalLine, width: int) -> list[LogicalLine]:
    """Return the rows of a logical line."""
    text = line.text
    starts = wrap(text, width)
    if len(starts) == 1:
        return [line]
    rows = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        stop = start + len(text[start:end].rstrip(" "))
        spans, links = cut(line, start, stop, 0)
        rows.append(LogicalLine(text[start:stop], spans, links))
    return rows


def _padding(text: str, width: int, alignment: str) -> tuple[int, int]:
    missing = max(width - cell_len(text), 0)
    if alignment == "r":
        return missing, 0
    if alignment == "c":
        return missing // 2, missing - missing // 2
    return 0, missing
