"""Incremental Markdown document: the model behind `MessageMarkdown`, without widgets.

Complete lines are committed when they arrive and never parsed again. The incomplete line and the
open blocks are laid out speculatively and rolled back before the next delta. Both depend on the
text alone, so a streamed document equals the same text loaded at once, and the cost of a delta does
not grow with the document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui_chat.ui.markdown.block_events import CodeEnd, Fence, State, Table
from tui_chat.ui.markdown.block_parser import close, glue, step
from tui_chat.ui.markdown.block_patterns import is_undecided
from tui_chat.ui.markdown.item_builder import ItemBuilder, Snapshot
from tui_chat.ui.markdown.split_long_lines import cut_point, line_limit
from tui_chat.ui.markdown.styled_text import Line

if TYPE_CHECKING:
    from tui_chat.ui.markdown.block_events import Event


class CodeBlock(NamedTuple):
    """A fenced code block and its first row."""

    language: str
    text: str
    row: int


class HeadingRow(NamedTuple):
    """A heading and its row."""

    row: int
    level: int
    text: str


class DocumentLink(NamedTuple):
    """The text and the target of a link."""

    words: str
    target: str


class Document:
    """Incremental Markdown laid out at a width.

    Args:
        text: The text so far; `append` adds more.
        width: Width of a row, in cells.
        finished: Whether the text is complete, as after `finish`.
        keeps_breaks: Whether line breaks inside paragraphs stay, as for typed text.
        has_code_numbers: Whether code blocks show the number that copies them.
        renders_formulas: Whether formulas are shown in Unicode instead of their source.
        first_code: The number of the first code block.
    """

    def __init__(
        self,
        text: str = "",
        width: int = 80,
        *,
        finished: bool = False,
        keeps_breaks: bool = False,
        has_code_numbers: bool = True,
        renders_formulas: bool = True,
        first_code: int = 1,
    ) -> None:
        self._parts: list[str] = []
        self._builder = ItemBuilder(
            max(width, 1),
            keeps_breaks=keeps_breaks,
            has_code_numbers=has_code_numbers,
            renders_formulas=renders_formulas,
        )
        self.keeps_breaks = keeps_breaks
        self.has_code_numbers = has_code_numbers
        self.first_code = self._builder.first_code = first_code
        self.renders_formulas = renders_formulas
        self._state = State()
        self._line = ""
        """The incomplete last line."""
        self._is_glued = False
        """True if the incomplete line is so long that its beginning was committed."""
        self._finished = finished
        self._settled: Snapshot | None = None
        """State of the committed part while the open part is laid out after it."""
        self.append(text)
        self._finished = finished

    @property
    def source(self) -> str:
        """The source text."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    @property
    def width(self) -> int:
        """Width of a row, in cells."""
        return self._builder.width

    @property
    def height(self) -> int:
        """Number of rows."""
        self._draw_open()
        return self._builder.height

    @property
    def finished(self) -> bool:
        """True if the text is complete."""
        return self._finished

    @property
    def code_blocks(self) -> list[CodeBlock]:
        """The fenced code blocks and their languages, in order."""
        self._draw_open()
        builder = self._builder
        return [
            CodeBlock(code.language, code.text, builder.start_row(item))
            for code, item in zip(builder.codes, builder.code_items, strict=True)
        ]

    @property
    def links(self) -> list[DocumentLink]:
        """The distinct links, in order."""
        self._draw_open()
        found = (pair for item in self._builder.items for pair in item.links())
        return list(dict.fromkeys(DocumentLink(*pair) for pair in found))

    @property
    def formulas(self) -> list[str]:
        """The source of the formulas that are shown in Unicode."""
        self._draw_open()
        return [source for item in self._builder.items for source in item.formulas()]

    @property
    def headings(self) -> list[HeadingRow]:
        """The headings, in order."""
        self._draw_open()
        return [
            HeadingRow(self._builder.start_row(item), level, self._builder.text_of(item, items))
            for item, level, items in self._builder.headings
        ]

    def append(self, text: str) -> None:
        """Append text, also after `finish`."""
        if not text:
            return
        self._parts.append(text)
        self._take_back_open()
        self._finished = False
        first, *lines = text.split("\n")
        self._line += first
        for line in lines:
            self._take_line()
            self._line = line
        self._cut_long_line()

    def finish(self) -> None:
        """Complete the text: the last line is parsed as a complete one."""
        if not self._finished:
            self._take_back_open()
            self._finished = True

    def resize(self, width: int) -> None:
        """Lay out at another width."""
        width = max(width, 1)
        if width != self._builder.width:
            self._take_back_open()
            self._builder.resize(width)
            self._builder.touch(0)

    def take_changed_row(self) -> int:
        """Return the first row that may have changed since the last call."""
        self._draw_open()
        row = self._builder.touched
        self._builder.touched = self._builder.height
        return row

    def line(self, y: int) -> Line:
        """Return a row; an empty one outside the document."""
        self._draw_open()
        if not 0 <= y < self._builder.height:
            return Line("")
        index, row = self._builder.locate(y)
        return self._builder.items[index].line(row)

    def position_of(self, y: int) -> tuple[int, int]:
        """Return the text position at which a row begins; it is valid at any width."""
        height = self.height
        if not height:
            return 0, 0
        index, row = self._builder.locate(min(max(y, 0), height - 1))
        return index, self._builder.items[index].position_of(row)

    def row_of(self, position: tuple[int, int]) -> int:
        """Return the row of a text position at the current width."""
        index, inside = position
        height = self.height
        if index >= len(self._builder.items):
            return max(height - 1, 0)
        return self._builder.start_row(index) + self._builder.items[index].row_of(inside)

    def paragraph_rows(self, y: int) -> tuple[int, int]:
        """Return the first and the last row of the logical line that contains a row."""
        height = self.height
        if not height:
            return 0, 0
        index, _ = self._builder.locate(min(max(y, 0), height - 1))
        last = index
        while index and self._builder.items[index].continues:
            index -= 1
        while last + 1 < len(self._builder.items) and self._builder.items[last + 1].continues:
            last += 1
        return self._builder.start_row(index), self._builder.start_row(last + 1) - 1

    def text(self) -> str:
        """Return the whole text in its copied form."""
        return self.get_text(0, 0, self.height, 0)

    def get_text(self, y1: int, x1: int, y2: int, x2: int) -> str:
        """Return the text between two positions, without the line breaks of wrapping.

        Args:
            y1: First row.
            x1: First character in it.
            y2: Last row.
            x2: Character after the last one in it.
        """
        height = self.height
        if y2 >= height:
            y2, x2 = height - 1, len(self.line(height - 1).text)
        y1, x1 = (0, 0) if y1 < 0 else (y1, x1)
        if y1 > y2 or not height:
            return ""
        first, row1 = self._builder.locate(y1)
        last, row2 = self._builder.locate(y2)
        parts: list[str] = []
        for index in range(first, last + 1):
            item = self._builder.items[index]
            start = (row1, x1) if index == first else (0, 0)
            end = (row2, x2) if index == last else (item.height, 0)
            copied = item.copied(start, end)
            if copied is not None:
                if parts and not item.continues:
                    parts.append("\n")
                parts.append(copied)
        return "".join(parts)

    def _take_line(self) -> None:
        """Commit a complete line."""
        self._cut_long_line()
        self._state = self._taken(self._line.removesuffix("\r"))
        self._line = ""
        self._is_glued = False

    def _taken(self, line: str) -> State:
        settled: list[Event] = []
        take = glue if self._is_glued else step
        state = take(self._state, line, settled) if line or not self._is_glued else self._state
        self._builder.add(settled)
        return state

    def _cut_long_line(self) -> None:
        in_table = isinstance(self._state.leaf, Table) and not self._is_glued
        line, start = self._line, 0
        while len(line) - start > (limit := line_limit(line, start, in_table=in_table)):
            end = cut_point(line, start + limit)
            self._state = self._taken(line[start:end])
            start = end
            self._is_glued = True
            in_table = False
        self._line = line[start:]

    def _draw_open(self) -> None:
        """Lay out the incomplete line and the open blocks after the committed part."""
        if self._settled is not None:
            return
        self._settled = self._builder.snapshot()
        # An incomplete definition would re-parse everything that refers to it with each delta.
        self._builder.resolves_links = self._finished
        self._builder.is_growing = not self._finished
        state = self._state
        line = self._line.removesuffix("\r")
        if line and (self._finished or self._is_glued or not self._is_undecided(line)):
            state = self._taken(line)
        still_open: list[Event] = []
        close(state, still_open)
        if not self._finished and still_open[-1:] == [CodeEnd()]:
            # Open code is highlighted in chunks, not as a whole with every delta.
            still_open.pop()
        self._builder.add(still_open)
        self._builder.resolves_links = True
        self._builder.is_growing = False

    def _is_undecided(self, line: str) -> bool:
        if isinstance(self._state.leaf, Fence):
            return not line.strip(" `~")
        return is_undecided(line)

    def _take_back_open(self) -> None:
        if self._settled is not None:
            self._builder.restore(self._settled)
            self._settled = None
