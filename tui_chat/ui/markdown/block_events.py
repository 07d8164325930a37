"""What the block machine says, and what it remembers between two lines.

Everything here is immutable. So a line that is still arriving can be tried out on the machine's
state and forgotten, and what a document becomes depends on its text alone, never on how it was
cut into deltas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Container:
    """A block quote or list item that is open."""

    serial: int
    """Identity: two paragraphs are in the same item when their chains share it."""
    indent: int = 0
    """Columns an item's contents are indented by; 0 marks a block quote."""
    marker: str = ""
    """The bullet, or the mark behind an item's number."""
    number: int | None = None
    level: int = 0
    """How many bullet lists this item is inside of, for the shape of its bullet."""

    @property
    def is_quote(self) -> bool:
        """Say whether this is a block quote and not a list item."""
        return not self.indent


Chain: TypeAlias = tuple[Container, ...]
"""Open containers, outermost first."""


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph, heading, or piece of a long paragraph."""

    chain: Chain
    text: str
    spaced: bool = False
    """A blank line stood before it."""
    level: int = 0
    """1-6 for a heading."""
    glued: bool = False
    """It continues the piece before it."""


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
    """A code block opens. Only fences have an info string, even if it is empty."""

    chain: Chain
    info: str | None
    spaced: bool


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One line of the code block that is open, or (glued) more of the line before."""

    text: str
    glued: bool = False


@dataclass(frozen=True, slots=True)
class CodeEnd:
    """The code block is closed."""


@dataclass(frozen=True, slots=True)
class Raw:
    """One line of an HTML block or of a formula on lines of its own, shown as written."""

    chain: Chain
    text: str
    is_math: bool
    spaced: bool = False
    first: bool = False
    glued: bool = False


@dataclass(frozen=True, slots=True)
class TableStart:
    """A table's header row, with one alignment letter for each column."""

    chain: Chain
    header: tuple[str, ...]
    alignments: str
    spaced: bool


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of the table that is open, with as many cells as it has columns."""

    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A thematic break."""

    chain: Chain
    spaced: bool


Event: TypeAlias = (
    Prose | Definition | CodeStart | CodeLine | CodeEnd | Raw | TableStart | TableRow | Rule
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """An open paragraph: the text not yet given out."""

    text: str
    spaced: bool
    glued: bool = False


@dataclass(frozen=True, slots=True)
class Fence:
    """An open fence: what closes it, and the columns its opening was indented by."""

    mark: str
    indent: int


@dataclass(frozen=True, slots=True)
class IndentedCode:
    """Open indented code; blank lines count once more code follows."""

    blanks: int = 0


@dataclass(frozen=True, slots=True)
class Verbatim:
    """An open HTML block or formula: what ends it ("" is a blank line)."""

    end: str
    is_math: bool


@dataclass(frozen=True, slots=True)
class Table:
    """An open table."""

    columns: int


Leaf: TypeAlias = Paragraph | Fence | IndentedCode | Verbatim | Table | None


@dataclass(frozen=True, slots=True)
class State:
    """Everything the machine knows between two lines."""

    chain: Chain = ()
    leaf: Leaf = None
    serial: int = 0
    """Containers opened so far."""
    blank: bool = False
    """The last line was blank."""
    hollow: bool = False
    """The innermost item has nothing in it yet."""
