"""Names of files: shown on one line, and of files that are written."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePath
from typing import Final

from rich.cells import cell_len, set_cell_size

from tui_chat.core.text.sanitize import sanitize_line

_WIDEST: Final = 36
_LONGEST: Final = 400
_LONGEST_SUFFIX: Final = 8
_ODD: Final = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_LONGEST_NAME: Final = 120


def short_name(name: str, cells: int = _WIDEST) -> str:
    """Return the name of a file, sanitized, in at most that many cells; it keeps its extension."""
    shown = sanitize_line(name, _LONGEST)
    if cell_len(shown) <= cells:
        return shown
    suffix = PurePath(shown).suffix
    end = suffix if len(suffix) <= _LONGEST_SUFFIX else ""
    stem = set_cell_size(shown, cells - 1 - cell_len(end)).rstrip()
    return f"{stem}…{end}"


def plain_name(name: str) -> str:
    """Return the name of a file without characters that change its folder or its meaning."""
    cleaned = _ODD.sub("_", sanitize_line(name, _LONGEST_NAME)).strip(" .")
    return cleaned or "file"


def write_new(data: bytes, folder: Path, name: str) -> Path:
    """Write a file that only the user can read, and return its path; it must not exist yet."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    return path
