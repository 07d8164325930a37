"""File permissions: restricts the folders of the program, distrusts files that others can write."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui_chat.config.paths import Paths

_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def close_folders(paths: Paths) -> list[str]:
    """Restrict the program's own folders to the user; return a warning for each failure.

    Data and state become 0700. The configuration folder may stay readable, as in a dotfiles
    repository; only write permissions of others are removed.
    """
    warnings: list[str] = []
    for folder, forbidden in _open_folders(paths):
        try:
            folder.chmod(stat.S_IMODE(folder.stat().st_mode) & ~forbidden)
        except OSError as error:
            text = _("{problem}, and its permissions cannot be changed: {reason}.")
            warnings.append(
                text.format(problem=describe_open_folder(folder), reason=error.strerror)
            )
    return warnings


def open_folders(paths: Paths) -> list[Path]:
    """Return the program's own folders with unsafe permissions."""
    return [folder for folder, _forbidden in _open_folders(paths)]


def describe_open_folder(folder: Path) -> str:
    """Return a clause without full stop that names a folder and its unsafe mode."""
    mode = f"{stat.S_IMODE(folder.stat().st_mode):04o}"
    text = _("The folder {folder} is open to other users (mode {mode})")
    return text.format(folder=sanitize_line(str(folder)), mode=mode)


def distrust(file: Path, status: os.stat_result) -> str:
    """Return why a file cannot be trusted; empty if only the user and root can write it.

    Args:
        file: Its folder is checked too: a user who can write there can replace the file.
        status: The status of the file itself.
    """
    if os.name != "posix":
        return ""
    if reason := _distrust(status, is_folder=False):
        return reason
    for folder in _folders_of(file):
        try:
            found = folder.stat()
        except OSError:
            continue
        if reason := _distrust(found, is_folder=True):
            return reason
    # Who can write above can replace the folder. A group may write there: it is often the user's.
    for folder in _open_ancestors(file):
        mode = f"{stat.S_IMODE(folder.stat().st_mode):04o}"
        text = _("the folder {folder} above it is writable by all users (mode {mode})")
        return text.format(folder=sanitize_line(str(folder)), mode=mode)
    return ""


def closing_command(file: Path) -> str:
    """Return the shell command that makes a file one that only its owner can write."""
    # Imported here: only needed for a warning.
    import shlex

    return shlex.join(["chmod", "go-w", *map(str, (file, file.parent, *_open_ancestors(file)))])


def _folders_of(file: Path) -> set[Path]:
    """Return the folder of a file, and that of the file which it links to."""
    return {file.parent, Path(os.path.realpath(file)).parent}


def _open_ancestors(file: Path) -> list[Path]:
    """Return the folders above that of a file in which everybody can rename the next one."""
    above = dict.fromkeys(it for folder in _folders_of(file) for it in folder.parents)
    return [folder for folder in above if _is_open_to_all(folder)]


def _is_open_to_all(folder: Path) -> bool:
    try:
        mode = folder.stat().st_mode
    except OSError:
        return False
    return bool(mode & stat.S_IWOTH) and not mode & stat.S_ISVTX


def is_foreign(status: os.stat_result) -> bool:
    """Return whether a file belongs to neither the user nor root."""
    return os.name == "posix" and status.st_uid not in {0, os.geteuid()}


def _distrust(status: os.stat_result, *, is_folder: bool) -> str:
    # In a sticky folder only the owner of a file can replace it.
    is_sticky = is_folder and bool(status.st_mode & stat.S_ISVTX)
    text = ""
    if is_foreign(status):
        text = (
            _("its folder belongs to another user")
            if is_folder
            else _("this file belongs to another user")
        )
    elif status.st_mode & _OTHERS_WRITE and not is_sticky:
        text = (
            _("its folder is writable by other users (mode {mode})")
            if is_folder
            else _("this file is writable by other users (mode {mode})")
        )
    return text.format(mode=f"{stat.S_IMODE(status.st_mode):04o}")


def _open_folders(paths: Paths) -> Iterator[tuple[Path, int]]:
    """Yield each folder with unsafe permissions, and the mode bits to remove."""
    if os.name != "posix":
        return
    for folder, forbidden in (
        (paths.config_file.parent, _OTHERS_WRITE),
        (paths.config_file.parent / "prompts", _OTHERS_WRITE),
        (paths.data_dir, _OTHERS),
        (paths.state_dir, _OTHERS),
        (paths.log_file.parent, _OTHERS),
    ):
        try:
            status = folder.stat()
        except OSError:
            continue
        if stat.S_ISDIR(status.st_mode) and status.st_mode & forbidden:
            yield folder, forbidden
