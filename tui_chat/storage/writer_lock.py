"""Lock files that identify the process writing a reply, and show whether it is alive.

A process ID is not enough: IDs are reused, and kill -9 leaves no trace. The system always releases
a file lock when its holder ends.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_SUFFIX: Final = ".lock"
_HELD: Final = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})
_PAUSE_S: Final = 0.02
_HOLDERS: Final = 6


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Writer:
    """The identity of a store as a writer: a file that is locked as long as the process lives.

    Child processes do not inherit the lock.

    Args:
        folder: The folder of the lock files of one database.

    Raises:
        OSError: The file cannot be created.
    """

    def __init__(self, folder: Path) -> None:
        self.id = new_id()
        self._path = folder / f"{self.id}{_SUFFIX}"
        file = _locked_file(self._path)
        if file is None:
            raise OSError(errno.EAGAIN, "held by another process", str(self._path))
        self._file: int | None = file

    def close(self) -> None:
        """Remove the file; unfinished replies of this writer become orphans."""
        if self._file is None:
            return
        file, self._file = self._file, None
        _remove(self._path, file)


def is_alive(folder: Path, writer_id: str) -> bool:
    """Return whether a writer is alive; remove the file of a dead one.

    Returns True if the file system has no locks, so that no running reply is changed.
    """
    path = folder / f"{writer_id}{_SUFFIX}"
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        _lock(file)
    except OSError:
        os.close(file)
        return True
    _remove(path, file)
    return False


def sweep(folder: Path) -> None:
    """Remove the lock files of killed writers."""
    with suppress(OSError):
        for path in list(folder.glob(f"*{_SUFFIX}")):
            is_alive(folder, path.name.removesuffix(_SUFFIX))


def writers_folder(path: Path) -> Path:
    """Return the folder of the lock files that belong to a database."""
    return path.with_name("writers")


@contextmanager
def hold_lock(
    path: Path, timeout_s: float, is_worth_waiting: Callable[[], bool] = lambda: False
) -> Iterator[None]:
    """Hold a lock file during the block, as a mutex between processes.

    Args:
        path: The lock file.
        timeout_s: The time to wait for one holder. Processes that come in turn, each for a moment,
            are waited for `_HOLDERS` times as long: the lock is not handed over in order.
        is_worth_waiting: Asked before each pause; as long as it is true there is no time limit.

    Raises:
        TimeoutError: Another process still holds the lock.
        OSError: The file cannot be created.
    """
    began = since = time.monotonic()
    holder = _identity(path)
    while (file := _locked_file(path)) is None:
        now = time.monotonic()
        if (seen := _identity(path)) != holder:
            holder, since = seen, now
        is_over = now >= min(since + timeout_s, began + _HOLDERS * timeout_s)
        if not is_worth_waiting() and is_over:
            raise TimeoutError(errno.ETIMEDOUT, "held by another process", str(path))
        time.sleep(_PAUSE_S)
    try:
        yield
    finally:
        _remove(path, file)


def _locked_file(path: Path) -> int | None:
    """Return a locked file, or None if another process has it."""
    with suppress(FileExistsError):
        path.parent.mkdir(mode=0o700)
        path.parent.chmod(0o700)
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        # An unusual umask may remove even the owner's rights.
        with suppress(FileNotFoundError):
            path.chmod(0o600)
        try:
            _lock(file)
        except OSError as error:
            if error.errno in _HELD:
                os.close(file)
                return None
            # A file system without locks: continue, and treat every writer as alive.
            return file
        # If another process removed it between open and lock, the lock is worthless.
        if _is_same(path, file):
            return file
        os.close(file)


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a lock file from one that was created later at the same path."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_ctime_ns


def _is_same(path: Path, file: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False


def _remove(path: Path, file: int) -> None:
    if sys.platform == "win32":  # pragma: no cover - an open file cannot be removed there
        os.close(file)
        with suppress(OSError):
            path.unlink()
        return
    with suppress(OSError):
        path.unlink()
    os.close(file)
