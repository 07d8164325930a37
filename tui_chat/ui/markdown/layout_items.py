"""Layout items: the parts of a document, with their rows at a width.

Only the last item of a document changes, and only by growing. `snapshot` and `restore` roll back
the additions for an incomplete line.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rich.cells import cell_len, set_cell_size

from tui_chat.ui.markdown.line_prefixes import CODE_INDENT
from tui_chat.ui.markdown.style_roles import Role
from tui_chat.ui.markdown.styled_text import Line, LogicalLine, Prefix, cut, links_in
from tui_chat.ui.markdown.wrap import chop, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui_chat.ui.markdown.code_block import CodeText

COPY_MARK: Final = "⧉"
LONGEST_TEXT: Final = 16_000
"""Maximum length of a logical line in one item, because growing an item takes time in proportion to
its length. A longer line continues in a new item, on a new row."""
_MIN_TEXT_CELLS: Final = 10
"""Minimum width of text, in cells, even in deeply nested quotes and lists."""


class Item(ABC):
    """A piece of a document with at least one row."""

    __slots__ = ()

    continues: bool = False
    """True if it continues the logical line of the previous item."""

    @property
    @abstractmethod
    def height(self) -> int:
        """Number of rows at the width of the last `layout`."""

    @abstractmethod
    def layout(self, width: int) -> None:
        """Compute the rows at a width in cells."""

    @abstractmethod
    def line(self, row: int) -> Line:
        """Return one row."""

    @abstractmethod
    def copied(self, start: tuple[int, int], end: tuple[int, int]) -> str | None:
        """Return the text between two positions (row, character), without the breaks of wrapping.

        None if this item is not copied.
        """

    def links(self) -> Iterable[tuple[str, str]]:
        """Return the text and the target of each link."""
        return ()

    def formulas(self) -> Iterable[str]:
        """Return the source of each formula that is shown in Unicode."""
        return ()

    def position_of(self, row: int) -> int:
        """Return the position at which a row begins, valid at any width."""
        return 0

    def row_of(self, position: int) -> int:
        """Return the row of a position at the current width."""
        return 0

    @abstractmethod
    def snapshot(self) -> Any:
        """Return the current state, for `restore`."""

    @abstractmethod
    def restore(self, snapshot: Any) -> None:
        """Roll back to an earlier state."""

    @abstractmethod
    def stable_rows(self, snapshot: Any) -> int:
        """Return the number of leading rows that have not changed since a snapshot."""


class TextSnapshot(NamedTuple):
    """State of a text to roll back to."""

    logical_line: LogicalLine
    starts: list[int]
    pieces: tuple[LogicalLine, ...]


class Text(Item):
    """One logical line, wrapped. The line of a long paragraph arrives in pieces."""

    __slots__ = ("_logical_line", "_pieces", "_starts", "_width", "continues", "first", "rest")

    keeps_spaces: bool = False

    def __init__(
        self,
        logical_line: LogicalLine,
        first: Prefix,
        rest: Prefix,
        width: int,
        *,
        continues: bool = False,
    ) -> None:
        self.continues = continues
        self.first = first
        self.rest = rest
        self._logical_line = logical_line
        self._pieces: tuple[LogicalLine, ...] = ()
        self._starts = [0]
        self.layout(width)

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self._starts)

    @property
    def logical_line(self) -> LogicalLine:
        """The text and its styles."""
        return self._logical_line

    @property
    def is_full(self) -> bool:
        """True if more text of its line needs a new item."""
        return len(self._logical_line.text) >= LONGEST_TEXT

    def layout(self, width: int) -> None:
        """Compute the rows."""
        self._width = width
        self._starts = self._wrap(None)

    def _wrap(self, starts: list[int] | None) -> list[int]:
        return wrap(self._logical_line.text, self._text_cells, starts)

    @property
    def _text_cells(self) -> int:
        return text_cells(self.first, self._width)

    @property
    def pieces(self) -> tuple[LogicalLine, ...]:
        """The text in the pieces in which it was added."""
        # Most texts are never extended: they do not keep a tuple of their own.
        return self._pieces or (self._logical_line,)

    def replace(self, index: int, piece: LogicalLine) -> None:
        """Replace one piece of the text."""
        pieces = self.pieces
        self._pieces = (*pieces[:index], piece, *pieces[index + 1 :])
        self._logical_line = LogicalLine.joined(self._pieces)
        self._starts = self._wrap(None)

    def extend(self, piece: LogicalLine) -> None:
        """Append a piece of text."""
        before = self._logical_line
        self._pieces = (*self.pieces, piece)
        self._logical_line = LogicalLine.joined((before, piece))
        # A new list, because a snapshot keeps the old one.
        self._starts = self._wrap(self._starts.copy())

    def line(self, row: int) -> Line:
        """Return one row."""
        start, end = self._bounds(row)
        prefix = self._prefix(row)
        offset = len(prefix.text)
        spans, links = cut(self._logical_line, start, end, offset)
        text = self._logical_line.text[start:end]
        return Line(prefix.text + text, prefix.spans + spans, links)

    def _bounds(self, row: int) -> tuple[int, int]:
        start = self._starts[row]
        if row + 1 == len(self._starts):
            return start, len(self._logical_line.text)
        end = self._starts[row + 1]
        if not self.keeps_spaces:
            while end > start and self._logical_line.text[end - 1] == " ":
                end -= 1
        return start, end

    def _prefix(self, row: int) -> Prefix:
        return clipped(self.rest if row else self.first, self._width)

    def links(self) -> Iterable[tuple[str, str]]:
        """Return the text and the target of each link."""
        return links_in(self._logical_line)

    def formulas(self) -> Iterable[str]:
        """Return the source of each formula that is shown in Unicode."""
        return [source for _, _, source in self._logical_line.sources]

    def position_of(self, row: int) -> int:
        """Return the offset of the first character of a row."""
        return self._starts[row]

    def row_of(self, position: int) -> int:
        """Return the row of a character."""
        return bisect_right(self._starts, position) - 1

    def copied(self, start: tuple[int, int], end: tuple[int, int]) -> str | None:
        """Return the text without the breaks of wrapping."""
        prefix = len(self._prefix(start[0]).text)
        begin = self._offset(start)
        text = self._logical_line.copied(begin, self._offset(end))
        if start[0] == 0 and (start[1] < prefix or not start[1]):
            return self.first.copied + text
        return text

    def _offset(self, position: tuple[int, int]) -> int:
        """Return the offset in the logical line of a (row, character) on the screen."""
        row, x = position
        if row >= len(self._starts):
            return len(self._logical_line.text)
        start, end = self._bounds(row)
        return min(max(start + x - len(self._prefix(row).text), start), end)

    def snapshot(self) -> TextSnapshot:
        """Return the current state."""
        return TextSnapshot(self._logical_line, self._starts, self._pieces)

    def restore(self, snapshot: TextSnapshot) -> None:
        """Roll back to an earlier state."""
        self._logical_line, self._starts, self._pieces = snapshot

    def stable_rows(self, snapshot: TextSnapshot) -> int:
        """Return the number of unchanged leading rows."""
        return len(snapshot.starts) - (snapshot.logical_line is not self._logical_line)


class CodeRow(Text):
    """One line of code; it is highlighted when it is painted."""

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
        super().__init__(LogicalLine(code.shown[index]), first, rest, width, continues=continues)

    def _wrap(self, starts: list[int] | None) -> list[int]:
        return chop(self._logical_line.text, self._text_cells, starts)

    def line(self, row: int) -> Line:
        """Return one row."""
        start, end = self._bounds(row)
        prefix = self._prefix(row)
        text = self._logical_line.text[start:end]
        colours = self._code.spans(self._index)
        spans, _ = cut(LogicalLine(self._logical_line.text, colours), start, end, len(prefix.text))
        if (row or self.continues) and prefix.text.endswith(CODE_INDENT.text):
            prefix = _with_wrap_mark(prefix)
        return Line(prefix.text + text, prefix.spans + spans, (), Role.CODE_BLOCK)


class CodeLabel(Text):
    """The line above the code of a fence: its language, and the mark that copies it."""

    __slots__ = ("_mark",)

    def __init__(self, language: str, mark: str, first: Prefix, rest: Prefix, width: int) -> None:
        self._mark = mark
        super().__init__(
            LogicalLine(language, ((0, len(language), Role.CODE_LABEL),)), first, rest, width
        )

    def line(self, row: int) -> Line:
        """Return one row; the mark is at the end of the first one if that has room for it."""
        line = super().line(row)._replace(fill=Role.CODE_BLOCK)
        gap = self._width - cell_len(line.text) - cell_len(self._mark) - 1
        if row or gap < 1 or not self._mark:
            return line
        start = len(line.text) + gap
        end = start + len(self._mark)
        marks = ((len(line.text), start, Role.CODE_BLOCK), (start, end, Role.CODE_LABEL))
        return line._replace(text=line.text + " " * gap + self._mark, spans=line.spans + marks)

    def copied(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Return the text without the breaks of wrapping."""
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
        """Compute the rows."""
        self._width = width

    def line(self, row: int) -> Line:
        """Return one row."""
        prefix = clipped(self._prefix, self._width)
        start = len(prefix.text)
        cells = max(self._width - prefix.cells, 1)
        return Line(prefix.text + "─" * cells, (*prefix.spans, (start, start + cells, Role.RULE)))

    def copied(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        """Return the text without the breaks of wrapping."""
        return self._prefix.copied + "---"

    def snapshot(self) -> None:
        """Return the current state."""
        return

    def restore(self, snapshot: None) -> None:
        """Roll back to an earlier state."""

    def stable_rows(self, snapshot: None) -> int:
        """Return the number of unchanged leading rows."""
        return 1


def _with_wrap_mark(prefix: Prefix) -> Prefix:
    """Return the prefix of a row that continues a line of code."""
    start = len(prefix.text) - len(CODE_INDENT.text)
    text = prefix.text[:start] + "↪" + prefix.text[start + 1 :]
    kept = tuple(span for span in prefix.spans if span[0] < start)
    marks = ((start, start + 1, Role.CODE_LABEL), (start + 1, len(text), Role.CODE_BLOCK))
    return prefix._replace(text=text, spans=(*kept, *marks))


def clipped(prefix: Prefix, width: int) -> Prefix:
    """Return a prefix truncated so that a minimum width is left for text."""
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
    """Return the width of a row after its prefix, in cells."""
    return max(width - prefix.cells, width - _room(width))


def _room(width: int) -> int:
    """Return the maximum width of a prefix, in cells."""
    return max(width - _MIN_TEXT_CELLS, width // 2)
