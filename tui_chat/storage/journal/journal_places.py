"""The folders where a journal may be: beside the database, else in a private temporary folder.

On a full disk nothing can be written beside the database, but the folder for runtime or temporary
files is often another file system. What is there outlives a killed process, not always a reboot.
"""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

_FOLDERS: Final = ("XDG_RUNTIME_DIR", "TMPDIR", "TEMP")
_NAME: Final = "tui-chat-unsaved"


def spare_places(database: Path) -> list[Path]:
    """Return the paths that replace that of a database in other folders, best first.

    They have the same name for each process, and another one for each database.
    """
    name = sha256(os.fsencode(database.absolute())).hexdigest()[:16]
    found = [os.environ.get(variable, "") for variable in _FOLDERS]
    if sys.platform != "win32":
        found.append("/tmp")  # noqa: S108 - the folder in it is checked
    owner = f"-{os.getuid()}" if sys.platform != "win32" else ""
    folders = dict.fromkeys(Path(folder) / f"{_NAME}{owner}" for folder in found if folder)
    return [folder / name for folder in folders if folder.is_absolute()]


def make_private(folder: Path) -> None:
    """Create a private folder.

    Raises:
        OSError: It cannot be created, or others can write to it or own it.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    if not is_private(folder):
        raise PermissionError(f"{folder} is not private")


def is_private(folder: Path) -> bool:
    """Return whether a folder exists, belongs to the user and is closed to others."""
    with suppress(OSError):
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode):
            return False
        if sys.platform == "win32":
            return True
        return found.st_uid == os.getuid() and not found.st_mode & 0o077
    return False
