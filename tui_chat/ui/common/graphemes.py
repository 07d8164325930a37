"""Grapheme cluster boundaries: user-perceived characters."""

from __future__ import annotations

from typing import Final

from rich.cells import split_graphemes

_REGIONAL: Final = range(0x1F1E6, 0x1F200)
"""Regional indicators. Two form a flag; Rich does not join them."""


def borders(line: str) -> list[int]:
    """Return the column of each cluster boundary in a line, from 0 to its length."""
    if line.isascii():
        return list(range(len(line) + 1))
    found = [0]
    is_half_flag = False
    for start, end, _ in split_graphemes(line)[0]:
        is_regional = end - start == 1 and ord(line[start]) in _REGIONAL
        if is_regional and is_half_flag:
            found[-1] = end
            is_half_flag = False
        else:
            found.append(end)
            is_half_flag = is_regional
    return found


def border_before(line: str, column: int) -> int:
    """Return the last boundary before a column, or 0."""
    if line.isascii():
        return max(column - 1, 0)
    return max((at for at in borders(line) if at < column), default=0)


def border_after(line: str, column: int) -> int:
    """Return the first boundary after a column, or the length of the line."""
    if line.isascii():
        return min(column + 1, len(line))
    return min((at for at in borders(line) if at > column), default=len(line))


def at_border(line: str, column: int) -> int:
    """Return the column, moved back to the nearest boundary."""
    if line.isascii() or column in (found := borders(line)):
        return column
    return max((at for at in found if at < column), default=0)
