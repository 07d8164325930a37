"""Which of several processes is writing a reply, and whether it still lives.

A process id proves nothing: it is reused, and kill -9 leaves no trace. A locked file does: the
system lets go of the lock when its holder ends, however it ends.
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
    from collections.abc import Iterator
    from pathlib import Path

_SUFFIX: Final = ".lock"
_HELD: Final = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})
_PAUSE_S: Final = 0.02


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Writer:
    """This store's identity as a writer of replies: a file that stays locked while it lives.

    The file is not inherited by programs that are started, so a child does not keep it alive.
    """

    def __init__(self, folder: Path) -> None:
        """Make the file and lock it.

        Args:
            folder: Where the files of all writers of one database are.

        Raises:
            OSError: The file cannot be made.
        """
        self.id = new_id()
        self._path = folder / f"{self.id}{_SUFFIX}"
        file = _locked_file(self._path)
        if file is None:
            raise OSError(errno.EAGAIN, "held by another process", str(self._path))
        self._file: int | None = file

    def close(self) -> None:
        """Remove the file; replies that are still marked with this writer are orphans now."""
        if self._file is None:
            return
        file, self._file = self._file, None
        _remove(self._path, file)


def is_alive(folder: Path, writer_id: str) -> bool:
    """Say whether a writer still lives. The file of a dead one is removed.

    When the file system cannot tell, the answer is yes: nobody's running reply is touched.
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
    """Remove the files that killed writers left behind."""
    with suppress(OSError):
        for path in list(folder.glob(f"*{_SUFFIX}")):
            is_alive(folder, path.name.removesuffix(_SUFFIX))


def writers_folder(path: Path) -> Path:
    """Return the folder of the lock files that belong to a database."""
    return path.with_name("writers")


@contextmanager
def held_lock(path: Path, timeout_s: float) -> Iterator[None]:
    """Hold a lock file, so that only one process at a time does what stands in the block.

    Raises:
        TimeoutError: Another process held it all the time.
        OSError: The file cannot be made.
    """
    deadline = time.monotonic() + timeout_s
    while (file := _locked_file(path)) is None:
        if time.monotonic() >= deadline:
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
        # An odd umask may have taken even the owner's rights away.
        with suppress(FileNotFoundError):
            path.chmod(0o600)
        try:
            _lock(file)
        except OSError as error:
            if error.errno in _HELD:
                os.close(file)
                return None
            # A file system without locks: go on, and let every writer count as alive.
            return file
        # Another process may have removed it between open and lock: then it stands for nothing.
        if _is_same(path, file):
            return file
        os.close(file)


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
