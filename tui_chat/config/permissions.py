"""Who else may read or change the program's files: closes folders, distrusts files of others."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui_chat.config.paths import Paths

_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def close_folders(paths: Paths) -> list[str]:
    """Close the program's own folders to others, where they are open; return what cannot be done.

    Data and state become 0700. The configuration may be shared for reading, as files in a dotfiles
    repository are; only the right to write is taken from others.
    """
    words: list[str] = []
    for folder, rights in _open_folders(paths):
        try:
            folder.chmod(stat.S_IMODE(folder.stat().st_mode) & ~rights)
        except OSError as error:
            words.append(f"{open_words(folder)}, and that cannot be changed: {error.strerror}.")
    return words


def open_folders(paths: Paths) -> list[Path]:
    """Return the program's own folders that others may use in ways they should not."""
    return [folder for folder, _ in _open_folders(paths)]


def open_words(folder: Path) -> str:
    """Return that a folder is open to others, as the beginning of a sentence."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    return f"The folder {sanitize_line(str(folder))} is open to others (mode {mode:04o})"


def distrust(file: Path, status: os.stat_result) -> str:
    """Return why what a file says may come from others; empty if only the user and root write it.

    Args:
        file: By its path; its folder counts too, because who may write there can replace the file.
        status: Of the file itself.
    """
    if os.name != "posix":
        return ""
    if words := _distrust(status, "this file"):
        return words
    for folder in {file.parent, Path(os.path.realpath(file)).parent}:
        try:
            found = folder.stat()
        except OSError:
            continue
        # In a sticky folder only the owner of a file can replace it.
        is_sticky = bool(found.st_mode & stat.S_ISVTX)
        if words := _distrust(found, "its folder", may_write=is_sticky):
            return words
    return ""


def is_foreign(status: os.stat_result) -> bool:
    """Say whether a file belongs to neither the user nor root."""
    return os.name == "posix" and status.st_uid not in {0, os.geteuid()}


def _distrust(status: os.stat_result, what: str, *, may_write: bool = False) -> str:
    if is_foreign(status):
        return f"{what} belongs to another user"
    if status.st_mode & _OTHERS_WRITE and not may_write:
        return f"others can change {what} (mode {stat.S_IMODE(status.st_mode):04o})"
    return ""


def _open_folders(paths: Paths) -> Iterator[tuple[Path, int]]:
    """Yield the folders that are open to others, with the rights that others must not have."""
    if os.name != "posix":
        return
    for folder, rights in (
        (paths.config_file.parent, _OTHERS_WRITE),
        (paths.data_dir, _OTHERS),
        (paths.state_dir, _OTHERS),
        (paths.log_file.parent, _OTHERS),
    ):
        try:
            status = folder.stat()
        except OSError:
            continue
        if stat.S_ISDIR(status.st_mode) and status.st_mode & rights:
            yield folder, rights
