"""Classifies paths from the user and explains why a path cannot be used.

Chat and commands both use it: for unreadable folders, names that are too long, NUL and invalid
characters, and link cycles.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import N_, _
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui_chat.core.errors import TuiChatError

_MAX_SHOWN: Final = 120
_ABSENT: Final = frozenset({errno.ENOENT, errno.ENOTDIR})
_NOT_ALLOWED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class PathKind(Enum):
    """The kind of file at a path."""

    MISSING = N_("nothing")
    FILE = N_("a file")
    FOLDER = N_("a folder")
    DEVICE = N_("a device")
    PIPE = N_("a pipe")
    SOCKET = N_("a socket")


def path_kind(path: Path) -> PathKind:
    """Return the kind of file at a path; links are followed.

    Raises:
        OSError: The path cannot be examined, for any reason.
    """
    try:
        mode = path.stat().st_mode
    except ValueError as error:
        raise OSError(errno.EINVAL, _describe_value_error(error), str(path)) from error
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
def path_errors_as(error_type: type[TuiChatError], path: Path) -> Iterator[None]:
    """Convert the errors of the system and of `pathlib` within the block.

    Args:
        error_type: The exception to raise.
        path: The path as the user entered it.
    """
    try:
        yield
    except (OSError, ValueError) as error:
        raise error_type(*describe_path_error(error, path)) from error


def expand_home(text: str) -> Path:
    """Return a path with `~` and `~user` expanded.

    Raises:
        OSError: The user has no home folder.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise OSError(errno.EINVAL, _("there is no home folder of that name"), text) from error


def shown_path(path: Path | str) -> str:
    """Return a sanitized path in one line, shortened in the middle if it is very long."""
    text = sanitize_line(str(path))
    if len(text) <= _MAX_SHOWN:
        return text
    half = _MAX_SHOWN // 2
    return f"{text[:half]}…{text[-half:]}"


def describe_path_error(error: OSError | ValueError, path: Path) -> tuple[str, str]:
    """Return why a path cannot be used, and a hint that may be empty, as two sentences.

    Args:
        error: The exception of the system or of `pathlib`.
        path: The path as the user entered it.
    """
    unusable, summary, hint = _("{path} cannot be used: {reason}."), "", ""
    folder, reason = path.parent, ""
    if not isinstance(error, OSError):
        summary, reason, hint = unusable, _describe_value_error(error), _("Choose another name.")
    elif error.errno == errno.ENAMETOOLONG:
        summary, reason = unusable, _("the name is too long")
        hint = _("Choose a shorter one; most systems allow 255 bytes.")
    elif error.errno in _NOT_ALLOWED:
        summary = _("{path} cannot be opened or written.")
        hint = _("Check the permissions of the file and of its folder {folder}.")
    elif error.errno == errno.ELOOP:
        summary, reason = unusable, _("its links form a cycle")
        hint = _("Choose another name.")
    elif error.errno in _ABSENT and (file := _file_above(path)) is not None:
        path, summary = file, _("{path} is a file, not a folder.")
        hint = _("Choose another folder.")
    elif error.errno == errno.ENOENT and not os.path.lexists(folder):
        summary, hint = _("The folder {folder} does not exist."), _("Create it first.")
    elif error.errno == errno.ENOENT:
        summary = _("The file {path} does not exist.")
    elif error.errno == errno.EISDIR:
        summary, hint = _("{path} is a folder."), _("Choose a file in it.")
    else:
        summary = unusable
        reason = (error.strerror or str(error) or type(error).__name__).lower()
    names = {"path": shown_path(path), "folder": shown_path(folder), "reason": reason}
    return summary.format(**names), hint.format(**names)


def _file_above(path: Path) -> Path | None:
    """Return the parent of a path that is a file instead of a folder."""
    return next((folder for folder in path.parents if folder.is_file()), None)


def _describe_value_error(error: ValueError) -> str:
    if isinstance(error, UnicodeError):
        return _("it contains an incomplete character")
    if "null" in str(error):
        return _("it contains a NUL character")
    return str(error)


def read_text_file(file: Path, what: str, most_bytes: int, hint: Callable[[], str]) -> str:
    """Return the text of a file, with a line feed at the end of each line.

    Args:
        file: The file; a device is read up to the limit.
        what: The subject of the error.
        most_bytes: The largest size, in whole megabytes.
        hint: Returns the advice if the file cannot be read.

    Raises:
        ConfigError: The file cannot be read, is too large, or is not UTF-8.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(most_bytes + 1)
        if len(content) > most_bytes:
            message = _("{what} is larger than {size} MB.")
            raise ConfigError(message.format(what=what, size=most_bytes // 1_000_000))
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            _("{what} is not UTF-8 (byte {position}).").format(
                what=what, position=f"{error.start + 1:,}"
            ),
            _("Save it as UTF-8."),
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = _("{what} cannot be read: {reason}.")
        raise ConfigError(message.format(what=what, reason=reason), hint()) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
