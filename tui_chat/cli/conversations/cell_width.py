"""How many cells of a terminal a text takes: Chinese and emoji take two, marks none."""

from __future__ import annotations

import unicodedata
from typing import Final

_JOINER: Final = "\u200d"
_EMOJI_STYLE: Final = "\ufe0f"


def cell_width(text: str) -> int:
    """Return how many cells a line takes."""
    return len(text) if text.isascii() else sum(_widths(text))


def cut(text: str, width: int) -> str:
    """Return a line that takes no more than some cells, an ellipsis in place of the rest."""
    if cell_width(text) <= width:
        return text
    taken = 0
    for position, cells in enumerate(_widths(text)):
        taken += cells
        if taken > width - 1:
            return f"{text[:position].rstrip()}…"
    return text


def padded(text: str, width: int) -> str:
    """Return a line with blanks behind it, so that it takes some cells."""
    return text + " " * (width - cell_width(text))


def _widths(text: str) -> list[int]:
    widths: list[int] = []
    before = ""
    for character in text:
        widths.append(0 if before == _JOINER else _width(character))
        if character == _EMOJI_STYLE and len(widths) > 1 and widths[-2] == 1:
            widths[-1] = 1  # the character before it is drawn as an emoji, two cells wide
        before = character
    return widths


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
