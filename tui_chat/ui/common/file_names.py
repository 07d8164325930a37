"""Names of files on one line."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

from rich.cells import cell_len, set_cell_size

from tui_chat.core.text.sanitize import sanitize_line

_WIDEST: Final = 36
_LONGEST: Final = 400
_LONGEST_SUFFIX: Final = 8


def short_name(name: str, cells: int = _WIDEST) -> str:
    """Return the name of a file, sanitized, in at most that many cells; it keeps its extension."""
    shown = sanitize_line(name, _LONGEST)
    if cell_len(shown) <= cells:
        return shown
    suffix = PurePath(shown).suffix
    end = suffix if len(suffix) <= _LONGEST_SUFFIX else ""
    stem = set_cell_size(shown, cells - 1 - cell_len(end)).rstrip()
    return f"{stem}…{end}"
