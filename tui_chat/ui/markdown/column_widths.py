"""Computes the column widths of a table."""

from __future__ import annotations

from typing import Final

GAP_CELLS: Final = 3
"""Cells between two columns: a blank, a thin rule, a blank."""
_MIN_COLUMN: Final = 5


def column_widths(natural: tuple[int, ...], available: int) -> tuple[int, ...] | None:
    """Return the width of each column, or None if even narrow columns do not fit side by side.

    Columns narrower than an even share get their natural width, the others share the rest.

    Args:
        natural: Width of each column without wrapping, in cells.
        available: Width of the whole table, in cells.
    """
    room = available - GAP_CELLS * (len(natural) - 1)
    if sum(natural) <= room:
        return natural
    if room < sum(min(width, _MIN_COLUMN) for width in natural):
        return None
    widths = [0] * len(natural)
    waiting = sorted(range(len(natural)), key=lambda index: natural[index])
    while waiting:
        share = room // len(waiting)
        if natural[waiting[0]] > share:
            break
        index = waiting.pop(0)
        widths[index] = natural[index]
        room -= natural[index]
    for position, index in enumerate(sorted(waiting)):
        # The first columns get the remaining cells.
        widths[index] = room // len(waiting) + (position < room % len(waiting))
    return tuple(widths)
