"""Parses the lines of the open leaf block, and emits its events when it closes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui_chat.ui.markdown.block_events import (
    CodeEnd,
    CodeLine,
    Definition,
    Fence,
    Formula,
    IndentedCode,
    OpenFormula,
    Paragraph,
    Prose,
    Raw,
    TableRow,
    TableStart,
    Verbatim,
)
from tui_chat.ui.markdown.block_patterns import DEFINITION, MAX_COLUMNS, alignments, cells
from tui_chat.ui.markdown.split_long_lines import LONG_PARAGRAPH, split_point

if TYPE_CHECKING:
    from tui_chat.ui.markdown.block_events import Chain, Event, Leaf
    from tui_chat.ui.markdown.column_cursor import Cursor

CODE_INDENT = 4
"""Indentation of code, in columns."""


def continue_leaf(leaf: Leaf, cursor: Cursor, chain: Chain, out: list[Event]) -> tuple[Leaf, bool]:
    """Parse a line with an open leaf other than a paragraph or table.

    Returns:
        The leaf afterwards, and whether the line is part of it.
    """
    match leaf:
        case Fence():
            return _continue_fence(leaf, cursor, out), True
        case IndentedCode():
            return _continue_indented(leaf, cursor, out)
        case Verbatim():
            return _continue_verbatim(leaf, cursor, chain, out)
        case OpenFormula():
            return _continue_formula(leaf, cursor, chain, out)
        case _:
            return leaf, False


def glue_leaf(leaf: Leaf, piece: str, chain: Chain, out: list[Event]) -> Leaf:
    """Append a continuation of the last line to an open leaf."""
    if isinstance(leaf, OpenFormula):
        leaf = _as_verbatim(leaf, chain, out)
    match leaf:
        case Paragraph():
            return _relieved(replace(leaf, text=leaf.text + piece), chain, out)
        case Fence() | IndentedCode():
            out.append(CodeLine(piece, glued=True))
        case Verbatim():
            out.append(Raw(chain, piece, leaf.is_math, glued=True))
        case _:
            pass
    return leaf


def close_leaf(leaf: Leaf, chain: Chain, out: list[Event]) -> None:
    """Emit the rest of an open leaf."""
    match leaf:
        case Paragraph():
            close_paragraph(replace(leaf, text=leaf.text.rstrip(" \t")), chain, out)
        case Fence() | IndentedCode():
            out.append(CodeEnd())
        case OpenFormula():
            out.append(Formula(chain, leaf.text, leaf.spaced, is_open=True))
        case _:
            pass


def add_to_paragraph(leaf: Paragraph, text: str, chain: Chain, out: list[Event]) -> Paragraph:
    """Return a paragraph with one more line."""
    joint = "\n" if leaf.text or leaf.glued else ""
    return _relieved(replace(leaf, text=f"{leaf.text}{joint}{text}"), chain, out)


def close_paragraph(leaf: Paragraph, chain: Chain, out: list[Event], level: int = 0) -> bool:
    """Emit a paragraph or heading, and the link definitions before it.

    Returns:
        Whether any text follows the definitions.
    """
    text, spaced = leaf.text, leaf.spaced
    while not leaf.glued and (found := DEFINITION.match(text)):
        target = found[3] if found[2] is None else found[2]
        out.append(Definition(chain, found[1], target, found[0].rstrip("\n"), spaced))
        text, spaced = text[found.end() :], False
    if text or leaf.glued:
        out.append(Prose(chain, text, spaced, level, leaf.glued))
    return bool(text)


def table_start(leaf: Paragraph, line: str, chain: Chain, out: list[Event]) -> int:
    """Convert the last line of a paragraph to a table header if this line is its delimiter row.

    Returns:
        The number of columns; 0 when this is no table.
    """
    columns = alignments(line)
    if columns is None or len(columns) > MAX_COLUMNS:
        return 0
    before, newline, last = leaf.text.rpartition("\n")
    header = cells(last)
    if len(header) != len(columns) or "|" not in last + line:
        return 0
    spaced = leaf.spaced
    if newline:
        close_paragraph(replace(leaf, text=before), chain, out)
        spaced = False
    out.append(TableStart(chain, tuple(header), columns, spaced))
    return len(columns)


def table_row(line: str, columns: int) -> TableRow:
    """Return a row with one cell per column; the text of surplus cells is kept."""
    row = cells(line)
    if len(row) > columns:
        row = [*row[: columns - 1], " | ".join(row[columns - 1 :])]
    return TableRow((*row, *[""] * (columns - len(row))))


def _continue_fence(leaf: Fence, cursor: Cursor, out: list[Event]) -> Leaf:
    if cursor.indent() < CODE_INDENT:
        text = cursor.text.rstrip(" \t")
        if text.startswith(leaf.mark) and not text.strip(leaf.mark[0]):
            out.append(CodeEnd())
            return None
    cursor.skip_indent(leaf.indent)
    out.append(CodeLine(cursor.rest))
    return leaf


def _continue_indented(leaf: IndentedCode, cursor: Cursor, out: list[Event]) -> tuple[Leaf, bool]:
    if not cursor.text:
        return IndentedCode(leaf.blanks + 1), True
    if cursor.indent() < CODE_INDENT:
        return leaf, False
    out.extend([CodeLine("")] * leaf.blanks)
    cursor.skip_indent(CODE_INDENT)
    out.append(CodeLine(cursor.rest))
    return IndentedCode(), True


def _continue_verbatim(
    leaf: Verbatim, cursor: Cursor, chain: Chain, out: list[Event]
) -> tuple[Leaf, bool]:
    if not cursor.text and (leaf.is_math or not leaf.end):
        return leaf, False
    out.append(Raw(chain, cursor.rest, leaf.is_math))
    ended = bool(leaf.end) and leaf.end in cursor.text.lower()
    return (None if ended else leaf), True


def _continue_formula(
    leaf: OpenFormula, cursor: Cursor, chain: Chain, out: list[Event]
) -> tuple[Leaf, bool]:
    if not cursor.text:
        return leaf, False
    leaf = replace(leaf, text=f"{leaf.text}\n{cursor.rest}")
    if leaf.end in cursor.text.lower():
        out.append(Formula(chain, leaf.text, leaf.spaced))
        return None, True
    if len(leaf.text) > LONG_PARAGRAPH:
        return _as_verbatim(leaf, chain, out), True
    return leaf, True


def _as_verbatim(leaf: OpenFormula, chain: Chain, out: list[Event]) -> Verbatim:
    """Emit the source of a very long formula, which would be parsed again with each delta."""
    for index, line in enumerate(leaf.text.split("\n")):
        out.append(Raw(chain, line, True, leaf.spaced and not index, first=not index))
    return Verbatim(leaf.end, is_math=True)


def _relieved(leaf: Paragraph, chain: Chain, out: list[Event]) -> Paragraph:
    """Emit the beginning of a long paragraph."""
    while len(leaf.text) > LONG_PARAGRAPH:
        point = split_point(leaf.text)
        close_paragraph(replace(leaf, text=leaf.text[:point]), chain, out)
        leaf = Paragraph(leaf.text[point:], spaced=False, glued=True)
    return leaf
