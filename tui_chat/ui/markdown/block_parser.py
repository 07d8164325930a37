"""Incremental block parser: takes one line, returns a new state and events.

It implements the block phase of the CommonMark algorithm, without lookahead and without revising
emitted events, so the text may arrive in any pieces. The text of the events is still inline
Markdown.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tui_chat.ui.markdown import block_patterns as scan
from tui_chat.ui.markdown.block_events import (
    CodeLine,
    CodeStart,
    Container,
    Fence,
    Formula,
    IndentedCode,
    OpenFormula,
    Paragraph,
    Prose,
    Raw,
    Rule,
    State,
    Table,
    Verbatim,
)
from tui_chat.ui.markdown.column_cursor import Cursor
from tui_chat.ui.markdown.leaf_blocks import (
    CODE_INDENT,
    add_to_paragraph,
    close_leaf,
    close_paragraph,
    continue_leaf,
    glue_leaf,
    table_row,
    table_start,
)

if TYPE_CHECKING:
    from tui_chat.ui.markdown.block_events import Chain, Event, Leaf

MAX_DEPTH: Final = 24
"""Maximum nesting of containers; deeper markers are text."""
_WIDE_PADDING: Final = 5
"""Number of blanks after a list marker that indents code."""


def step(state: State, line: str, out: list[Event]) -> State:
    """Parse one line.

    Args:
        state: The state after the previous line.
        line: The line, without its newline.
        out: Receives the events of this line.
    """
    leaf = state.leaf
    # Most lines of prose: they can only continue the open paragraph.
    if isinstance(leaf, Paragraph) and not state.chain and line[:1].isalpha():
        return replace(state, leaf=add_to_paragraph(leaf, line, (), out))
    return _Step(state, line, out).run()


def glue(state: State, piece: str, out: list[Event]) -> State:
    """Parse the continuation of a very long line. It is always text."""
    if state.leaf is None or isinstance(state.leaf, Table):
        state = replace(state, leaf=Paragraph("", state.blank), blank=False, hollow=False)
    return replace(state, leaf=glue_leaf(state.leaf, piece, state.chain, out))


def close(state: State, out: list[Event]) -> None:
    """Emit the open blocks, as at the end of the document."""
    close_leaf(state.leaf, state.chain, out)
    if state.hollow:
        out.append(Prose(state.chain, "", state.blank))


class _Step:
    """The working state of one step."""

    def __init__(self, state: State, line: str, out: list[Event]) -> None:
        self._old = state
        self._out = out
        self._cursor = Cursor(line)
        self._chain: Chain = state.chain
        self._leaf: Leaf = state.leaf
        self._serial = state.serial
        self._spaced = state.blank
        self._matched = self._match_containers()
        self._opened = False
        """True if this line opened a container, which ends the open paragraph."""

    def run(self) -> State:
        """Parse the line and return the state after it."""
        if not isinstance(self._leaf, Paragraph | None) and self._continue_leaf():
            return self._result()
        if self._cursor.text and self._open_blocks():
            return self._result()
        if self._cursor.text:
            self._take_text()
        else:
            self._take_blank()
        return self._result()

    def _result(self) -> State:
        blank = not self._opened and not self._cursor.text
        hollow = self._opened and self._leaf is None and not self._cursor.text
        return State(self._chain, self._leaf, self._serial, blank, hollow and not self._in_quote)

    @property
    def _in_quote(self) -> bool:
        return self._chain[-1].is_quote

    @property
    def _all_matched(self) -> bool:
        return self._matched == len(self._old.chain)

    @property
    def _in_paragraph(self) -> bool:
        """Return True if this line continues the open paragraph, other than lazily."""
        return isinstance(self._leaf, Paragraph) and self._all_matched

    def _match_containers(self) -> int:
        """Consume the markers of the open containers and return the number that continue."""
        chain = self._old.chain
        for index, container in enumerate(chain):
            if container.is_quote:
                if self._cursor.indent() >= CODE_INDENT or self._cursor.text[:1] != ">":
                    return index
                self._skip_quote_mark()
            elif not self._cursor.text:
                if self._old.hollow and index == len(chain) - 1:
                    return index
            elif self._cursor.indent() >= container.indent:
                self._cursor.skip_indent(container.indent)
            else:
                return index
        return len(chain)

    def _skip_quote_mark(self) -> None:
        self._cursor.skip_indent(CODE_INDENT)
        self._cursor.skip(1)
        self._cursor.skip_indent(1)

    def _continue_leaf(self) -> bool:
        if not self._all_matched:
            self._begin_block()
        elif not isinstance(self._leaf, Table):
            leaf, taken = continue_leaf(self._leaf, self._cursor, self._chain, self._out)
            if taken:
                self._leaf = leaf
                return True
            self._begin_block()
        return False

    def _begin_block(self) -> None:
        """Close the leaf, and the containers that this line does not continue."""
        if self._opened:
            return
        close_leaf(self._leaf, self._chain, self._out)
        if self._old.hollow and not self._all_matched:
            self._out.append(Prose(self._chain, "", self._spaced))
        self._leaf = None
        self._chain = self._chain[: self._matched]

    def _open_blocks(self) -> bool:
        """Open the blocks that the line begins; return True if nothing of the line is left."""
        while self._cursor.text:
            indent = self._cursor.indent()
            if indent >= CODE_INDENT:
                return not isinstance(self._leaf, Paragraph | Table) and self._open_code()
            text = self._cursor.text
            if not self._open_container(text, indent):
                return self._open_leaf(text, indent)
        return False

    def _open_code(self) -> bool:
        self._begin_block()
        self._cursor.skip_indent(CODE_INDENT)
        self._out += (CodeStart(self._chain, None, self._spaced), CodeLine(self._cursor.rest))
        self._leaf = IndentedCode()
        return True

    def _open_container(self, text: str, indent: int) -> bool:
        if len(self._chain) >= MAX_DEPTH:
            return False
        if text[0] == ">":
            self._begin_block()
            self._skip_quote_mark()
            self._push(Container(self._serial + 1))
            return True
        marker = scan.list_marker(text)
        if marker is None or not self._may_open_item(text, marker):
            return False
        number = self._next_number(marker)
        self._begin_block()
        self._cursor.skip_indent(indent)
        self._cursor.skip(marker.length)
        padding = self._cursor.indent()
        if not self._cursor.text or padding >= _WIDE_PADDING:
            padding = 1
        self._cursor.skip_indent(padding)
        level = sum(1 for outer in self._chain if not outer.is_quote and outer.number is None)
        columns = indent + marker.length + padding
        self._push(Container(self._serial + 1, columns, marker.kind, number, level))
        return True

    def _push(self, container: Container) -> None:
        self._chain = (*self._chain, container)
        self._serial = container.serial
        self._opened = True

    def _may_open_item(self, text: str, marker: scan.ListMarker) -> bool:
        if scan.RULE.match(text):
            return False
        if not self._in_paragraph:
            return True
        # Only an unambiguous list marker interrupts a paragraph.
        if not text[marker.length :].strip(" \t"):
            return False
        return marker.number in {None, 1}

    def _next_number(self, marker: scan.ListMarker) -> int | None:
        """Return an item's number, counted from the previous item of its list."""
        if marker.number is None or self._opened or self._all_matched:
            return marker.number
        sibling = self._old.chain[self._matched]
        same = sibling.marker == marker.kind and sibling.number is not None
        return sibling.number + 1 if same and sibling.number is not None else marker.number

    def _open_leaf(self, text: str, indent: int) -> bool:
        return (
            self._open_heading(text)
            or self._open_fence(text, indent)
            or self._open_html(text)
            or self._open_math(text)
            or self._underline(text)
            or self._open_rule(text)
        )

    def _open_heading(self, text: str) -> bool:
        found = scan.heading(text) if text[0] == "#" else None
        if not found:
            return False
        self._begin_block()
        self._out.append(Prose(self._chain, found[1], self._spaced, found[0]))
        return True

    def _open_fence(self, text: str, indent: int) -> bool:
        found = scan.FENCE.match(text) if text[0] in "`~" else None
        if not found:
            return False
        self._begin_block()
        info = found[2] if found[1] else found[4]
        self._out.append(CodeStart(self._chain, info.strip(), self._spaced))
        self._leaf = Fence(found[1] or found[3], indent)
        return True

    def _open_html(self, text: str) -> bool:
        end = scan.html_end(text) if text[0] == "<" else None
        if end is None:
            return False
        self._begin_block()
        raw = Raw(self._chain, self._cursor.rest, False, self._spaced, first=True)
        self._out.append(raw)
        ended = bool(end) and end in text.lower()
        self._leaf = None if ended else Verbatim(end, is_math=False)
        return True

    def _open_math(self, text: str) -> bool:
        found = scan.formula(text) if text[0] in "$\\" else None
        if not found:
            return False
        self._begin_block()
        end, ended = found
        if ended:
            self._out.append(Formula(self._chain, self._cursor.rest, self._spaced))
        else:
            self._leaf = OpenFormula(self._cursor.rest, end, self._spaced)
        return True

    def _underline(self, text: str) -> bool:
        """Turn the paragraph above into a heading."""
        leaf = self._leaf
        if not isinstance(leaf, Paragraph) or not self._in_paragraph or leaf.glued:
            return False
        found = scan.UNDERLINE.match(text)
        if not found:
            return False
        self._leaf = None
        # After link definitions alone there is no heading text: the line is text.
        return close_paragraph(leaf, self._chain, self._out, 1 if text[0] == "=" else 2)

    def _open_rule(self, text: str) -> bool:
        if text[0] not in "-_*" or not scan.RULE.match(text):
            return False
        self._begin_block()
        self._out.append(Rule(self._chain, self._spaced))
        return True

    def _take_text(self) -> None:
        text = self._cursor.text
        leaf = self._leaf
        if isinstance(leaf, Table):
            self._out.append(table_row(text, leaf.columns))
        elif isinstance(leaf, Paragraph) and not scan.FOOTNOTE.match(text):
            columns = table_start(leaf, text, self._chain, self._out) if self._in_paragraph else 0
            self._leaf = (
                Table(columns) if columns else add_to_paragraph(leaf, text, self._chain, self._out)
            )
        else:
            self._begin_block()
            self._leaf = add_to_paragraph(Paragraph("", self._spaced), text, self._chain, self._out)

    def _take_blank(self) -> None:
        if not self._opened:
            self._begin_block()
