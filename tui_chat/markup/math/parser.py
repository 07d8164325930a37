r"""Parses LaTeX's formulas, as far as they can be written in Unicode.

Everything unknown raises `UnclearFormula`. A general parser of LaTeX skips what it does not know,
and leaves the arguments of ``^`` and ``_`` to its caller, which are most of the work here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui_chat.core.text.wide_characters import is_wide
from tui_chat.markup.math.alphabets import FONTS, in_font
from tui_chat.markup.math.environments import grid
from tui_chat.markup.math.nodes import (
    Box,
    Fence,
    Fraction,
    Node,
    Root,
    Row,
    Scripts,
    Space,
    Stack,
    Symbol,
    Text,
    UnclearFormula,
)
from tui_chat.markup.math.symbols import (
    ACCENTS,
    CHARACTERS,
    COMMANDS,
    DELIMITERS,
    IGNORED,
    LONG_ACCENTS,
    NEGATED,
    SPACES,
    Kind,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_TOKEN: Final = re.compile(r"\\[a-zA-Z]+\*?|\\.|\s+|.", re.DOTALL)
_MOST_NESTED: Final = 16
_TEXTS: Final = frozenset(
    (
        *("text", "textrm", "textnormal", "textit", "textbf", "texttt", "mbox"),
        *("mathrm", "mathsf", "mathtt", "mathit", "operatorname", "operatorname*"),
    )
)
_FRACTIONS: Final = frozenset(("frac", "dfrac", "tfrac", "cfrac"))
_BINOMIALS: Final = frozenset(("binom", "dbinom", "tbinom"))
_ARROWS: Final = {"xrightarrow": "→", "xleftarrow": "←", "xRightarrow": "⇒"}
_PLAIN_TEXT: Final = re.compile(r"[^\\{}$%#&~^_]*")
_ESCAPED: Final = re.compile(r"\\([ %$#&_{},])")


def parse(source: str) -> Row:
    """Return the tree of a formula without its delimiters.

    Raises:
        UnclearFormula: It has a part without a certain form in Unicode.
    """
    parser = _Parser(_TOKEN.findall(source))
    row = parser.row()
    if parser.peek() is not None:
        raise UnclearFormula
    return row


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0
        self._commands: dict[str, Callable[[], Node]] = {
            "sqrt": self._root,
            "left": self._fence,
            "begin": self._environment,
            "not": self._negated,
            "boxed": lambda: Box(self._argument()),
            "pmod": lambda: self._modulo(has_parentheses=True),
            "bmod": lambda: Symbol("mod", Kind.BINARY),
            "mod": lambda: self._modulo(has_parentheses=False),
            "overset": self._over,
            "stackrel": self._over,
            "underset": self._under,
            "tag": lambda: Text(f"    ({self._words()})"),
            "phantom": self._unclear,
        }

    def peek(self) -> str | None:
        """Return the next piece that is not blank."""
        while self._position < len(self._tokens) and self._tokens[self._position].isspace():
            self._position += 1
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def row(self) -> Row:
        """Parse nodes up to the end of the group, cell or formula."""
        self._depth += 1
        if self._depth > _MOST_NESTED:
            raise UnclearFormula
        nodes: list[Node] = []
        while (piece := self.peek()) not in {None, "}", "&", "\\\\", "\\right", "\\end"}:
            if piece == "\\middle":
                self._position += 1
                nodes.append(Symbol(self._delimiter(), Kind.RELATION))
                continue
            node = self._scripted(nodes)
            if node is not None:
                nodes.append(node)
        self._depth -= 1
        return Row(tuple(nodes))

    def _take(self) -> str:
        piece = self.peek()
        if piece is None:
            raise UnclearFormula
        self._position += 1
        return piece

    def _expect(self, piece: str) -> None:
        if self._take() != piece:
            raise UnclearFormula

    def _unclear(self) -> Node:
        raise UnclearFormula

    def _scripted(self, before: list[Node]) -> Node | None:
        """Parse a node with its scripts; None for a command without a form in text."""
        piece = self.peek()
        if piece in {"^", "_", "'"}:
            base: Node | None = Row(())
            if before:
                raise UnclearFormula
        else:
            base = self._node(merges=True)
        if base is None:
            return None
        below = above = None
        primes = ""
        while (piece := self.peek()) in {"^", "_", "'", "\\limits", "\\nolimits"}:
            self._position += 1
            if piece == "'":
                primes += "′"
            elif piece == "_":
                below = self._only(below, self._argument())
            elif piece == "^":
                above = self._only(above, self._argument())
        if primes:
            mark = Symbol({2: "″", 3: "‴"}.get(len(primes), primes), Kind.ORDINARY)
            base = Row((base, mark)) if not isinstance(base, Row) else Row((*base.nodes, mark))
        if below is None and above is None:
            return base
        return Scripts(base, below, above)

    @staticmethod
    def _only(before: Node | None, new: Node) -> Node:
        """Return a script; two of them on one base are an error in LaTeX."""
        if before is not None:
            raise UnclearFormula
        return new

    def _argument(self) -> Node:
        """Parse a group or a single piece."""
        node = self._node(merges=False)
        if node is None:
            raise UnclearFormula
        return node

    def _node(self, *, merges: bool) -> Node | None:
        piece = self._take()
        if piece == "{":
            row = self.row()
            self._expect("}")
            return _only_of(row)
        if piece[0] == "\\" and len(piece) > 1:
            return self._command(piece[1:])
        if piece == "~":
            return Space(1)
        if piece.isdigit() and piece.isascii():
            return self._number(piece) if merges else Symbol(piece, Kind.ORDINARY)
        if piece in CHARACTERS:
            return Symbol(*CHARACTERS[piece])
        if not piece.isalpha() or is_wide(piece):
            raise UnclearFormula
        return Symbol(piece, Kind.ORDINARY)

    def _number(self, text: str) -> Symbol:
        while self._position < len(self._tokens):
            piece = self._tokens[self._position]
            following = self._tokens[self._position + 1 : self._position + 2]
            is_point = piece == "." and following and following[0].isdigit()
            if not piece.isdigit() and not is_point and not self._is_thousands():
                break
            text += piece
            self._position += 1
        return Symbol(text, Kind.ORDINARY)

    def _is_thousands(self) -> bool:
        """Return True at a comma that separates thousands."""
        after = self._tokens[self._position : self._position + 5]
        digits = "".join(after[1:4])
        is_end = len(after) < 5 or not after[4].isdigit()
        return after[0] == "," and len(digits) == 3 and digits.isdigit() and is_end

    def _command(self, name: str) -> Node | None:
        if name in COMMANDS:
            return Symbol(*COMMANDS[name])
        if name in SPACES:
            return Space(SPACES[name])
        if name in IGNORED:
            return None
        if name == "label":
            self._words()
            return None
        if name in self._commands:
            return self._commands[name]()
        return self._command_with_argument(name)

    def _command_with_argument(self, name: str) -> Node:
        if name in _TEXTS:
            return self._text(name)
        if name in _FRACTIONS:
            return Fraction(self._argument(), self._argument())
        if name in _BINOMIALS:
            return Fraction(self._argument(), self._argument(), has_bar=False)
        if name in ACCENTS:
            return self._accent(name)
        if name in FONTS:
            return self._in_font(self._argument(), name)
        if name in _ARROWS:
            return Stack(Symbol(_ARROWS[name], Kind.RELATION), None, self._argument())
        raise UnclearFormula

    def _text(self, name: str) -> Node:
        words = self._words()
        if name.startswith("operatorname"):
            return Symbol(words, Kind.LIMIT if name.endswith("*") else Kind.FUNCTION)
        if name.startswith("math"):
            return Symbol("".join(words.split()), Kind.ORDINARY)
        return Text(words)

    def _words(self) -> str:
        """Parse an argument that is text; escaped signs are allowed in it, commands are not."""
        self._expect("{")
        end = self._position
        while end < len(self._tokens) and self._tokens[end] not in {"{", "}"}:
            end += 1
        if end == len(self._tokens) or self._tokens[end] == "{":
            raise UnclearFormula
        raw = "".join(self._tokens[self._position : end])
        self._position = end + 1
        if not _PLAIN_TEXT.fullmatch(_ESCAPED.sub("", raw)):
            raise UnclearFormula
        return re.sub(r"\s+", " ", _ESCAPED.sub(r"\1", raw))

    def _root(self) -> Node:
        index = None
        if self.peek() == "[":
            self._position += 1
            end = self._tokens.index("]", self._position) if "]" in self._tokens else 0
            if end < self._position:
                raise UnclearFormula
            index = parse("".join(self._tokens[self._position : end]))
            self._position = end + 1
        return Root(self._argument(), index)

    def _delimiter(self) -> str:
        piece = self._take()
        if piece not in DELIMITERS:
            raise UnclearFormula
        return DELIMITERS[piece]

    def _fence(self) -> Node:
        left = self._delimiter()
        body = self.row()
        self._expect("\\right")
        return Fence(left, body, self._delimiter())

    def _negated(self) -> Node:
        node = self._argument()
        if not isinstance(node, Symbol) or node.text not in NEGATED:
            raise UnclearFormula
        return Symbol(NEGATED[node.text], node.kind)

    def _accent(self, name: str) -> Node:
        node = self._argument()
        parts = node.nodes if isinstance(node, Row) else (node,)
        texts = [part.text for part in parts if isinstance(part, Symbol)]
        text = "".join(texts)
        is_long = len(text) > 1 and name not in LONG_ACCENTS
        if len(texts) < len(parts) or not text.isalnum() or is_long:
            raise UnclearFormula
        mark = ACCENTS[name]
        return Symbol("".join(character + mark for character in text), Kind.ORDINARY)

    def _in_font(self, node: Node, font: str) -> Node:
        if isinstance(node, Row):
            return Row(tuple(self._in_font(part, font) for part in node.nodes))
        if not isinstance(node, Symbol):
            raise UnclearFormula
        letters = [in_font(character, font) for character in node.text]
        text = "".join(letter for letter in letters if letter)
        if len(text) < len(node.text):
            raise UnclearFormula
        return Symbol(text, node.kind)

    def _modulo(self, *, has_parentheses: bool) -> Node:
        nodes: list[Node] = [Symbol("mod", Kind.FUNCTION), Space(1), self._argument()]
        if has_parentheses:
            nodes = [Symbol("(", Kind.OPENING), *nodes, Symbol(")", Kind.CLOSING)]
        return Row((Space(1), *nodes))

    def _over(self) -> Node:
        above = self._argument()
        return Stack(self._argument(), None, above)

    def _under(self) -> Node:
        below = self._argument()
        return Stack(self._argument(), below, None)

    def _environment(self) -> Node:
        name = self._words()
        columns = self._words() if name == "array" else ""
        rows = self._rows()
        if self._words() != name:
            raise UnclearFormula
        return grid(name, rows, columns)

    def _rows(self) -> tuple[tuple[Row, ...], ...]:
        """Parse the rows of an environment, up to its end."""
        rows: list[tuple[Row, ...]] = []
        cells: list[Row] = []
        while True:
            cells.append(self.row())
            piece = self._take()
            if piece == "&":
                continue
            if piece not in {"\\\\", "\\end"}:
                raise UnclearFormula
            rows.append(tuple(cells))
            cells = []
            if piece == "\\end":
                break
            self._skip_row_space()
        if not any(cell.nodes for cell in rows[-1]):
            rows.pop()
        if not rows:
            raise UnclearFormula
        return tuple(rows)

    def _skip_row_space(self) -> None:
        """Skip the additional space between two rows, such as ``[2pt]``."""
        rest = "".join(self._tokens[self._position : self._position + 12])
        if found := re.match(r"\[[\d.]+\s*(?:pt|em|ex|mm|cm)\]", rest):
            end = self._tokens.index("]", self._position)
            if sum(map(len, self._tokens[self._position : end + 1])) == found.end():
                self._position = end + 1


def _only_of(row: Row) -> Node:
    """Return the node of a group; a sign in braces has no space around it."""
    if len(row.nodes) != 1:
        return row
    node = row.nodes[0]
    signs = {Kind.BINARY, Kind.RELATION, Kind.PUNCTUATION}
    if isinstance(node, Symbol) and node.kind in signs:
        return Symbol(node.text, Kind.ORDINARY)
    return node
