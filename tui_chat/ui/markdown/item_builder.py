"""Events to items: prefixes, gaps between blocks, and the way back from what was only tried."""

from __future__ import annotations

from bisect import bisect_right
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from markdown_it.common.utils import normalizeReference

from tui_chat.ui.markdown import block_events as events
from tui_chat.ui.markdown.block_context import OpenCode, Place, has_gap, shared
from tui_chat.ui.markdown.code_block import CHUNK_LINES, CodeText
from tui_chat.ui.markdown.inline_styles import inline
from tui_chat.ui.markdown.layout_items import CodeLabel, CodeRow, Item, RuleLine, Text
from tui_chat.ui.markdown.line_prefixes import BOXES, CODE_INDENT, prefixes
from tui_chat.ui.markdown.style_roles import Role, heading_role
from tui_chat.ui.markdown.styled_text import Prefix, Run, shown
from tui_chat.ui.markdown.table import Table
from tui_chat.ui.markdown.table_rows import Cell, Row
from tui_chat.ui.markdown.waiting import WaitingList, WaitingRow, WaitingText

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui_chat.ui.markdown.block_events import Chain, Event


class Heading(NamedTuple):
    """A heading, its first item and how many items it has."""

    item: int
    level: int
    items: int


class Mark(NamedTuple):
    """A moment to come back to."""

    items: int
    last: Any
    headings: int
    codes: int
    definitions: int
    waiting: tuple[int, int]
    place: Place
    code: tuple[int, str, str, bool] | None


class ItemBuilder:
    """The items of a document and the rows they begin at."""

    def __init__(self, width: int, *, keeps_breaks: bool, has_code_numbers: bool) -> None:
        self.width = width
        self._has_code_numbers = has_code_numbers
        self._keeps_breaks = keeps_breaks
        self.items: list[Item] = []
        self.headings: list[Heading] = []
        self.codes: list[CodeText] = []
        self.code_items: list[int] = []
        """Which item each of the codes begins with."""
        self.touched = 0
        """The first row that may have changed since the owner last set this."""
        self._starts: list[int] = []
        self._definitions: dict[str, dict[str, str]] = {}
        self._env = {"references": self._definitions}
        self._waiting = WaitingList()
        self.resolves_links = True
        """Whether a definition changes what is shown above it."""
        self._place = Place()

    @property
    def height(self) -> int:
        """Rows of all items."""
        return self._starts[-1] + self.items[-1].height if self.items else 0

    def locate(self, row: int) -> tuple[int, int]:
        """Return the index of the item that has a row, and the row inside of it."""
        index = bisect_right(self._starts, row) - 1
        return index, row - self._starts[index]

    def start_row(self, item: int) -> int:
        """Return the row an item begins at; an item that is still to come begins at the end."""
        return self._starts[item] if item < len(self._starts) else self.height

    def text_of(self, item: int, count: int) -> str:
        """Return the text of some items as one line."""
        texts = self.items[item : item + count]
        return " ".join(text.run.text for text in texts if isinstance(text, Text))

    def resize(self, width: int) -> None:
        """Lay out all items at another width."""
        self.width = width
        self._starts.clear()
        row = 0
        for item in self.items:
            item.layout(width)
            self._starts.append(row)
            row += item.height

    def mark(self) -> Mark:
        """Return this moment, for `restore`."""
        code = self._place.code
        return Mark(
            len(self.items),
            self.items[-1].mark() if self.items else None,
            len(self.headings),
            len(self.codes),
            len(self._definitions),
            self._waiting.mark(),
            self._place,
            code.code.mark() if code else None,
        )

    def restore(self, mark: Mark) -> None:
        """Take back everything since a mark."""
        self.touch(self.stable_rows(mark))
        del self.items[mark.items :], self._starts[mark.items :]
        del self.headings[mark.headings :], self.codes[mark.codes :]
        del self.code_items[mark.codes :]
        while len(self._definitions) > mark.definitions:
            self._definitions.popitem()
        self._place_again(self._waiting.restore(mark.waiting, mark.items))
        if self.items:
            self.items[-1].restore(mark.last)
        self._place = mark.place
        opened = mark.place.code
        if opened and mark.code:
            if opened.code.is_closed:
                self._touch_chunk(opened)
                opened.code.most_lines = 0
            opened.code.restore(mark.code)

    def stable_rows(self, mark: Mark) -> int:
        """Return how many rows from the top look as they did at a mark, code colours apart."""
        if not mark.items:
            return 0
        last = mark.items - 1
        return self._starts[last] + self.items[last].stable_rows(mark.last)

    def touch(self, row: int) -> None:
        """Note that the rows from here on may look different."""
        self.touched = min(self.touched, row)

    def add(self, happened: Iterable[Event]) -> None:
        """Add what the block machine has settled."""
        for event in happened:
            count = len(self.items)
            last = self.items[-1].mark() if count else None
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
        """Begin a block: leave a gap if one belongs here, and return its prefixes."""
        last = self._place
        common = shared(last.chain, chain)
        if self.items and has_gap(last, chain, common, kind, spaced=spaced, roomy=roomy):
            blank, _ = prefixes(chain[:common], common)
            blank = blank._replace(copied=blank.copied.rstrip())
            self._append(Text(Run(""), blank, blank, self.width))
        self._place = Place(chain, roomy, kind)
        return prefixes(chain, common if self.items else 0, box)

    def _add_prose(self, event: events.Prose) -> None:
        text, box = self._task(event)
        style = heading_role(event.level) if event.level else self._text_role(event.chain)
        runs = inline(text, style, self._env, keeps_breaks=self._keeps_breaks)
        last = self.items[-1] if self.items else None
        if event.glued and isinstance(last, Text) and self._place.kind is events.Prose:
            self._go_on(last, runs.pop(0))
            first = rest = last.rest
        else:
            first, rest = self._begin(event.chain, event.spaced, events.Prose, box=box)
        if event.level:
            self.headings.append(Heading(len(self.items), event.level, len(runs)))
        item = len(self.items)
        texts = []
        for run in runs:
            texts.append(Text(run, first, rest, self.width))
            self._append(texts[-1])
            first = rest
        if "[" in text and not event.glued:
            read = partial(inline, text, style, self._env, keeps_breaks=self._keeps_breaks)
            self._waiting.add(text, WaitingText(item, texts, read), self._definitions)

    def _go_on(self, last: Text, run: Run) -> None:
        """Add to the logical line of the last item."""
        if last.is_full:
            self._append(Text(run, last.rest, last.rest, self.width, continues=True))
        else:
            last.extend(run)

    def _place_again(self, changed: Iterable[int]) -> None:
        """Find the rows again from the first item on that has changed."""
        first = min(changed, default=len(self.items))
        if first >= len(self._starts):
            return
        row = self._starts[first]
        self.touch(row)
        for index in range(first, len(self._starts)):
            self._starts[index] = row
            row += self.items[index].height

    def _task(self, event: events.Prose) -> tuple[str, str]:
        """Return a paragraph's text without the box of a task, and the box."""
        chain = event.chain
        box = BOXES.get(event.text[:4], "")
        is_first = chain and shared(self._place.chain, chain) < len(chain)
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
            self._await_links(event.header, Role.TABLE_HEADER)
        elif isinstance(table := self.items[-1], Table):
            table.add(self._row(event.cells, Role.TEXT))
            self._await_links(event.cells, Role.TEXT)

    def _await_links(self, texts: tuple[str, ...], style: int) -> None:
        """Have the last row of the last table wait for the definitions of its links."""
        source, table = " ".join(texts), self.items[-1]
        if "[" in source and isinstance(table, Table):
            read = partial(self._row, texts, style)
            block = WaitingRow(len(self.items) - 1, table, table.rows - 1, read)
            self._waiting.add(source, block, self._definitions)

    def _row(self, texts: tuple[str, ...], style: int) -> Row:
        return tuple(Cell.of(inline(text, style, self._env)) for text in texts)

    def _add_raw(self, event: events.Raw) -> None:
        role = Role.MATH if event.is_math else Role.RAW
        text = shown(event.text)
        run = Run(text, ((0, len(text), role),) if text else ())
        last = self.items[-1] if self.items else None
        if event.glued and isinstance(last, Text) and self._place.kind is events.Raw:
            self._go_on(last, run)
            return
        if event.first or self._place.kind is not events.Raw:
            first, rest = self._begin(event.chain, event.spaced, events.Raw, roomy=event.is_math)
        else:
            first = rest = prefixes(event.chain, len(event.chain))[1]
        self._append(Text(run, first, rest, self.width))

    def _add_definition(self, event: events.Definition) -> None:
        label = normalizeReference(event.label)
        if label not in self._definitions:
            self._definitions[label] = {"href": event.target, "title": ""}
            if self.resolves_links:
                self._place_again(self._waiting.resolve(label))
        first, rest = self._begin(event.chain, event.spaced, events.Definition)
        text = shown(event.text)
        begin = max(text.find("]:"), 0)
        start = max(text.find(shown(event.target), begin), 0)
        link = (start, start + len(shown(event.target)), shown(event.target))
        run = Run(text, ((0, len(text), Role.QUIET),), (link,))
        self._append(Text(run, first, rest, self.width))

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
        self._place = self._place._replace(code=opened)
        label = shown(event.info or "")
        if code.is_fence and self._has_code_numbers:
            # The key that copies it.
            label = f"{len(self.codes)} · {label}" if label else str(len(self.codes))
        if label:
            first, rest = self._begin_code(opened)
            run = Run(label, ((0, len(label), Role.CODE_LABEL),))
            self._append(CodeLabel(run, first, rest, self.width))

    def _begin_code(self, opened: OpenCode) -> tuple[Prefix, Prefix]:
        first, rest = self._begin(opened.chain, opened.spaced, events.CodeLine, roomy=True)
        # Copied code carries no indentation; a bullet right before it stays.
        bare = first == rest
        first, rest = first + CODE_INDENT, (rest + CODE_INDENT)._replace(copied="")
        opened = opened._replace(prefix=rest, first_item=len(self.items))
        self._place = self._place._replace(code=opened)
        return rest if bare else first, rest

    def _add_code_line(self, event: events.CodeLine) -> None:
        opened = self._place.code
        if opened is None:
            return
        code = opened.code
        last = self.items[-1] if self.items else None
        goes_on = event.glued and bool(code.lines) and isinstance(last, CodeRow)
        if goes_on and isinstance(last, CodeRow) and not last.is_full:
            last.extend(Run(code.glue(event.text)))
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
        opened = self._place.code
        if opened is None:
            return
        opened.code.is_closed = True
        self._place = self._place._replace(code=None)
        self._touch_chunk(opened)

    def _touch_chunk(self, opened: OpenCode) -> None:
        """Note that a line that was the last one may give its whole chunk other colours."""
        first = opened.first_item
        if not opened.code.is_exact:
            lines = len(opened.code.lines)
            first = max(
                first, len(self.items) - lines + max(lines - 2, 0) // CHUNK_LINES * CHUNK_LINES
            )
        if first < len(self.items):
            self.touch(self._starts[first])
