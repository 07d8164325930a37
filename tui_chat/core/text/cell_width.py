"""Measures, truncates, pads and wraps text by terminal cells; wide characters take two.

Only the user interface imports Rich, which has the same functions.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_JOINER: Final = "\u200d"
_EMOJI_STYLE: Final = "\ufe0f"
# What a line may break behind: a blank, a word, or a wide character with the marks that stay at it.
_WIDE: Final = "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff60"
_PIECE: Final = re.compile(rf"\s+|[“‘（《]*(?:[{_WIDE}]|[^\s{_WIDE}“”‘’]+)?[，。：；？！）、”’》]*")


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


def wrapped(text: str, width: int) -> list[str]:
    """Return the lines of a text; wide characters may be parted, but not from a mark behind them.

    Args:
        text: The text; blanks and line breaks in it are equal.
        width: The most cells of a line, except for a longer word.
    """
    lines, line = [], ""
    for piece in _PIECE.findall(" ".join(text.split())):
        if line and cell_width(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line else lines


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
