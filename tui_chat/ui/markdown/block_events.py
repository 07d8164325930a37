"""Events and state of the block parser.

All classes are immutable. An incomplete line can be parsed speculatively and discarded, and the
document depends on its text alone, not on the sizes of the deltas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Container:
    """An open block quote or list item."""

    serial: int
    """Identity: two paragraphs are in the same item if their chains share it."""
    indent: int = 0
    """Content indentation of an item, in columns; 0 for a block quote."""
    marker: str = ""
    """The bullet, or the delimiter after an item's number."""
    number: int | None = None
    level: int = 0
    """Nesting depth in bullet lists; it selects the shape of the bullet."""

    @property
    def is_quote(self) -> bool:
        """Return True for a block quote, False for a list item."""
        return not self.indent


Chain: TypeAlias = tuple[Container, ...]
"""Open containers, outermost first."""


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph, heading, or piece of a long paragraph."""

    chain: Chain
    text: str
    spaced: bool = False
    """True if a blank line precedes it."""
    level: int = 0
    """1-6 for a heading."""
    glued: bool = False
    """True if it continues the previous piece."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A link definition."""

    chain: Chain
    label: str
    target: str
    text: str
    spaced: bool


@dataclass(frozen=True, slots=True)
class CodeStart:
    """Start of a code block. Only fences have an info string, which may be empty."""

    chain: Chain
    info: str | None
    spaced: bool


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One line of the open code block, or (glued) a continuation of the previous line."""

    text: str
    glued: bool = False


@dataclass(frozen=True, slots=True)
class CodeEnd:
    """End of the code block."""


@dataclass(frozen=True, slots=True)
class Raw:
    """One line of an HTML block or very long formula, shown as source."""

    chain: Chain
    text: str
    is_math: bool
    spaced: bool = False
    first: bool = False
    glued: bool = False


@dataclass(frozen=True, slots=True)
class Formula:
    """A display formula with its delimiters."""

    chain: Chain
    text: str
    spaced: bool
    is_open: bool = False
    """True if its end is missing."""


@dataclass(frozen=True, slots=True)
class TableStart:
    """The header row of a table, with one alignment letter per column."""

    chain: Chain
    header: tuple[str, ...]
    alignments: str
    spaced: bool


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of the open table, with one cell per column."""

    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A thematic break."""

    chain: Chain
    spaced: bool


Event: TypeAlias = (
    Prose
    | Definition
    | CodeStart
    | CodeLine
    | CodeEnd
    | Raw
    | Formula
    | TableStart
    | TableRow
    | Rule
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """An open paragraph: its text that was not emitted yet."""

    text: str
    spaced: bool
    glued: bool = False


@dataclass(frozen=True, slots=True)
class Fence:
    """An open fence: its closing marker, and the indentation of its opening line in columns."""

    mark: str
    indent: int


@dataclass(frozen=True, slots=True)
class IndentedCode:
    """Open indented code; blank lines are part of it only if more code follows."""

    blanks: int = 0


@dataclass(frozen=True, slots=True)
class Verbatim:
    """An open HTML block or formula: its end marker ("" for a blank line)."""

    end: str
    is_math: bool


@dataclass(frozen=True, slots=True)
class OpenFormula:
    """An open display formula: its text so far and its end marker."""

    text: str
    end: str
    spaced: bool


@dataclass(frozen=True, slots=True)
class Table:
    """An open table."""

    columns: int


Leaf: TypeAlias = Paragraph | Fence | IndentedCode | Verbatim | OpenFormula | Table | None


@dataclass(frozen=True, slots=True)
class State:
    """State of the parser between two lines."""

    chain: Chain = ()
    leaf: Leaf = None
    serial: int = 0
    """Number of containers opened so far."""
    blank: bool = False
    """True if the last line was blank."""
    hollow: bool = False
    """True if the innermost item has no content yet."""
