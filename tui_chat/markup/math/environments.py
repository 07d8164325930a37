"""The environments of LaTeX that are grids: matrices, cases and aligned equations."""

from __future__ import annotations

import re
from typing import Final

from tui_chat.markup.math.nodes import Grid, Row, UnclearFormula

_MATRICES: Final = {
    "matrix": ("", ""),
    "smallmatrix": ("", ""),
    "pmatrix": ("(", ")"),
    "bmatrix": ("[", "]"),
    "Bmatrix": ("{", "}"),
    "vmatrix": ("|", "|"),
    "Vmatrix": ("‖", "‖"),
}
_ALIGNED: Final = frozenset(("aligned", "align", "split", "eqnarray"))
_GATHERED: Final = frozenset(("gathered", "gather", "equation", "multline"))
_COLUMNS: Final = re.compile(r"[lcr]{1,30}")


def grid(name: str, rows: tuple[tuple[Row, ...], ...], columns: str) -> Grid:
    """Return the grid of an environment.

    Args:
        name: Its name.
        rows: Its cells.
        columns: The alignments of an array.
    """
    name = name.removesuffix("*")
    if name in _MATRICES:
        left, right = _MATRICES[name]
        return Grid(rows, left, right)
    if name == "cases":
        return Grid(rows, "{", "", "l")
    if name == "array":
        if not _COLUMNS.fullmatch(columns) or max(map(len, rows)) > len(columns):
            raise UnclearFormula
        return Grid(rows, alignments=columns)
    if name not in _ALIGNED and (name not in _GATHERED or max(map(len, rows)) > 1):
        raise UnclearFormula
    alignments = "rcl" if name == "eqnarray" else "rl" if name in _ALIGNED else "c"
    return Grid(rows, alignments=alignments, is_equations=True)
