"""How wide the columns of a table are."""

from __future__ import annotations

from typing import Final

GAP_CELLS: Final = 3
"""Between two columns: a blank, a thin rule, a blank."""
_MIN_COLUMN: Final = 5


def column_widths(natural: tuple[int, ...], available: int) -> tuple[int, ...] | None:
    """Return the width of each column, or None if even narrow columns do not fit side by side.

    Columns that need less than an even share get what they need, the others share the rest.

    Args:
        natural: What each column would need to show its cells unwrapped.
        available: Cells for the whole table.
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
        # The first ones get the cells that are left over.
        widths[index] = room // len(waiting) + (position < room % len(waiting))
    return tuple(widths)
