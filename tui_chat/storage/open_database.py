"""Opens the database file: private, of a known version, and whole."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from tui_chat.core.conversation import now
from tui_chat.core.errors import StorageError
from tui_chat.storage.migrations import check_version, free_name, migrate
from tui_chat.storage.recovery import salvage
from tui_chat.storage.search.fts_index import prepare_index, rebuild_index
from tui_chat.storage.sqlite_errors import (
    is_damage,
    is_index_damage,
    is_locked,
    locked,
    storage_error,
)
from tui_chat.storage.writer_lock import held_lock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

BUSY_TIMEOUT_S: Final = 5.0
_PAUSE_S: Final = 0.02
# A database beside which such a file lies is examined as a whole when it is opened next.
_SUSPECT_SUFFIX: Final = ".suspect"
_WAL_LIMIT_BYTES: Final = 4_000_000


@dataclass(slots=True)
class Database:
    """An open database."""

    connection: sqlite3.Connection
    has_index: bool
    """Whether the search index can be used."""
    notices: list[str] = field(default_factory=list)
    """What the person should know of how it was opened."""


def open_database(path: Path | None, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Database:
    """Open a database; make it if there is none.

    A damaged file is set aside, never deleted, and a fresh one begins.

    Args:
        path: The file; None for one in memory.
        busy_timeout_s: How long to wait for others who write.

    Raises:
        StorageError: It cannot be used; the words name the file and say what to do.
    """
    try:
        if path is None:
            return _opened(None, busy_timeout_s)
        _make_folder(path.parent)
        # One process at a time: two that find it damaged would set aside the fresh file of the
        # first, and two that make it would meet half-way.
        with held_lock(writers_folder(path) / "opening", busy_timeout_s):
            return _opened_or_fresh(path, busy_timeout_s)
    except TimeoutError as error:
        raise locked(str(path)) from error
    except (sqlite3.Error, OSError) as error:
        raise storage_error(error, path) from error


def writers_folder(path: Path) -> Path:
    """Return the folder of the lock files that belong to a database."""
    return path.with_name("writers")


def mark_suspect(path: Path) -> None:
    """Have a database examined when it is opened next: reading it found damage."""
    with suppress(OSError):
        _suspect_mark(path).touch(mode=0o600)


def patiently(action: Callable[[], T], timeout_s: float) -> T:
    """Do something again as long as the database is only locked.

    SQLite waits by itself in most cases; it returns at once where it sees a deadlock, and while
    another process changes the journal.

    Raises:
        sqlite3.Error: It failed, or was still locked when the time was over.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            return action()
        except sqlite3.OperationalError as error:
            if not is_locked(error) or time.monotonic() >= deadline:
                raise
        time.sleep(_PAUSE_S)


def _opened_or_fresh(path: Path, busy_timeout_s: float) -> Database:
    try:
        return _opened(path, busy_timeout_s)
    except _SetAside as damage:
        aside, words = damage.aside, str(damage)
    database = _opened(path, busy_timeout_s)
    conversations, messages = salvage(aside, database.connection)
    if conversations:
        words += (
            f", with all that could still be read: {conversations} conversations, "
            f"{messages} messages"
        )
    database.notices.append(f"{words}.")
    return database


def _opened(path: Path | None, busy_timeout_s: float) -> Database:
    if path is not None:
        _make_private_file(path)
    connection = sqlite3.connect(
        path or ":memory:", timeout=busy_timeout_s, isolation_level=None, cached_statements=64
    )
    with ExitStack() as undo:
        undo.callback(connection.close)
        try:
            database = patiently(lambda: _prepared(connection, path), busy_timeout_s)
        except sqlite3.DatabaseError as error:
            if path is None or not (is_damage(error) or isinstance(error, _FailedCheck)):
                raise
            # Renamed while open: closing would remove the log. Windows cannot do that.
            if sys.platform == "win32":  # pragma: no cover
                connection.close()
            raise _set_aside(path, str(error)) from error
        undo.pop_all()
    return database


def _prepared(connection: sqlite3.Connection, path: Path | None) -> Database:
    # Version first: a newer program may use what this SQLite calls a malformed schema.
    check_version(connection, path)
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT_BYTES:d}")
    connection.execute("PRAGMA foreign_keys = ON")
    if path is not None and _suspect_mark(path).exists():
        _examine(connection)
        _suspect_mark(path).unlink(missing_ok=True)
    copy = migrate(connection, path)
    try:
        has_index = prepare_index(connection)
    except sqlite3.DatabaseError as error:
        if not is_index_damage(error):
            raise
        rebuild_index(connection)
        has_index = True
    notices = [_migrated_words(copy)] if copy else []
    return Database(connection, has_index, notices)


def _migrated_words(copy: Path) -> str:
    return (
        "Your saved conversations were brought to the form of this tui-chat. "
        f"What they were is kept as {copy}; remove it when you no longer need it."
    )


class _SetAside(Exception):
    """The file was damaged and has another name now; says so in words."""

    def __init__(self, aside: Path, words: str) -> None:
        super().__init__(words)
        self.aside = aside


class _FailedCheck(sqlite3.DatabaseError):
    """The examination of a whole database found damage."""


def _examine(connection: sqlite3.Connection) -> None:
    words = _check(connection)
    # SQLite 3.44 and later looks into the search index too; that is no reason to give up the rest.
    if "FTS5" in words:
        rebuild_index(connection)
        words = _check(connection)
    if words != "ok":
        raise _FailedCheck(words)
    # The check does not compare the indices with their tables; they can always be made anew.
    try:
        connection.execute("REINDEX")
    except sqlite3.IntegrityError as error:
        raise _FailedCheck(str(error)) from error


def _check(connection: sqlite3.Connection) -> str:
    return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])


def _set_aside(path: Path, reason: str) -> _SetAside:
    """Give a damaged database another name, and return what tells it."""
    aside = free_name(path, f".damaged-{now():%Y%m%dT%H%M%SZ}")
    # The database goes last: its log beside a fresh file would be played into that.
    for suffix in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    _suspect_mark(path).unlink(missing_ok=True)
    return _SetAside(
        aside,
        f"{path} was damaged ({reason}). It is kept as {aside.name} in the same folder, "
        "and a fresh one has begun",
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True)
        folder.chmod(0o700)  # an odd umask may have taken even the owner's rights away
    except FileExistsError:
        if not folder.is_dir():
            raise StorageError(f"{folder} is not a folder.", "Move it away.") from None


def _make_private_file(path: Path) -> None:
    """Make the file with mode 0600 before SQLite does: its log files take the mode over.

    An existing file is never opened here: closing it would drop the locks that SQLite holds on it
    for another store of this process.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        path.chmod(0o600)
    except FileExistsError:
        if path.is_file() and path.stat().st_mode & 0o077:
            path.chmod(0o600)
        # SQLite would open it all the same, and fail at the first question.
        if not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, "may not be written", str(path)) from None


def _suspect_mark(path: Path) -> Path:
    return path.with_name(path.name + _SUSPECT_SUFFIX)
