"""The space between the parts of a formula, after the classes of TeX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tui_chat.markup.math.nodes import (
    Fence,
    Fraction,
    Grid,
    Node,
    Root,
    Row,
    Scripts,
    Space,
    Stack,
    Symbol,
    Text,
)
from tui_chat.markup.math.symbols import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

_OPERATORS: Final = frozenset((Kind.FUNCTION, Kind.LIMIT, Kind.SUM, Kind.INTEGRAL))
_BESIDE: Final = frozenset((Kind.BINARY, Kind.RELATION))
_NO_OPERAND: Final = _OPERATORS | _BESIDE | {Kind.OPENING, Kind.PUNCTUATION}
"""A sign after these, such as a minus, belongs to what follows."""


class Part(NamedTuple):
    """A node in a row."""

    node: Node
    gap: int
    """Blank cells before it."""
    kind: Kind


def kind_of(node: Node | None) -> Kind:
    """Return the class of a node."""
    match node:
        case Symbol():
            return node.kind
        case Scripts():
            return kind_of(node.base)
        case Stack():
            base = kind_of(node.base)
            return base if base in _OPERATORS else Kind.RELATION
        case _:
            return Kind.ORDINARY


def arrange(
    nodes: Sequence[Node], *, is_script: bool = False, continues: bool = False
) -> list[Part]:
    """Return the nodes of a row with the space before each of them.

    Args:
        nodes: The nodes.
        is_script: Whether the row is a script, which has no space around its signs.
        continues: Whether something precedes the row, as in the second column of equations.
    """
    kinds = _kinds(nodes, continues=continues)
    parts: list[Part] = []
    pending = 0
    for index, (node, kind) in enumerate(zip(nodes, kinds, strict=True)):
        if isinstance(node, Space):
            pending += node.cells
            continue
        gap = _gap(parts[-1], node, kind, is_script=is_script) if parts else 0
        if not parts and continues and index == 0:
            gap = int(kind in _BESIDE)
        parts.append(Part(node, max(gap, pending), kind))
        pending = 0
    return parts


def is_factor(part: Part) -> bool:
    """Return True if a neighbour without an operator between is multiplied with this part."""
    return not isinstance(part.node, Text) and part.kind not in _BESIDE | {Kind.PUNCTUATION}


def _kinds(nodes: Sequence[Node], *, continues: bool) -> list[Kind]:
    kinds: list[Kind] = []
    last = Kind.ORDINARY if continues else Kind.OPENING
    bars = 0
    for index, node in enumerate(nodes):
        kind = kind_of(node)
        is_last = all(isinstance(other, Space) for other in nodes[index + 1 :])
        if kind is Kind.BINARY and (last in _NO_OPERAND or is_last):
            kind = Kind.ORDINARY
        kinds.append(kind)
        if isinstance(node, Space):
            continue
        last = kind
        if isinstance(node, Symbol) and node.text in {"|", "‖"}:
            bars += 1
            last = Kind.OPENING if bars % 2 else Kind.CLOSING
    return kinds


def _gap(before: Part, node: Node, kind: Kind, *, is_script: bool) -> int:
    if kind in _BESIDE or before.kind in _BESIDE or before.kind is Kind.PUNCTUATION:
        return int(not is_script and kind not in {Kind.PUNCTUATION, Kind.CLOSING})
    if before.kind in _OPERATORS:
        opens = kind is Kind.OPENING or isinstance(node, Fence)
        may_touch = before.kind in {Kind.FUNCTION, Kind.LIMIT} and not _has_limits(before)
        closes = kind in {Kind.CLOSING, Kind.PUNCTUATION}
        return int(not (opens and may_touch) and not closes)
    if kind in _OPERATORS:
        return int(before.kind is not Kind.OPENING and not _is_unary(before))
    return 0


def _has_limits(part: Part) -> bool:
    return part.kind is Kind.LIMIT and isinstance(part.node, Scripts)


def _is_unary(part: Part) -> bool:
    """Return True for a sign that belongs to what follows, or a bar."""
    return isinstance(part.node, Symbol) and part.node.text in set("+−±∓|‖/")


def is_tall(node: Node) -> bool:
    """Return True for a node with a line of its own kind, which may not touch another one."""
    match node:
        case Fraction() | Grid():
            return True
        case Scripts():
            return is_tall(node.base)
        case Row():
            return any(is_tall(part) for part in node.nodes)
        case Root():
            return is_tall(node.body)
        case _:
            return False
