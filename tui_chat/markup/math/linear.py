"""Writes a formula on one row; parentheses take the place of its height."""

from __future__ import annotations

from typing import Final

from tui_chat.markup.math.alphabets import subscript, superscript
from tui_chat.markup.math.nodes import (
    Fence,
    Fraction,
    Grid,
    Node,
    Root,
    Row,
    Scripts,
    Space,
    Symbol,
    Text,
    UnclearFormula,
)
from tui_chat.markup.math.spacing import Part, arrange, is_factor, kind_of
from tui_chat.markup.math.symbols import Kind

_ROOTS: Final = {"": "√", "3": "∛", "4": "∜"}
_OPERATORS: Final = frozenset((Kind.SUM, Kind.INTEGRAL))


def linear(node: Node, *, is_script: bool = False) -> str:
    """Return a node on one row.

    Raises:
        UnclearFormula: It would be ambiguous or unreadable.
    """
    match node:
        case Symbol() | Text():
            return node.text
        case Space():
            return " " * node.cells
        case Row():
            return row(node, is_script=is_script)
        case Fraction(has_bar=True):
            return _fraction(node)
        case Root():
            return _root(node)
        case Scripts():
            return _scripts(node, is_closed=False)
        case Fence():
            return node.left + linear(node.body, is_script=is_script) + node.right
        case _:
            raise UnclearFormula


def equations(node: Row) -> tuple[str, ...]:
    """Return the rows of aligned equations, or the only row of another formula."""
    only = node.nodes[0] if len(node.nodes) == 1 else None
    if not isinstance(only, Grid) or not only.is_equations:
        return (linear(node),)
    lines = []
    for cells in only.rows:
        parts = [row(cell, continues=bool(index % 2)) for index, cell in enumerate(cells)]
        lines.append("".join(parts).strip())
    return tuple(lines)


def row(node: Row, *, is_script: bool = False, continues: bool = False) -> str:
    """Return nodes beside each other."""
    parts = arrange(node.nodes, is_script=is_script, continues=continues)
    pieces: list[str] = []
    for index, part in enumerate(parts):
        before = parts[index - 1] if index else None
        after = parts[index + 1] if index + 1 < len(parts) else None
        text, gap = _piece(part, before, after, is_script=is_script), part.gap
        if before is not None and before.kind is Kind.FUNCTION and text.startswith("("):
            gap = 0
        pieces.append(" " * gap + text)
    return "".join(pieces)


def _piece(part: Part, before: Part | None, after: Part | None, *, is_script: bool) -> str:
    node = part.node
    text = linear(node, is_script=is_script)
    follows = after is not None and is_factor(after) and after.kind is not Kind.CLOSING
    joins = follows and after is not None and after.gap < 2
    if isinstance(node, Fraction):
        if _is_number(before.node if before else None) and _is_number(node.top):
            # A mixed number: parentheses would make it a product.
            raise UnclearFormula
        precedes = (
            before is not None
            and is_factor(before)
            and part.gap < 2
            and before.kind not in {Kind.OPENING, *_OPERATORS}
            and not (before.kind is Kind.LIMIT and part.gap)
            and not _is_sign(before)
        )
        return f"({text})" if joins or precedes else text
    if isinstance(node, Root) and joins and after is not None and not after.gap:
        return f"({text})" if not text.endswith(")") else text
    if isinstance(node, Scripts) and joins and after is not None and not after.gap:
        return _scripts(node, is_closed=True)
    return text


def _is_number(node: Node | None) -> bool:
    return isinstance(node, Symbol) and node.text[:1].isdigit()


def _is_sign(part: Part) -> bool:
    is_bar = isinstance(part.node, Symbol) and part.node.text in {"|", "‖"}
    return is_bar or (isinstance(part.node, Symbol) and part.node.text in {"+", "−", "±", "∓"})


def _fraction(node: Fraction) -> str:
    top, bottom = linear(node.top), linear(node.bottom)
    if not top or not bottom:
        raise UnclearFormula
    if not _is_product(node.top):
        top = f"({top})"
    if not is_atom(node.bottom):
        bottom = f"({bottom})"
    return f"{top}/{bottom}"


def _root(node: Root) -> str:
    index = linear(node.index, is_script=True) if node.index is not None else ""
    sign = _ROOTS.get(index)
    if sign is None:
        raised = superscript(index)
        if raised is None:
            raise UnclearFormula
        sign = f"{raised}√"
    body = linear(node.body)
    if not body:
        raise UnclearFormula
    return sign + (body if isinstance(node.body, Symbol) else f"({body})")


def _scripts(node: Scripts, *, is_closed: bool) -> str:
    base = linear(node.base)
    if not (is_atom(node.base) or isinstance(node.base, Row)) or _has_script(node.base):
        base = f"({base})"
    below = above = ""
    if node.below is not None:
        below = script(node.below, is_below=True, is_closed=is_closed or node.above is not None)
    if node.above is not None:
        above = script(node.above, is_below=False, is_closed=is_closed)
    return base + below + above


def _has_script(node: Node) -> bool:
    if isinstance(node, Row):
        return any(not isinstance(part, Symbol) for part in node.nodes)
    return isinstance(node, Scripts)


def script(node: Node, *, is_below: bool, is_closed: bool) -> str:
    """Return a script in small characters if all exist, else after `_` or `^`."""
    text = linear(node, is_script=True)
    if not text:
        return ""
    small = subscript(text) if is_below else superscript(text)
    if small is not None:
        return small
    is_word = isinstance(node, Text | Symbol) and (text.isalnum() or len(text) == 1)
    sign = "_" if is_below else "^"
    return sign + (text if is_word and not is_closed else f"({text})")


def is_atom(node: Node) -> bool:
    """Return True if a node needs no parentheses as a denominator or as the base of a script."""
    if isinstance(node, Scripts):
        return is_atom(node.base) and kind_of(node.base) is Kind.ORDINARY
    if isinstance(node, Fence):
        return bool(node.left and node.right)
    return isinstance(node, Symbol | Text) or (isinstance(node, Row) and _is_primed(node))


def _is_primed(node: Row) -> bool:
    """Return True for a symbol with primes, a factorial, and a differential."""
    if len(node.nodes) != 2:
        return False
    first, last = node.nodes
    if not isinstance(first, Symbol):
        return False
    if first.text in {"∂", "d"}:
        return is_atom(last) and kind_of(last) is Kind.ORDINARY
    return isinstance(last, Symbol) and last.text[:1] in {"′", "″", "‴", "!"}


def _is_product(node: Node) -> bool:
    """Return True if a node needs no parentheses as a numerator."""
    if isinstance(node, Root) or is_atom(node):
        return True
    if not isinstance(node, Row):
        return False
    depth = 0
    for part in arrange(node.nodes):
        depth -= part.kind is Kind.CLOSING
        is_factor_here = is_atom(part.node) or isinstance(part.node, Root)
        is_sign = isinstance(part.node, Symbol) and part.node.text in {"/", "|", "‖"}
        is_product = part.kind in {Kind.ORDINARY, Kind.OPENING, Kind.CLOSING}
        if depth <= 0 and not (is_factor_here and is_product and not is_sign):
            return False
        depth += part.kind is Kind.OPENING
    return depth == 0
