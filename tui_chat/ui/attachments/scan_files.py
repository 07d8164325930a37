"""Lists the files below a folder, without those that Git ignores. Runs in a thread."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from tui_chat.ui.attachments.pauses import with_pauses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pathspec import GitIgnoreSpec

    Ignore = tuple[str, GitIgnoreSpec]
    """A folder, and the patterns of its .gitignore."""

MOST_ENTRIES: Final = 200_000
_LARGEST_IGNORE_FILE: Final = 1_000_000
# Names that a prompt cannot hold: control characters, undecodable bytes.
_ODD: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")


def scan_files(root: Path, *, has_hidden: bool) -> Iterator[list[str]]:
    """Yield the paths below a folder, one list per folder, the top level first.

    Paths are relative to the folder; those of folders end in a slash. Links to folders are not
    followed. What cannot be read is skipped.

    Args:
        root: The folder.
        has_hidden: Whether to include names that begin with a dot.
    """
    top = _with_slash(root)
    count = 0
    level: list[tuple[str, tuple[Ignore, ...]]] = [("", tuple(_ignores_above(root)))]
    while level and count < MOST_ENTRIES:
        below: list[tuple[str, tuple[Ignore, ...]]] = []
        for folder, ignores in with_pauses(level):
            here = (*ignores, *_ignore_of(root / folder))
            paths = [
                f"{folder}{name}"
                for name in with_pauses(list_folder(root / folder, has_hidden=has_hidden))
                if not _is_ignored(f"{top}{folder}{name}", here)
            ]
            below += [(path, here) for path in paths if path.endswith("/")]
            count += len(paths)
            if paths:
                yield paths
        level = [(path, ignores) for path, ignores in below if not (root / path).is_symlink()]


def list_folder(folder: Path, *, has_hidden: bool) -> list[str]:
    """Return the names in a folder, in any order; those of folders end in a slash.

    It is empty if the folder cannot be read.
    """
    names = []
    try:
        with os.scandir(folder) as entries:
            for entry in with_pauses(entries):
                is_shown = has_hidden or not entry.name.startswith(".")
                if is_shown and entry.name != ".git" and not _ODD.search(entry.name):
                    names.append(f"{entry.name}/" if _is_folder(entry) else entry.name)
    except OSError:
        # Missing or not permitted: there is nothing to choose.
        return []
    return names


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _with_slash(folder: Path) -> str:
    return f"{str(folder).rstrip('/')}/"


def _ignores_above(root: Path) -> Iterator[Ignore]:
    """Yield the patterns of the folders above, up to the top of the repository."""
    above = list(root.parents)
    top = next((index for index, it in enumerate(above) if (it / ".git").exists()), None)
    if top is not None and not (root / ".git").exists():
        for folder in reversed(above[: top + 1]):
            yield from _ignore_of(folder)


def _ignore_of(folder: Path) -> Iterator[Ignore]:
    path = folder / ".gitignore"
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST_IGNORE_FILE:
            return
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        # As Git does: an unreadable file ignores nothing.
        return
    # Imported at the first use.
    from pathspec import GitIgnoreSpec

    try:
        yield _with_slash(folder), GitIgnoreSpec.from_lines(lines)
    except ValueError:
        # A pattern that Git would not accept either.
        return


def _is_ignored(path: str, ignores: Sequence[Ignore]) -> bool:
    """Return whether the deepest pattern that decides about a path excludes it."""
    for folder, spec in reversed(ignores):
        is_included = spec.check_file(path[len(folder) :]).include
        if is_included is not None:
            return is_included
    return False
