"""What a document is made of once its blocks are settled: pieces that know their rows at a width.

Only the last item of a document ever changes, and only by growing. `mark` and `restore` take back
what was added for a line that is still arriving.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from typing import TYPE_CHECKING, Any, Final

from rich.cells import set_cell_size

from tui_chat.ui.markdown.style_roles import Role
from tui_chat.ui.markdown.styled_text import Line, Prefix, Run, cut, run_links
from tui_chat.ui.markdown.wrap import chop, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui_chat.ui.markdown.code_block import CodeText

LONGEST_TEXT: Final = 16_000
"""Characters of a logical line from which on it goes on in another item: growing one costs its
length. The row before is not filled then, which nobody sees in a paragraph of many pages."""
_MIN_TEXT_CELLS: Final = 10
"""Cells kept for text, however deep its quotes and lists are nested."""


class Item(ABC):
    """A piece of a document with at least one row."""

    __slots__ = ()

    continues: bool = False
    """Whether the logical line of the item before goes on here."""

    @property
    @abstractmethod
    def height(self) -> int:
        """Rows at the width of the last `layout`."""

    @abstractmethod
    def layout(self, width: int) -> None:
        """Find the rows at a width in cells."""

    @abstractmethod
    def line(self, row: int) -> Line:
        """Return one row."""

    @abstractmethod
    def copied(self, start: tuple[int, int], end: tuple[int, int]) -> str | None:
        """Return the text between two positions (row, character), without the breaks of wrapping.

        None if this item is no part of a copy.
        """

    def links(self) -> Iterable[tuple[str, str]]:
        """Return words and target of each link."""
        return ()

    def place_of(self, row: int) -> int:
        """Return what a row begins with, in a number that is valid at any width."""
        return 0

    def row_of(self, place: int) -> int:
        """Return the row of a place at the current width."""
        return 0

    @abstractmethod
    def mark(self) -> Any:
        """Return what `restore` needs to come back to this moment."""

    @abstractmethod
    def restore(self, mark: Any) -> None:
        """Take back everything since a mark."""

    @abstractmethod
    def stable_rows(self, mark: Any) -> int:
        """Return how many rows from the top look as they did at a mark."""


class Text(Item):
    """One logical line, wrapped."""

    __slots__ = ("_run", "_starts", "_width", "continues", "first", "rest")

    keeps_spaces: bool = False

    def __init__(
        self, run: Run, first: Prefix, rest: Prefix, width: int, *, continues: bool = False
    ) -> None:
        self.continues = continues
        self.first = first
        self.rest = rest
        self._run = run
        self._starts = [0]
        self.layout(width)

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self._starts)

    @property
    def run(self) -> Run:
        """The text and its styles."""
        return self._run

    @property
    def is_full(self) -> bool:
        """Whether more of its line belongs into another item."""
        return len(self._run.text) >= LONGEST_TEXT

    def layout(self, width: int) -> None:
        """Find the rows again."""
        self._width = width
        self._starts = self._wrap(None)

    def _wrap(self, starts: list[int] | None) -> list[int]:
        return wrap(self._run.text, self._text_cells, starts)

    @property
    def _text_cells(self) -> int:
        return text_cells(self.first, self._width)

    def replace(self, run: Run) -> None:
        """Show another text."""
        self._run = run
        self._starts = self._wrap(None)

    def extend(self, run: Run) -> None:
        """Add text to the end."""
        self._run = self._run.joined(run)
        # A list of its own, so that a mark's list is still the one of its moment.
        self._starts = self._wrap(self._starts.copy())

    def line(self, row: int) -> Line:
        """Return one row."""
        start, end = self._bounds(row)
        prefix = self._prefix(row)
        offset = len(prefix.text)
        spans, links = cut(self._run, start, end, offset)
        text = self._run.text[start:end]
        return Line(prefix.text + text, prefix.spans + spans, links)

    def _bounds(self, row: int) -> tuple[int, int]:
        start = self._starts[row]
        if row + 1 == len(self._starts):
            return start, len(self._run.text)
        end = self._starts[row + 1]
        if not self.keeps_spaces:
            while end > start and self._run.text[end - 1] == " ":
                end -= 1
        return start, end

    def _prefix(self, row: int) -> Prefix:
        return clipped(self.rest if row else self.first, self._width)

    def links(self) -> Iterable[tuple[str, str]]:
        """Return words and target of each link."""
        return run_links(self._run)

    def place_of(self, row: int) -> int:
        """Return the offset of the first character in a row."""
        return self._starts[row]

    def row_of(self, place: int) -> int:
        """Return the row of a character."""
        return bisect_right(self._starts, place) - 1

    def copied(self, start: tuple[int, int], end: tuple[int, int]) -> str | None:
        """Return text without the breaks of wrapping."""
        prefix = len(self._prefix(start[0]).text)
        begin = self._offset(start)
        text = self._run.text[begin : self._offset(end)]
        if start[0] == 0 and (start[1] < prefix or not start[1]):
            return self.first.copied + text
        return text

    def _offset(self, position: tuple[int, int]) -> int:
        """Return the offset in the logical line of a (row, character) on the screen."""
        row, x = position
        if row >= len(self._starts):
            return len(self._run.text)
        start, end = self._bounds(row)
        return min(max(start + x - len(self._prefix(row).text), start), end)

    def mark(self) -> tuple[Run, list[int]]:
        """Return this moment."""
        return self._run, self._starts

    def restore(self, mark: tuple[Run, list[int]]) -> None:
        """Come back to a moment."""
        self._run, self._starts = mark

    def stable_rows(self, mark: tuple[Run, list[int]]) -> int:
        """Return the rows that look as they did."""
        return len(mark[1]) - (mark[0] is not self._run)


class CodeRow(Text):
    """One line of code; its colours are found when it is painted."""

    __slots__ = ("_code", "_index", "_padding")

    keeps_spaces = True

    def __init__(
        self,
        code: CodeText,
        index: int,
        first: Prefix,
        rest: Prefix,
        width: int,
        *,
        continues: bool = False,
    ) -> None:
        self._code = code
        self._index = index
        super().__init__(Run(code.shown[index]), first, rest, width, continues=continues)

    def _wrap(self, starts: list[int] | None) -> list[int]:
        return chop(self._run.text, self._text_cells, starts)

    def line(self, row: int) -> Line:
        """Return one row."""
        start, end = self._bounds(row)
        prefix = self._prefix(row)
        text = self._run.text[start:end]
        colours = self._code.spans(self._index)
        spans, _ = cut(Run(self._run.text, colours), start, end, len(prefix.text))
        return Line(prefix.text + text, prefix.spans + spans, (), Role.CODE_BLOCK)


class CodeLabel(Text):
    """The name of a fence's language, above its code."""

    __slots__ = ()

    def line(self, row: int) -> Line:
        """Return one row."""
        return super().line(row)._replace(fill=Role.CODE_BLOCK)

    def copied(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Return text without the breaks of wrapping."""
        return


class RuleLine(Item):
    """A thematic break."""

    __slots__ = ("_prefix", "_width")

    def __init__(self, prefix: Prefix, width: int) -> None:
        self._prefix = prefix
        self._width = width

    @property
    def height(self) -> int:
        """Number of rows."""
        return 1

    def layout(self, width: int) -> None:
        """Find the rows again."""
        self._width = width

    def line(self, row: int) -> Line:
        """Return one row."""
        prefix = clipped(self._prefix, self._width)
        start = len(prefix.text)
        cells = max(self._width - prefix.cells, 1)
        return Line(prefix.text + "─" * cells, (*prefix.spans, (start, start + cells, Role.RULE)))

    def copied(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        """Return text without the breaks of wrapping."""
        return self._prefix.copied + "---"

    def mark(self) -> None:
        """Return this moment."""
        return

    def restore(self, mark: None) -> None:
        """Come back to a moment."""

    def stable_rows(self, mark: None) -> int:
        """Return the rows that look as they did."""
        return 1


def clipped(prefix: Prefix, width: int) -> Prefix:
    """Return a prefix cut so that some cells of a row are left for text."""
    allowed = _room(width)
    if prefix.cells <= allowed:
        return prefix
    text = set_cell_size(prefix.text, allowed)
    spans = tuple(
        (start, min(end, len(text)), style)
        for start, end, style in prefix.spans
        if start < len(text)
    )
    return Prefix(text, spans, prefix.copied)


def text_cells(prefix: Prefix, width: int) -> int:
    """Return the cells of a row behind its prefix."""
    return max(width - prefix.cells, width - _room(width))


def _room(width: int) -> int:
    """Return the cells a prefix may take."""
    return max(width - _MIN_TEXT_CELLS, width // 2)
