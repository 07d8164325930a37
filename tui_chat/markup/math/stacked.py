"""Lays a formula out over several rows, as it would be set on paper."""

from __future__ import annotations

from typing import Final

from tui_chat.markup.math.alphabets import superscript
from tui_chat.markup.math.block import Block, above_each_other, beside, block, delimited
from tui_chat.markup.math.linear import linear, script
from tui_chat.markup.math.nodes import (
    Box,
    Fence,
    Fraction,
    Grid,
    Node,
    Root,
    Row,
    Scripts,
    Stack,
    Symbol,
    UnclearFormula,
)
from tui_chat.markup.math.spacing import arrange, is_tall, kind_of
from tui_chat.markup.math.symbols import Kind

_COLUMN_GAP: Final = 2
_EQUATION_GAP: Final = 4
_ARROWS: Final = frozenset("→←⇒")


def stacked(node: Node, *, is_script: bool = False) -> Block:
    """Return a node as a block.

    Raises:
        UnclearFormula: It cannot be written in Unicode.
    """
    match node:
        case Row():
            return row(node, is_script=is_script)
        case Fraction():
            return _fraction(node)
        case Root():
            return _root(node)
        case Scripts():
            return _scripts(node)
        case Fence():
            return delimited(stacked(node.body, is_script=is_script), node.left, node.right)
        case Stack():
            return _stack(node)
        case Box():
            return _box(node)
        case Grid():
            return _grid(node)
        case _:
            return block(linear(node))


def row(node: Row, *, is_script: bool = False, continues: bool = False) -> Block:
    """Return nodes beside each other."""
    blocks: list[Block] = []
    touches = False
    for part in arrange(node.nodes, is_script=is_script, continues=continues):
        is_bar = is_tall(part.node)
        gap = part.gap or int(bool(blocks) and (is_bar or touches) and not _clings(part.kind))
        if gap:
            blocks.append(block(" " * gap))
        blocks.append(stacked(part.node, is_script=is_script))
        touches = is_bar
    return beside(blocks)


def _clings(kind: Kind) -> bool:
    return kind in {Kind.CLOSING, Kind.PUNCTUATION}


def _fraction(node: Fraction) -> Block:
    top, bottom = stacked(node.top), stacked(node.bottom)
    width = max(top.width, bottom.width)
    if not top.width or not bottom.width:
        raise UnclearFormula
    if not node.has_bar:
        gap = block(" " * width)
        return delimited(above_each_other((top, gap, bottom), 1), "(", ")")
    if is_tall(node.top) or is_tall(node.bottom):
        width += 2
    return above_each_other((top, block("─" * width), bottom), 1)


def _root(node: Root) -> Block:
    index = ""
    if node.index is not None:
        raised = superscript(linear(node.index, is_script=True))
        if raised is None:
            raise UnclearFormula
        index = raised
    body = stacked(node.body)
    if not body.width:
        raise UnclearFormula
    if isinstance(node.body, Symbol):
        return beside((block(f"{index}√"), body))
    is_high = body.height > 1
    sign = f"{index}√│" if is_high else f"{index}√"
    other = " " * (len(sign) - 1) + "│"
    signs = Block((*[other] * (body.height - 1), sign), body.baseline, len(sign))
    line = block(" " * len(sign) + "_" * body.width)
    return above_each_other((line, beside((signs, body))), 1, "l")


def _scripts(node: Scripts) -> Block:
    base = stacked(node.base)
    kind = kind_of(node.base)
    if kind in {Kind.SUM, Kind.LIMIT}:
        return _limits(base, node.below, node.above)
    is_fence = isinstance(node.base, Fence | Grid) and bool(node.base.left and node.base.right)
    if isinstance(node.base, Scripts | Root) or (is_tall(node.base) and not is_fence):
        base = delimited(base, "(", ")")
    small = _small(node)
    if base.height == 1 and small is not None:
        return beside((base, block(small)))
    return _beside_corners(base, node)


def _limits(base: Block, below: Node | None, above: Node | None) -> Block:
    blocks = [base]
    if above is not None:
        blocks.insert(0, stacked(above, is_script=True))
    if below is not None:
        blocks.append(stacked(below, is_script=True))
    return above_each_other(blocks, int(above is not None))


def _small(node: Scripts) -> str | None:
    """Return the scripts in small characters, if all of them exist."""
    text = ""
    for part, is_below in ((node.below, True), (node.above, False)):
        if part is None:
            continue
        try:
            small = script(part, is_below=is_below, is_closed=True)
        except UnclearFormula:
            return None
        if small[:1] in {"_", "^"}:
            return None
        text += small
    return text


def _beside_corners(base: Block, node: Scripts) -> Block:
    """Return a base with its scripts at the upper and the lower corner."""
    corners: list[tuple[Block, bool]] = []
    for script_node, is_below in ((node.above, False), (node.below, True)):
        if script_node is None:
            continue
        corner = stacked(script_node, is_script=True)
        one = Scripts(Row(()), script_node if is_below else None, None if is_below else script_node)
        small = _small(one)
        if base.height > 1 and small is not None:
            corner = block(small)
        corners.append((corner, is_below))
    # A high base has its scripts beside its first and its last row.
    inside = int(base.height > 1)
    above = sum(max(part.height - inside, 0) for part, is_below in corners if not is_below)
    below = sum(max(part.height - inside, 0) for part, is_below in corners if is_below)
    height = above + base.height + below
    width = max((part.width for part, _ in corners), default=0)
    rows = [" " * width] * height
    for part, is_below in corners:
        start = height - part.height if is_below else 0
        rows[start : start + part.height] = part.aligned(width, "l").rows
    side = Block(tuple(rows), base.baseline + above, width)
    return beside((base, side))


def _stack(node: Stack) -> Block:
    base = stacked(node.base)
    above = stacked(node.above, is_script=True) if node.above is not None else None
    below = stacked(node.below, is_script=True) if node.below is not None else None
    width = max(part.width for part in (base, above, below) if part is not None)
    if base.rows[0] in _ARROWS and width > 1:
        line = "─" if base.rows[0] != "⇒" else "═"
        text = line * (width + 1)
        base = block(base.rows[0] + text if base.rows[0] == "←" else text + base.rows[0])
    blocks = [part for part in (above, base, below) if part is not None]
    return above_each_other(blocks, int(above is not None))


def _box(node: Box) -> Block:
    body = stacked(node.body)
    rows = (
        f"┌─{'─' * body.width}─┐",
        *(f"│ {row} │" for row in body.rows),
        f"└─{'─' * body.width}─┘",
    )
    return Block(rows, body.baseline + 1, body.width + 4)


def _grid(node: Grid) -> Block:
    columns = max(map(len, node.rows))
    letters = (node.alignments * columns)[:columns]
    lines = [_cells(node, row_of_cells, columns, letters) for row_of_cells in node.rows]
    widths = [max(line[column].width for line in lines) for column in range(columns)]
    blocks: list[Block] = []
    is_high = any(part.height > 1 for line in lines for part in line)
    for line in lines:
        if blocks and (is_high or (node.left == "{" and len(lines) == 2)):
            blocks.append(block(""))
        blocks.append(_line(node, line, widths, letters))
    body = above_each_other(blocks, 0, "c" if letters[:1] == "c" else "l")
    body = body._replace(baseline=body.height // 2)
    if len(node.rows) == 1:
        body = body._replace(baseline=blocks[0].baseline)
    if node.left and not node.is_equations:
        side = block(" ")
        body = beside((_level(side, body), body, _level(side, body) if node.right else block("")))
    return delimited(body, node.left, node.right)


def _level(side: Block, body: Block) -> Block:
    return side.padded(body.baseline, body.height - body.baseline - 1)


def _cells(node: Grid, cells: tuple[Row, ...], columns: int, letters: str) -> list[Block]:
    blocks = []
    for column, cell in enumerate(cells):
        continues = node.is_equations and bool(column) and letters[column] != "r"
        blocks.append(row(cell, continues=continues))
    return blocks + [block("")] * (columns - len(cells))


def _line(node: Grid, line: list[Block], widths: list[int], letters: str) -> Block:
    blocks: list[Block] = []
    for column, part in enumerate(line):
        if column:
            between = _EQUATION_GAP if letters[column] == "r" else 0
            blocks.append(block(" " * (between if node.is_equations else _COLUMN_GAP)))
        blocks.append(part.aligned(widths[column], letters[column]))
    return beside(blocks)
