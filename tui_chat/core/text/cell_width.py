"""Measures, truncates and pads text by terminal cells; wide characters take two.

Only the user interface imports Rich, which has the same functions.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_JOINER: Final = "\u200d"
_EMOJI_STYLE: Final = "\ufe0f"


def cell_width(text: str) -> int:
    """Return the width of a line in cells."""
    return len(text) if text.isascii() else sum(_widths(text))


def truncated(text: str, width: int) -> str:
    """Return a line of at most `width` cells, truncated with an ellipsis."""
    if cell_width(text) <= width:
        return text
    used = 0
    for position, cells in enumerate(_widths(text)):
        used += cells
        if used > width - 1:
            return f"{text[:position].rstrip()}…"
    return text


def padded(text: str, width: int) -> str:
    """Return a line padded with spaces to `width` cells."""
    return text + " " * (width - cell_width(text))


def _widths(text: str) -> list[int]:
    widths: list[int] = []
    previous = ""
    for character in text:
        widths.append(0 if previous == _JOINER else _width(character))
        if character == _EMOJI_STYLE and len(widths) > 1 and widths[-2] == 1:
            widths[-1] = 1  # makes the previous character an emoji, two cells wide
        previous = character
    return widths


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
