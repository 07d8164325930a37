"""Looks at paths that a user gave, and says in words why the system refuses one.

Every way in goes through here, the chat and the commands alike: a folder that may not be read, a
name that is too long, a NUL, half a character, a circle of links.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui_chat.core.errors import TuiChatError

_LONGEST_SHOWN: Final = 120
_ABSENT: Final = frozenset({errno.ENOENT, errno.ENOTDIR})
_NOT_ALLOWED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class PathKind(Enum):
    """What there is at a path."""

    MISSING = "nothing"
    FILE = "a file"
    FOLDER = "a folder"
    DEVICE = "a device"
    PIPE = "a pipe"
    SOCKET = "a socket"


def kind_of(path: Path) -> PathKind:
    """Return what there is at a path; links are followed.

    Raises:
        OSError: The path cannot be looked at, whatever the reason.
    """
    try:
        mode = path.stat().st_mode
    except ValueError as error:
        raise OSError(errno.EINVAL, _value_words(error), str(path)) from error
    except OSError as error:
        if error.errno in _ABSENT:
            return PathKind.MISSING
        raise
    if stat.S_ISREG(mode):
        return PathKind.FILE
    if stat.S_ISDIR(mode):
        return PathKind.FOLDER
    if stat.S_ISFIFO(mode):
        return PathKind.PIPE
    return PathKind.SOCKET if stat.S_ISSOCK(mode) else PathKind.DEVICE


@contextmanager
def refusals_as(failure: type[TuiChatError], path: Path) -> Iterator[None]:
    """Raise in words what the system or `pathlib` says against a path within the block.

    Args:
        failure: The kind of failure to raise.
        path: As the user gave it.
    """
    try:
        yield
    except (OSError, ValueError) as error:
        raise failure(*refusal(error, path)) from error


def from_home(text: str) -> Path:
    """Return the path of a text in which `~` stands for a home folder.

    Raises:
        OSError: The user named after the `~` has none.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise OSError(errno.EINVAL, "there is no home folder of that name", text) from error


def shown_path(path: Path | str) -> str:
    """Return a path in one line that acts on no terminal; of a very long one both ends."""
    text = sanitize_line(str(path))
    if len(text) <= _LONGEST_SHOWN:
        return text
    half = _LONGEST_SHOWN // 2
    return f"{text[:half]}…{text[-half:]}"


def refusal(error: OSError | ValueError, path: Path) -> tuple[str, str]:
    """Return why a path cannot be used and what to do, as two sentences; the second may be empty.

    Args:
        error: What the system raised, or `pathlib` before it asked the system.
        path: As the user gave it.
    """
    name = shown_path(path)
    if not isinstance(error, OSError):
        return f"{name} cannot be used: {_value_words(error)}.", "Give another name."
    if error.errno == errno.ENAMETOOLONG:
        what = f"{name} cannot be used: the name is too long."
        return what, "Give a shorter one; most systems take 255 bytes."
    if error.errno in _NOT_ALLOWED:
        folder = shown_path(path.parent)
        todo = f"Check the permissions of the file and of its folder {folder}."
        return f"{name} cannot be opened or written.", todo
    if error.errno == errno.ELOOP:
        return f"{name} cannot be used: its links lead in a circle.", "Give another name."
    if error.errno in _ABSENT and (obstacle := _file_above(path)) is not None:
        return f"{shown_path(obstacle)} is a file, not a folder.", "Give another folder."
    if error.errno == errno.ENOENT and not os.path.lexists(path.parent):
        return f"There is no folder {shown_path(path.parent)}.", "Make it first."
    if error.errno == errno.ENOENT:
        return f"There is no file {name}.", ""
    if error.errno == errno.EISDIR:
        return f"{name} is a folder.", "Name a file in it."
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    return f"{name} cannot be used: {reason}.", ""


def _file_above(path: Path) -> Path | None:
    """Return the file that stands where a path needs a folder."""
    return next((folder for folder in path.parents if folder.is_file()), None)


def _value_words(error: ValueError) -> str:
    if isinstance(error, UnicodeError):
        return "it holds half a character, which no file name can"
    if "null" in str(error):
        return "it holds a NUL character, which no file name can"
    return str(error)
