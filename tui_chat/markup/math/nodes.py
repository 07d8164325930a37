"""The tree of a formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from tui_chat.markup.math.symbols import Kind


class UnclearFormula(Exception):
    """The formula cannot be written in Unicode for certain: its source is shown."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A character, a number or the name of a function."""

    text: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Text:
    """Words inside a formula."""

    text: str


@dataclass(frozen=True, slots=True)
class Space:
    """Space that the source asks for, in cells."""

    cells: int


@dataclass(frozen=True, slots=True)
class Row:
    """Nodes beside each other."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Fraction:
    """A fraction, or without a bar a binomial coefficient."""

    top: Node
    bottom: Node
    has_bar: bool = True


@dataclass(frozen=True, slots=True)
class Root:
    """A root; its index is None for a square root."""

    body: Node
    index: Node | None


@dataclass(frozen=True, slots=True)
class Scripts:
    """A base with a subscript, a superscript, or both."""

    base: Node
    below: Node | None
    above: Node | None


@dataclass(frozen=True, slots=True)
class Fence:
    """A part between delimiters that grow with it."""

    left: str
    body: Node
    right: str


@dataclass(frozen=True, slots=True)
class Stack:
    """A node with something over or under it, such as a word over an arrow."""

    base: Node
    below: Node | None
    above: Node | None


@dataclass(frozen=True, slots=True)
class Box:
    """A result in a frame."""

    body: Node


@dataclass(frozen=True, slots=True)
class Grid:
    """A matrix, cases, or aligned lines."""

    rows: tuple[tuple[Row, ...], ...]
    left: str = ""
    right: str = ""
    alignments: str = "c"
    """Letters of the columns, repeated as necessary."""
    is_equations: bool = False
    """True if the rows are lines of text rather than rows of a matrix."""


Node: TypeAlias = (
    Symbol | Text | Space | Row | Fraction | Root | Scripts | Fence | Stack | Box | Grid
)
