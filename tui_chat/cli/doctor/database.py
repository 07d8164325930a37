"""Checks the database without changing any file."""

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
from tui_chat.core.labels import _, join_list, ngettext
from tui_chat.core.text.quantities import byte_size
from tui_chat.storage.database.damage import database_error
from tui_chat.storage.database.migrations import MIGRATIONS, check_version
from tui_chat.storage.database.sqlite_errors import Damage, locked, storage_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui_chat.cli.doctor.report import Report

_LOCK_TIMEOUT_S: Final = 2.0
_CHECK_TIMEOUT_S: Final = 10.0
_LOCK_POLL_S: Final = 0.05
_STEPS_PER_TIMEOUT_CHECK: Final = 10_000
_WRITE_LOCK_BYTE: Final = 120
"""Offset in the -shm file; part of SQLite's file format."""
_WAL_FORMAT: Final = b"\x02\x02"
_FORMAT_OFFSET: Final = 18


def check_database(path: Path, report: Report) -> None:
    """Report whether the database is usable, without creating or repairing it.

    Damage is marked, so that the next start of the chat recovers the database.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        text = _("{path}: not created yet; the first conversation creates it")
        report.ok("database", text, path=path)
        return
    except OSError as error:
        report.error("database", storage_error(error, path))
        return
    if not stat.S_ISREG(status.st_mode):
        report.failed("database", _("{path} is not a file"), _("Move it."), path=path)
        return
    is_usable = _check_access(path, stat.S_IMODE(status.st_mode), report)
    try:
        content = _describe_content(path)
    except StorageError as error:
        report.error("database", error)
    except (sqlite3.Error, OSError) as error:
        report.error("database", database_error(error, path))
    else:
        if is_usable:
            size, mode = byte_size(status.st_size), f"{stat.S_IMODE(status.st_mode):04o}"
            text = _("{path}: {size}, mode {mode}, {content}")
            report.ok("database", text, path=path, size=size, mode=mode, content=content)


def _check_access(path: Path, mode: int, report: Report) -> bool:
    command = f"chmod 600 {shlex.quote(str(path))}"
    if not os.access(path, os.W_OK):
        text = _("{path} is not writable: nothing can be saved")
        hint = _("Run: {command}; you must own the file, and its disk must be writable.")
        report.failed("database", text, hint, path=path, command=command)
        return False
    if mode & 0o077 and os.name == "posix":
        text, hint = _("{path} is readable by other users (mode {mode})"), _("Run: {command}")
        report.failed("database", text, hint, path=path, mode=f"{mode:04o}", command=command)
        return False
    return True


def _describe_content(path: Path) -> str:
    """Return the number of conversations and the result of the integrity check.

    Raises:
        StorageError: The database is locked, damaged or from a newer version.
        sqlite3.Error: SQLite cannot read the database.
        OSError: The file cannot be read.
    """
    uri = f"{path.absolute().as_uri()}?{_open_mode(path)}"
    if _is_write_locked(path):
        raise locked(str(path))
    with closing(
        sqlite3.connect(uri, uri=True, timeout=_LOCK_TIMEOUT_S, isolation_level=None)
    ) as connection:
        version = check_version(connection, path)
        if version == 0:
            return _("empty")
        integrity = _check_integrity(connection, path)
        query = "SELECT count(*) FROM conversations WHERE deleted_at IS NULL"
        count = int(connection.execute(query).fetchone()[0])
    content = [ngettext("{count} conversation", "{count} conversations", count), integrity]
    if version < len(MIGRATIONS):
        content.append(_("an older version, which the next start upgrades"))
    return join_list(content)


def _open_mode(path: Path) -> str:
    """Return the URI parameter that opens a database without creating side files.

    A read-only connection still creates the -wal and -shm files of an idle database. An idle
    database does not change during the check, so it is opened as immutable.
    """
    with path.open("rb") as file:
        header = file.read(_FORMAT_OFFSET + len(_WAL_FORMAT))
    log, shared = (path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))
    log_size = 0
    with suppress(FileNotFoundError):
        log_size = log.stat().st_size
    is_idle = header[_FORMAT_OFFSET:] == _WAL_FORMAT and not log_size and not shared.exists()
    return "immutable=1" if is_idle else "mode=ro"


def _check_integrity(connection: sqlite3.Connection, path: Path) -> str:
    """Return the result of the integrity check.

    Raises:
        StorageError: The database or its search index is damaged.
    """
    connection.set_progress_handler(_timer(_CHECK_TIMEOUT_S), _STEPS_PER_TIMEOUT_CHECK)
    try:
        rows = connection.execute("PRAGMA quick_check(5)").fetchall()
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_INTERRUPT:
            raise
        return _("integrity not checked (takes over {seconds} s)").format(
            seconds=f"{_CHECK_TIMEOUT_S:.0f}"
        )
    finally:
        connection.set_progress_handler(None, 0)
    # Some versions of SQLite cannot check a search index without writing.
    damage = [str(row[0]) for row in rows if "unable to validate" not in str(row[0])]
    if not damage or damage == ["ok"]:
        return _("intact")
    if all("FTS5" in message for message in damage):
        raise StorageError(
            _("The search index in {path} is damaged; the messages are intact.").format(path=path),
            _("tui-chat rebuilds it at the next search."),
        )
    raise Damage(damage[0])


def _timer(seconds: float) -> Callable[[], int]:
    deadline = time.monotonic() + seconds
    return lambda: int(time.monotonic() > deadline)


def _is_write_locked(path: Path) -> bool:
    """Return whether another process holds the write lock for longer than the timeout.

    SQLite reports the lock only to writers. This process must have no connection open here:
    closing a file releases all locks that the process holds on it.
    """
    if sys.platform == "win32":
        return False
    import fcntl

    deadline = time.monotonic() + _LOCK_TIMEOUT_S
    try:
        with path.with_name(f"{path.name}-shm").open("rb") as file:
            while time.monotonic() < deadline:
                try:
                    fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, _WRITE_LOCK_BYTE)
                except OSError:
                    time.sleep(_LOCK_POLL_S)
                else:
                    return False
    except OSError:
        return False
    return True
