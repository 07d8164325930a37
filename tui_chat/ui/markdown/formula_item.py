"""A display formula: stacked where it fits, else in rows that wrap, else its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from tui_chat.ui.markdown.layout_items import Item, clipped, text_cells
from tui_chat.ui.markdown.style_roles import Role
from tui_chat.ui.markdown.styled_text import Line
from tui_chat.ui.markdown.wrap import wrap

if TYPE_CHECKING:
    from tui_chat.ui.markdown.styled_text import Prefix

_INDENT: Final = 2


def render(source: str) -> str | None:
    """Return an inline formula in Unicode; None if its source is shown."""
    # Imported with the first formula, because most conversations have none.
    from tui_chat.markup.math.formula import linear

    return linear(source)


def is_displayable(source: str) -> bool:
    """Return True if a display formula can be written in Unicode."""
    from tui_chat.markup.math.formula import stacked

    return stacked(source) is not None


class FormulaItem(Item):
    """A display formula.

    Args:
        source: Its LaTeX, which is what is copied.
        first: Prefix of the first row.
        rest: Prefix of the other rows.
        width: Width of a row, in cells.
    """

    __slots__ = ("_first", "_rest", "_rows", "_source", "_width")

    def __init__(self, source: str, first: Prefix, rest: Prefix, width: int) -> None:
        self._source = source
        self._first = first
        self._rest = rest
        self.layout(width)

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self._rows)

    def layout(self, width: int) -> None:
        """Compute the rows."""
        self._width = width
        cells = text_cells(self._first, width)
        self._rows = _rows(self._source, cells)

    def line(self, row: int) -> Line:
        """Return one row."""
        prefix = clipped(self._rest if row else self._first, self._width)
        start = len(prefix.text)
        text = prefix.text + self._rows[row]
        return Line(text, (*prefix.spans, (start, len(text), Role.MATH)))

    def copied(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        """Return the source, whatever part is selected."""
        first, *others = self._source.split("\n")
        return "\n".join((self._first.copied + first, *(self._rest.copied + it for it in others)))

    def formulas(self) -> tuple[str]:
        """Return the source."""
        return (self._source,)

    def position_of(self, row: int) -> int:
        """Return the row, which is where the formula begins at any width, or nearly."""
        return row

    def row_of(self, position: int) -> int:
        """Return the row of a position at the current width."""
        return min(position, self.height - 1)

    def snapshot(self) -> None:
        """Return the current state: a formula is complete."""
        return

    def restore(self, snapshot: None) -> None:
        """Roll back to an earlier state."""

    def stable_rows(self, snapshot: None) -> int:
        """Return the number of unchanged leading rows."""
        return self.height


def _rows(source: str, cells: int) -> tuple[str, ...]:
    from tui_chat.markup.math.formula import lines, stacked

    rows = stacked(source) or ()
    if rows and max(map(cell_len, rows)) + _INDENT <= cells:
        return tuple(" " * _INDENT + row if row else "" for row in rows)
    texts = lines(source) or tuple(source.split("\n"))
    return tuple(
        text[start:end].rstrip()
        for text in texts
        for starts in (wrap(text, cells),)
        for start, end in zip(starts, [*starts[1:], len(text)], strict=True)
    )
