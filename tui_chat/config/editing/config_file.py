"""Reads and replaces config.toml: one writer at a time, the previous file beside it."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
import time
import tomllib
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.editing.toml_text import Change, changed, decoded
from tui_chat.config.paths import make_private_folder
from tui_chat.config.toml_source import read_toml
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, labelled
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

BACKUP_SUFFIX: Final = ".bak"
_NEW_MODE: Final = 0o600
_LOCK_S: Final = 5.0
"""The time to wait for another window that writes."""
_LOCK_POLL_S: Final = 0.02


def edit_config(
    file: Path, change: Callable[[Mapping[str, Any]], Change], *, by_hand: str = ""
) -> None:
    """Change config.toml; everything else in it stays as it is.

    The file is read and replaced under a lock, so that two windows lose nothing. The previous
    content is kept in `config.toml.bak`. A symbolic link is followed. This may wait for another
    window: call it in a thread.

    Args:
        file: The configuration, which need not exist.
        change: Returns the values to set for the current content, by path; None removes a value.
        by_hand: What the user can add if the file cannot be changed, as a sentence.

    Raises:
        ConfigError: The file has a syntax error, is read-only or cannot be changed.
    """
    make_private_folder(file.parent)
    target = Path(os.path.realpath(file))
    with _locked(target.parent):
        old, new = _contents(file, change, by_hand)
        if new == old:
            return
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else _NEW_MODE
        if old:
            write_private(file.with_name(file.name + BACKUP_SUFFIX), old, mode=mode & ~0o077)
        write_private(target, new, mode=mode)


def check_edit(
    file: Path, change: Callable[[Mapping[str, Any]], Change], *, by_hand: str = ""
) -> None:
    """Check that `edit_config` can make a change; nothing is written.

    Raises:
        ConfigError: As for `edit_config`.
    """
    _contents(file, change, by_hand)


def _contents(
    file: Path, change: Callable[[Mapping[str, Any]], Change], by_hand: str
) -> tuple[bytes, bytes]:
    """Return the present and the changed content of config.toml."""
    old = read_config(file)
    before = parsed(file, old)
    _check_writable(file, Path(os.path.realpath(file)))
    new = changed(old, before, change(before))
    if new is None:
        raise ConfigError(
            _("{file} cannot be changed automatically.").format(file=_shown(file)),
            by_hand or _("Edit it in an editor."),
        )
    return old, new


def read_config(file: Path) -> bytes:
    """Return the bytes of config.toml; empty if it does not exist.

    Raises:
        ConfigError: The file cannot be read.
    """
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        text = _("{file} is unreadable: {reason}.").format(file=_shown(file), reason=_reason(error))
        raise ConfigError(text, _("Change its permissions.")) from error


def parsed(file: Path, content: bytes) -> dict[str, Any]:
    """Return the tables of config.toml.

    Raises:
        ConfigError: The file is not valid TOML; the error names the line.
    """
    try:
        return tomllib.loads(decoded(content))
    except (ValueError, RecursionError) as error:
        problems = read_toml(file).problems
        if problems:
            summary = labelled(problems[0].location, problems[0].summary)
        else:
            summary = _("{file} has a syntax error: {reason}.").format(
                file=_shown(file), reason=sanitize_line(str(error), 200)
            )
        raise ConfigError(
            summary, _("Fix it first: a file with a syntax error is not changed.")
        ) from None


def write_private(path: Path, content: bytes, *, mode: int = _NEW_MODE) -> None:
    """Write a file atomically.

    Raises:
        ConfigError: The file cannot be written.
    """
    try:
        # mkstemp uses mode 0600.
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise _not_writable(path, _reason(error)) from error


def _check_writable(file: Path, target: Path) -> None:
    """Refuse a read-only file, although replacing it would work: its owner protects it.

    Raises:
        ConfigError: The file or its folder is read-only.
    """
    with suppress(FileNotFoundError):
        status = target.stat()
        if not status.st_mode & 0o200 or not os.access(target, os.W_OK):
            raise _not_writable(file, _("it is read-only"))
    with suppress(FileNotFoundError):
        folder = target.parent.stat()
        if not folder.st_mode & 0o200 or not os.access(target.parent, os.W_OK | os.X_OK):
            raise _not_writable(file, _("its folder is read-only"))


def _not_writable(path: Path, reason: str) -> ConfigError:
    text = _("{file} is not writable: {reason}.")
    return ConfigError(
        text.format(file=_shown(path), reason=reason),
        _("Nothing was changed. Change its permissions, or edit the file yourself."),
    )


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, which leaves no file behind.

    Raises:
        ConfigError: Another window holds it for too long.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise _not_writable(folder, _reason(error)) from error
    try:
        _wait_for_lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _wait_for_lock(descriptor: int) -> None:
    deadline = time.monotonic() + _LOCK_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise ConfigError(
                    _("Another window is writing config.toml."), _("Try it again.")
                ) from None
            time.sleep(_LOCK_POLL_S)
        except OSError:
            # Some network file systems have no locks.
            return
        else:
            return


def _shown(path: Path) -> str:
    return sanitize_line(str(path))


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
