"""One row of a table, drawn side by side in columns or, where those do not fit, as a list."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from rich.cells import cell_len

from tui_chat.ui.markdown.style_roles import Role
from tui_chat.ui.markdown.styled_text import Run, cut
from tui_chat.ui.markdown.wrap import wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BAR: Final = " │ "
_CROSS: Final = "─┼─"
_DASH: Final = "─"
_EMPTY: Final = Run("")
_LIST_RULE_CELLS: Final = 12


class Cell(NamedTuple):
    """One cell: its logical lines and the width of the widest."""

    runs: tuple[Run, ...]
    cells: int

    @classmethod
    def of(cls, runs: Iterable[Run]) -> Cell:
        """Return a cell of these lines."""
        lines = tuple(runs)
        return cls(lines, max(cell_len(run.text) for run in lines))

    @property
    def text(self) -> str:
        """The text as Markdown has it in a table."""
        return "<br>".join(run.text for run in self.runs).replace("|", "\\|")


Row: TypeAlias = tuple[Cell, ...]


def height(row: Row, widths: Sequence[int]) -> int:
    """Return the lines a row takes in columns of these widths."""
    pairs = list(zip(row, widths, strict=True))
    if all(len(cell.runs) == 1 and cell.cells <= width for cell, width in pairs):
        return 1
    return max(sum(len(wrap(run.text, width)) for run in cell.runs) for cell, width in pairs)


def columns(row: Row, widths: Sequence[int], alignments: str) -> list[Run]:
    """Return the lines of a row in columns."""
    wrapped = [
        [part for run in cell.runs for part in _wrapped(run, width)]
        for cell, width in zip(row, widths, strict=True)
    ]
    return [_beside(parts, widths, alignments) for parts in zip_longest(*wrapped, fillvalue=_EMPTY)]


def stacked(row: Row, header: Row, width: int) -> list[Run]:
    """Return the lines of a row as a list of its cells, each led by its column's name."""
    lines: list[Run] = []
    for title, cell in zip(header, row, strict=True):
        if not cell.cells:
            continue
        named = title.cells and row is not header
        name = title.runs[0].joined(Run(": ")) if named else _EMPTY
        first, *more = cell.runs
        for run in (name.joined(first), *more):
            lines += _wrapped(run, width)
    return lines or [_EMPTY]


def rule(widths: Sequence[int]) -> Run:
    """Return the line between two rows."""
    text = _CROSS.join(_DASH * width for width in widths)
    return Run(text, ((0, len(text), Role.TABLE_RULE),))


def list_rule(width: int) -> Run:
    """Return the line between two rows that are lists."""
    cells = min(width, _LIST_RULE_CELLS)
    return Run(_DASH * cells, ((0, cells, Role.TABLE_RULE),))


def _beside(parts: Sequence[Run], widths: Sequence[int], alignments: str) -> Run:
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
    return Run("".join(text), tuple(spans), tuple(links))


def _wrapped(run: Run, width: int) -> list[Run]:
    """Return the rows of a logical line."""
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
