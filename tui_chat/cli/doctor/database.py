"""The saved conversations, looked at without changing a byte of them."""

from __future__ import annotations

import os
import shlex
import sqlite3
import stat
import sys
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import StorageError
from tui_chat.core.text.quantities import byte_size, counted
from tui_chat.storage.damage import database_error
from tui_chat.storage.migrations import MIGRATIONS, check_version
from tui_chat.storage.sqlite_errors import Damage, locked, storage_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui_chat.cli.doctor.report import Report

_PATIENCE_S: Final = 2.0
_EXAMINE_S: Final = 10.0
_LOOK_AGAIN_S: Final = 0.05
_STEPS_BETWEEN_LOOKS: Final = 10_000
_WRITE_LOCK_BYTE: Final = 120
"""Of the -shm file; part of SQLite's file format."""
_WAL_FORMAT: Final = b"\x02\x02"
_FORMAT_AT: Final = 18


def check_database(path: Path, report: Report) -> None:
    """Tell whether the database can be used. It is neither made nor repaired nor set aside.

    Damage is marked, so that the next start of the chat deals with it.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        report.ok("database", f"{path}: not made yet; the first conversation makes it")
        return
    except OSError as error:
        report.failed("database", storage_error(error, path))
        return
    if not stat.S_ISREG(status.st_mode):
        report.wrong("database", f"{path} is not a file", "Move it away.")
        return
    is_usable = _check_access(path, stat.S_IMODE(status.st_mode), report)
    try:
        words = _examined(path)
    except StorageError as error:
        report.failed("database", error)
    except (sqlite3.Error, OSError) as error:
        report.failed("database", database_error(error, path))
    else:
        if is_usable:
            mode = stat.S_IMODE(status.st_mode)
            size = byte_size(status.st_size)
            report.ok("database", f"{path}: {size}, mode {mode:04o}, {words}")


def _check_access(path: Path, mode: int, report: Report) -> bool:
    quoted = shlex.quote(str(path))
    if not os.access(path, os.W_OK):
        todo = f"Run: chmod 600 {quoted}; it must be yours, and its disk writable."
        report.wrong("database", f"{path} may not be written: nothing can be saved", todo)
        return False
    if mode & 0o077 and os.name == "posix":
        what = f"{path} can be read by others (mode {mode:04o})"
        report.wrong("database", what, f"Run: chmod 600 {quoted}")
        return False
    return True


def _examined(path: Path) -> str:
    """Return what is in a database.

    Raises:
        StorageError: It cannot be used, in words.
        sqlite3.Error: It cannot be read.
        OSError: The file cannot be read.
    """
    uri = f"{path.absolute().as_uri()}?{_way_to_open(path)}"
    if _is_write_locked(path):
        raise locked(str(path))
    with closing(
        sqlite3.connect(uri, uri=True, timeout=_PATIENCE_S, isolation_level=None)
    ) as connection:
        version = check_version(connection, path)
        if version == 0:
            return "still empty"
        whole = _wholeness(connection, path)
        found = "SELECT count(*) FROM conversations WHERE deleted_at IS NULL"
        count = int(connection.execute(found).fetchone()[0])
    is_old = version < len(MIGRATIONS)
    age = "; an older version, brought up to date at the next start" if is_old else ""
    return f"{counted(count, 'conversation')}, {whole}{age}"


def _way_to_open(path: Path) -> str:
    """Return how SQLite opens a database without leaving files beside it.

    A read-only connection still makes the two side files of a database that nobody uses. Such a
    one cannot change meanwhile, so it is opened as if it lay on a disk that nobody can write.
    """
    with path.open("rb") as file:
        head = file.read(_FORMAT_AT + len(_WAL_FORMAT))
    log, shared = (path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))
    log_size = 0
    with suppress(FileNotFoundError):
        log_size = log.stat().st_size
    is_idle = head[_FORMAT_AT:] == _WAL_FORMAT and not log_size and not shared.exists()
    return "immutable=1" if is_idle else "mode=ro"


def _wholeness(connection: sqlite3.Connection, path: Path) -> str:
    """Return in words that a database is whole, or that there was no time to see it.

    Raises:
        StorageError: It is not whole.
    """
    connection.set_progress_handler(_alarm(_EXAMINE_S), _STEPS_BETWEEN_LOOKS)
    try:
        rows = connection.execute("PRAGMA quick_check(5)").fetchall()
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_INTERRUPT:
            raise
        return f"too large to be examined in {_EXAMINE_S:.0f} s"
    finally:
        connection.set_progress_handler(None, 0)
    # Some versions of SQLite cannot examine a search index without writing.
    damage = [str(row[0]) for row in rows if "unable to validate" not in str(row[0])]
    if not damage or damage == ["ok"]:
        return "whole"
    if all("FTS5" in words for words in damage):
        what = f"The search index in {path} is damaged; the messages are whole."
        raise StorageError(what, "It is made anew when tui-chat meets the damage.")
    raise Damage(damage[0])


def _alarm(seconds: float) -> Callable[[], int]:
    deadline = time.monotonic() + seconds
    return lambda: int(time.monotonic() > deadline)


def _is_write_locked(path: Path) -> bool:
    """Say whether another process is writing and does not end, so that nothing could be saved.

    SQLite itself says so only to whoever wants to write. This process has no connection open here:
    closing a file lets go of the locks that a process holds on it.
    """
    if sys.platform == "win32":
        return False
    import fcntl

    deadline = time.monotonic() + _PATIENCE_S
    try:
        with path.with_name(f"{path.name}-shm").open("rb") as file:
            while time.monotonic() < deadline:
                try:
                    fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, _WRITE_LOCK_BYTE)
                except OSError:
                    time.sleep(_LOOK_AGAIN_S)
                else:
                    return False
    except OSError:
        return False
    return True
