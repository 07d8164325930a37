"""Turns block events into layout items, with rollback of the speculatively parsed tail."""

from __future__ import annotations

from bisect import bisect_right
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from markdown_it.common.utils import normalizeReference

from tui_chat.markup.inline_grammar import BOXES
from tui_chat.ui.markdown import block_events as events
from tui_chat.ui.markdown.block_context import BlockContext, OpenCode, has_gap, shared_depth
from tui_chat.ui.markdown.block_patterns import DELIMITER_LINE
from tui_chat.ui.markdown.code_block import CHUNK_LINES, CodeText
from tui_chat.ui.markdown.formula_item import FormulaItem, is_displayable
from tui_chat.ui.markdown.forward_links import (
    ForwardLinks,
    PieceOfText,
    RowWithLinks,
    TextWithLinks,
)
from tui_chat.ui.markdown.inline_styles import inline
from tui_chat.ui.markdown.layout_items import COPY_MARK, CodeLabel, CodeRow, Item, RuleLine, Text
from tui_chat.ui.markdown.line_prefixes import CODE_INDENT, prefixes
from tui_chat.ui.markdown.style_roles import Role, heading_role
from tui_chat.ui.markdown.styled_text import LogicalLine, Prefix, shown
from tui_chat.ui.markdown.table import Table
from tui_chat.ui.markdown.table_rows import Cell, Row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui_chat.ui.markdown.block_events import Chain, Event


class Heading(NamedTuple):
    """A heading: its first item and its number of items."""

    item: int
    level: int
    items: int


class Snapshot(NamedTuple):
    """State to roll back to."""

    items: int
    last: Any
    headings: int
    codes: int
    definitions: int
    forward_links: tuple[int, int]
    context: BlockContext
    code: tuple[int, str, str, bool] | None


class ItemBuilder:
    """Builds the items of a document and keeps their first rows."""

    def __init__(
        self, width: int, *, keeps_breaks: bool, has_code_numbers: bool, renders_formulas: bool
    ) -> None:
        self.width = width
        self._renders_formulas = renders_formulas
        self._has_code_numbers = has_code_numbers
        self._keeps_breaks = keeps_breaks
        self.first_code = 1
        self.items: list[Item] = []
        self.headings: list[Heading] = []
        self.codes: list[CodeText] = []
        self.code_items: list[int] = []
        """Index of the first item of each code block."""
        self.touched = 0
        """The first row that may have changed since the owner set this value."""
        self._starts: list[int] = []
        self._definitions: dict[str, dict[str, str]] = {}
        env = {"references": self._definitions}
        self._inline = partial(inline, env=env, renders_formulas=renders_formulas)
        self._forward_links = ForwardLinks()
        self.resolves_links = True
        """True if a link definition updates the text above it."""
        self.is_growing = False
        """True while the incomplete end of a document is laid out."""
        self._context = BlockContext()

    @property
    def height(self) -> int:
        """Number of rows of all items."""
        return self._starts[-1] + self.items[-1].height if self.items else 0

    def locate(self, row: int) -> tuple[int, int]:
        """Return the index of the item that contains a row, and the row within it."""
        index = bisect_right(self._starts, row) - 1
        return index, row - self._starts[index]

    def start_row(self, item: int) -> int:
        """Return the first row of an item; the end for an item that does not exist yet."""
        return self._starts[item] if item < len(self._starts) else self.height

    def text_of(self, item: int, count: int) -> str:
        """Return the text of some items as one line."""
        texts = self.items[item : item + count]
        return " ".join(text.logical_line.text for text in texts if isinstance(text, Text))

    def resize(self, width: int) -> None:
        """Lay out all items at another width."""
        self.width = width
        self._starts.clear()
        row = 0
        for item in self.items:
            item.layout(width)
            self._starts.append(row)
            row += item.height

    def snapshot(self) -> Snapshot:
        """Return the current state, for `restore`."""
        code = self._context.code
        return Snapshot(
            len(self.items),
            self.items[-1].snapshot() if self.items else None,
            len(self.headings),
            len(self.codes),
            len(self._definitions),
            self._forward_links.snapshot(),
            self._context,
            code.code.snapshot() if code else None,
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Roll back to an earlier state."""
        self.touch(self.stable_rows(snapshot))
        del self.items[snapshot.items :], self._starts[snapshot.items :]
        del self.headings[snapshot.headings :], self.codes[snapshot.codes :]
        del self.code_items[snapshot.codes :]
        while len(self._definitions) > snapshot.definitions:
            self._definitions.popitem()
        self._update_starts(self._forward_links.restore(snapshot.forward_links, snapshot.items))
        if self.items:
            self.items[-1].restore(snapshot.last)
        self._context = snapshot.context
        opened = snapshot.context.code
        if opened and snapshot.code:
            if opened.code.is_closed:
                self._touch_chunk(opened)
                opened.code.most_lines = 0
            opened.code.restore(snapshot.code)

    def stable_rows(self, snapshot: Snapshot) -> int:
        """Return the number of leading rows that have not changed, except for code colours."""
        if not snapshot.items:
            return 0
        last = snapshot.items - 1
        return self._starts[last] + self.items[last].stable_rows(snapshot.last)

    def touch(self, row: int) -> None:
        """Record that rows may have changed from this one on."""
        self.touched = min(self.touched, row)

    def add(self, new: Iterable[Event]) -> None:
        """Add the events of the block parser."""
        for event in new:
            count = len(self.items)
            last = self.items[-1].snapshot() if count else None
            self._add(event)
            if count:
                stable = self.items[count - 1].stable_rows(last)
                self.touch(self._starts[count - 1] + stable)

    def _add(self, event: Event) -> None:
        match event:
            case events.Prose():
                self._add_prose(event)
            case events.CodeStart() | events.CodeLine() | events.CodeEnd():
                self._add_code(event)
            case events.TableStart() | events.TableRow():
                self._add_table(event)
            case events.Raw():
                self._add_raw(event)
            case events.Formula():
                self._add_formula(event)
            case events.Definition():
                self._add_definition(event)
            case events.Rule():
                first, _ = self._begin(event.chain, event.spaced, events.Rule)
                self._append(RuleLine(first, self.width))

    def _append(self, item: Item) -> None:
        self._starts.append(self.height)
        self.items.append(item)

    def _begin(
        self, chain: Chain, spaced: bool, kind: type[Event], *, roomy: bool = False, box: str = ""
    ) -> tuple[Prefix, Prefix]:
        """Begin a block: add a gap if one is due, and return its prefixes."""
        last = self._context
        common = shared_depth(last.chain, chain)
        if self.items and has_gap(last, chain, common, kind, spaced=spaced, roomy=roomy):
            blank, _ = prefixes(chain[:common], common)
            blank = blank._replace(copied=blank.copied.rstrip())
            self._append(Text(LogicalLine(""), blank, blank, self.width))
        self._context = BlockContext(chain, roomy, kind)
        return prefixes(chain, common if self.items else 0, box)

    def _add_prose(self, event: events.Prose) -> None:
        text, box = self._task(event)
        style = heading_role(event.level) if event.level else self._text_role(event.chain)
        read = partial(self._inline, text, style, keeps_breaks=self._keeps_breaks)
        lines = read()
        last = self.items[-1] if self.items else None
        pieces: list[PieceOfText] = []
        if event.glued and isinstance(last, Text) and self._context.kind is events.Prose:
            pieces.append(self._go_on(last, lines.pop(0)))
            first = rest = last.rest
        else:
            first, rest = self._begin(event.chain, event.spaced, events.Prose, box=box)
        if event.level:
            self.headings.append(Heading(len(self.items), event.level, len(lines)))
        item = len(self.items) - len(pieces)
        for line in lines:
            pieces.append(self._append_text(line, first, rest))
            first = rest
        if "[" in text:
            self._forward_links.add(text, TextWithLinks(item, pieces, read), self._definitions)

    def _append_text(
        self, line: LogicalLine, first: Prefix, rest: Prefix, *, continues: bool = False
    ) -> PieceOfText:
        text = Text(line, first, rest, self.width, continues=continues)
        self._append(text)
        return PieceOfText(text, 0)

    def _go_on(self, last: Text, line: LogicalLine) -> PieceOfText:
        """Continue the logical line of the last item; return the new piece."""
        if last.is_full:
            return self._append_text(line, last.rest, last.rest, continues=True)
        last.extend(line)
        return PieceOfText(last, len(last.pieces) - 1)

    def _update_starts(self, changed: Iterable[int]) -> None:
        """Recompute the first rows of the items from the first changed one on."""
        first = min(changed, default=len(self.items))
        if first >= len(self._starts):
            return
        row = self._starts[first]
        self.touch(row)
        for index in range(first, len(self._starts)):
            self._starts[index] = row
            row += self.items[index].height

    def _task(self, event: events.Prose) -> tuple[str, str]:
        """Return the text of a paragraph without the box of a task, and the box."""
        chain = event.chain
        box = BOXES.get(event.text[:4], "")
        is_first = chain and shared_depth(self._context.chain, chain) < len(chain)
        if not box or event.glued or event.level or not is_first or chain[-1].is_quote:
            return event.text, ""
        return event.text[4:], box

    @staticmethod
    def _text_role(chain: Chain) -> Role:
        return Role.QUOTE if any(container.is_quote for container in chain) else Role.TEXT

    def _add_table(self, event: events.TableStart | events.TableRow) -> None:
        if isinstance(event, events.TableStart):
            first, rest = self._begin(event.chain, event.spaced, events.TableStart, roomy=True)
            header = self._row(event.header, Role.TABLE_HEADER)
            self._append(Table(header, event.alignments, first, rest, self.width))
            self._register_links(event.header, Role.TABLE_HEADER)
        elif isinstance(table := self.items[-1], Table):
            table.add(self._row(event.cells, Role.TEXT))
            self._register_links(event.cells, Role.TEXT)

    def _register_links(self, texts: tuple[str, ...], style: int) -> None:
        """Register the last row of the last table for the definitions of its links."""
        source, table = " ".join(texts), self.items[-1]
        if "[" in source and isinstance(table, Table):
            read = partial(self._row, texts, style)
            block = RowWithLinks(len(self.items) - 1, table, table.rows - 1, read)
            self._forward_links.add(source, block, self._definitions)

    def _row(self, texts: tuple[str, ...], style: int) -> Row:
        return tuple(Cell.of(self._inline(text, style)) for text in texts)

    def _add_raw(self, event: events.Raw) -> None:
        role = Role.MATH if event.is_math else Role.RAW
        text = shown(event.text)
        line = LogicalLine(text, ((0, len(text), role),) if text else ())
        last = self.items[-1] if self.items else None
        if event.glued and isinstance(last, Text) and self._context.kind is events.Raw:
            self._go_on(last, line)
            return
        if event.first or self._context.kind is not events.Raw:
            first, rest = self._begin(event.chain, event.spaced, events.Raw, roomy=event.is_math)
        else:
            first = rest = prefixes(event.chain, len(event.chain))[1]
        self._append(Text(line, first, rest, self.width))

    def _add_formula(self, event: events.Formula) -> None:
        if self._renders_formulas and not event.is_open and is_displayable(event.text):
            first, rest = self._begin(event.chain, event.spaced, events.Formula, roomy=True)
            self._append(FormulaItem(event.text, first, rest, self.width))
            return
        lines = event.text.split("\n")
        if event.is_open and self.is_growing and self._renders_formulas:
            # The formula that takes their place has no rows for these.
            lines = [line for line in lines if not DELIMITER_LINE.fullmatch(line)] or lines[-1:]
        for index, line in enumerate(lines):
            self._add_raw(events.Raw(event.chain, line, True, event.spaced, first=not index))

    def _add_definition(self, event: events.Definition) -> None:
        label = normalizeReference(event.label)
        if label not in self._definitions:
            self._definitions[label] = {"href": event.target, "title": ""}
            if self.resolves_links:
                self._update_starts(self._forward_links.resolve(label))
        first, rest = self._begin(event.chain, event.spaced, events.Definition)
        text = shown(event.text)
        begin = max(text.find("]:"), 0)
        start = max(text.find(shown(event.target), begin), 0)
        link = (start, start + len(shown(event.target)), shown(event.target))
        line = LogicalLine(text, ((0, len(text), Role.QUIET),), (link,))
        self._append(Text(line, first, rest, self.width))

    def _add_code(self, event: events.CodeStart | events.CodeLine | events.CodeEnd) -> None:
        match event:
            case events.CodeStart():
                self._start_code(event)
            case events.CodeLine():
                self._add_code_line(event)
            case events.CodeEnd():
                self._end_code()

    def _start_code(self, event: events.CodeStart) -> None:
        code = CodeText(event.info)
        if code.is_fence:
            self.codes.append(code)
            self.code_items.append(len(self.items))
        opened = OpenCode(code, event.chain, event.spaced, None, len(self.items))
        self._context = self._context._replace(code=opened)
        label, mark = shown(event.info or ""), ""
        if code.is_fence and self._has_code_numbers:
            # The number is the key that copies the block; a click on the mark does the same.
            mark = f"{self.first_code + len(self.codes) - 1} {COPY_MARK}"
        if label or mark:
            first, rest = self._begin_code(opened)
            self._append(CodeLabel(label, mark, first, rest, self.width))

    def _begin_code(self, opened: OpenCode) -> tuple[Prefix, Prefix]:
        first, rest = self._begin(opened.chain, opened.spaced, events.CodeLine, roomy=True)
        # Copied code has no indentation; a bullet right before it stays.
        bare = first == rest
        first, rest = first + CODE_INDENT, (rest + CODE_INDENT)._replace(copied="")
        opened = opened._replace(prefix=rest, first_item=len(self.items))
        self._context = self._context._replace(code=opened)
        return rest if bare else first, rest

    def _add_code_line(self, event: events.CodeLine) -> None:
        opened = self._context.code
        if opened is None:
            return
        code = opened.code
        last = self.items[-1] if self.items else None
        goes_on = event.glued and bool(code.lines) and isinstance(last, CodeRow)
        if goes_on and isinstance(last, CodeRow) and not last.is_full:
            last.extend(LogicalLine(code.glue(event.text)))
        else:
            rest = opened.prefix
            first, rest = (rest, rest) if rest else self._begin_code(opened)
            code.add(event.text, continues=goes_on)
            index = len(code.lines) - 1
            self._append(CodeRow(code, index, first, rest, self.width, continues=goes_on))
        if len(code.lines) > code.most_lines:
            code.most_lines = len(code.lines)
            self._touch_chunk(opened)

    def _end_code(self) -> None:
        opened = self._context.code
        if opened is None:
            return
        opened.code.is_closed = True
        self._context = self._context._replace(code=None)
        self._touch_chunk(opened)

    def _touch_chunk(self, opened: OpenCode) -> None:
        """Record that a new line may change the colours of its whole chunk."""
        first = opened.first_item
        if not opened.code.is_exact:
            lines = len(opened.code.lines)
            first = max(
                first, len(self.items) - lines + max(lines - 2, 0) // CHUNK_LINES * CHUNK_LINES
            )
        if first < len(self.items):
            self.touch(self._starts[first])
