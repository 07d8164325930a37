"""Rectangles of text with a baseline, put together beside and above each other."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

from tui_chat.core.text.wide_characters import is_wide

if TYPE_CHECKING:
    from collections.abc import Sequence

_DELIMITERS: Final = {
    "(": "⎛⎜⎜⎝",
    ")": "⎞⎟⎟⎠",
    "[": "⎡⎢⎢⎣",
    "]": "⎤⎥⎥⎦",
    "{": "⎧⎪⎨⎩",
    "}": "⎫⎪⎬⎭",
    "⌊": "⎢⎢⎢⎣",
    "⌋": "⎥⎥⎥⎦",
    "⌈": "⎡⎢⎢⎢",
    "⌉": "⎤⎥⎥⎥",
    "|": "││││",
    "‖": "‖‖‖‖",
}
"""Top, straight piece, middle and bottom of tall delimiters."""


def cells(text: str) -> int:
    """Return the width of a text without control characters."""
    return sum(
        0 if unicodedata.category(character) in {"Mn", "Me"} else 1 + is_wide(character)
        for character in text
    )


class Block(NamedTuple):
    """Rows of the same width."""

    rows: tuple[str, ...]
    baseline: int
    """Index of the row that is aligned with the text before and after."""
    width: int

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self.rows)

    def aligned(self, width: int, alignment: str = "c") -> Block:
        """Return this block padded to a width."""
        missing = max(width - self.width, 0)
        left = {"l": 0, "r": missing}.get(alignment, missing // 2)
        rows = tuple(" " * left + row + " " * (missing - left) for row in self.rows)
        return Block(rows, self.baseline, self.width + missing)

    def padded(self, above: int, below: int) -> Block:
        """Return this block with blank rows."""
        blank = " " * self.width
        rows = (*[blank] * above, *self.rows, *[blank] * below)
        return Block(rows, self.baseline + above, self.width)


def block(text: str) -> Block:
    """Return a block of one row."""
    return Block((text,), 0, cells(text))


def beside(blocks: Sequence[Block]) -> Block:
    """Return blocks on a common baseline."""
    if not blocks:
        return block("")
    above = max(part.baseline for part in blocks)
    below = max(part.height - part.baseline for part in blocks)
    level = [
        part.padded(above - part.baseline, below - (part.height - part.baseline)) for part in blocks
    ]
    rows = tuple("".join(pieces) for pieces in zip(*(part.rows for part in level), strict=True))
    return Block(rows, above, sum(part.width for part in blocks))


def above_each_other(blocks: Sequence[Block], baseline_of: int, alignment: str = "c") -> Block:
    """Return blocks below each other; the baseline is that of one of them."""
    width = max(part.width for part in blocks)
    rows = tuple(row for part in blocks for row in part.aligned(width, alignment).rows)
    before = sum(part.height for part in blocks[:baseline_of])
    return Block(rows, before + blocks[baseline_of].baseline, width)


def delimited(body: Block, left: str, right: str) -> Block:
    """Return a block between delimiters of its height."""
    if body.height == 2 and {left, right} & {"{", "}"}:
        body = body.padded(1 - body.baseline, body.baseline)
    return beside((_delimiter(left, body), body, _delimiter(right, body)))


def _delimiter(sign: str, body: Block) -> Block:
    if body.height == 1 or not sign:
        return block(sign)
    if sign not in _DELIMITERS:
        return block(sign)
    top, straight, middle, bottom = tuple(_DELIMITERS[sign])
    rows = [top, *[straight] * (body.height - 2), bottom]
    if body.height > 2:
        rows[body.height // 2] = middle
    return Block(tuple(rows), body.baseline, 1)
