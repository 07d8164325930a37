"""Recognizes a paste that consists of nothing but file paths, such as dropped files."""

from __future__ import annotations

import re
import shlex
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_PASTE: Final = 16_384
"""A longer paste is text."""
MOST_FILES: Final = 50
"""The most files of one paste."""
_BEGINS_PATH: Final = re.compile(r"""["']?(?:/|~/|\.{1,2}/|file:///|file://localhost/|~["']/)""")


def pasted_files(text: str, home: Path) -> list[Path]:
    """Return the files that a paste names; empty if it contains anything else.

    Terminals paste a dropped file quoted, with escaped blanks, or as a `file:` URL, and several
    files separated by blanks or line breaks. A word without a folder is text even if a file of that
    name exists, because it may be meant as a word.

    Args:
        text: The paste.
        home: Replaces `~`.
    """
    text = text.strip()
    if not looks_like_paths(text):
        return []
    for names in _readings(text):
        paths = [_path(name, home) for name in names]
        found = [path for path in paths if path is not None and _is_file(path)]
        if found and len(found) == len(names):
            return list(dict.fromkeys(found))
    return []


def named_files(text: str, home: Path) -> list[Path]:
    """Return the files that a user named after a command, whether they exist or not.

    Args:
        text: A path with blanks or not, or several ones with quotes as in a shell.
        home: Replaces `~`.
    """
    whole = _named(text, home)
    if not _is_file(whole):
        try:
            names = [_named(name, home) for name in shlex.split(text)]
        except ValueError:
            names = []
        if names and all(map(_is_file, names)):
            return names
    return [whole]


def _named(name: str, home: Path) -> Path:
    return home / name[2:] if name.startswith("~/") else Path.cwd() / name


def looks_like_paths(text: str) -> bool:
    """Return whether a paste may consist of paths. Cheap: nothing is read from the disk."""
    return len(text) <= LONGEST_PASTE and _BEGINS_PATH.match(text.lstrip()) is not None


def _readings(text: str) -> list[Sequence[str]]:
    """Return the ways to split a text into names, the most literal first."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    readings: list[Sequence[str]] = [lines]
    try:
        # Quotes and backslashes as in a shell. A lone quote raises.
        words = shlex.split(text)
    except ValueError:
        words = []
    if words:
        readings.append(words)
    return [names for names in readings if len(names) <= MOST_FILES]


def _path(name: str, home: Path) -> Path | None:
    if name.startswith("file:"):
        url = urlsplit(name)
        if url.netloc not in ("", "localhost"):
            return None
        name = unquote(url.path)
    if name.startswith("~/"):
        return home / name[2:]
    is_path = name.startswith(("/", "./", "../"))
    return Path.cwd() / name if is_path and "\0" not in name else None


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        # Missing, not permitted, or a name that no file can have.
        return False
