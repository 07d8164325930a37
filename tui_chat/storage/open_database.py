"""Opens the database file: private, of a known version, and whole."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from tui_chat.config.file_paths import PathKind, path_kind
from tui_chat.core.errors import StorageError
from tui_chat.storage.damage import (
    forget_suspicion,
    has_only_log,
    is_suspect,
    log_of,
    set_aside,
    take_over,
)
from tui_chat.storage.migrations import check_columns, check_version, migrate
from tui_chat.storage.search.fts_index import has_index, prepare_index, rebuild_index
from tui_chat.storage.sqlite_errors import (
    Damage,
    is_damage,
    is_index_damage,
    is_locked,
    locked,
    storage_error,
)
from tui_chat.storage.sqlite_log import unread_commit
from tui_chat.storage.writer_lock import held_lock, writers_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui_chat.storage.damage import Progress

T = TypeVar("T")

BUSY_TIMEOUT_S: Final = 5.0
_PAUSE_S: Final = 0.02
_WAL_LIMIT_BYTES: Final = 4_000_000


@dataclass(slots=True)
class Database:
    """An open database."""

    connection: sqlite3.Connection
    has_index: bool
    """Whether the search index can be used."""
    notices: list[str] = field(default_factory=list)
    """What the person should know of how it was opened."""


def open_database(
    path: Path | None,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
    progress: Progress | None = None,
) -> Database:
    """Open a database; make it if there is none.

    A damaged file is set aside, never deleted; what can be read of it goes into a fresh one.

    Args:
        path: The file; None for one in memory.
        busy_timeout_s: How long to wait for others who write.
        progress: Called with words, on this thread, while a damaged file is read.

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
            return _opened_or_fresh(path, busy_timeout_s, progress)
    except TimeoutError as error:
        raise locked(str(path)) from error
    except (sqlite3.Error, OSError, ValueError) as error:
        raise storage_error(error, path) from error


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


def _opened_or_fresh(path: Path, busy_timeout_s: float, progress: Progress | None) -> Database:
    words = ""
    if has_only_log(path):
        words = set_aside(path, "the file is empty and its log is not")
    try:
        database = _opened(path, busy_timeout_s)
    except _SetAside as damage:
        words = f"{words}. {damage}" if words else str(damage)
        database = _opened(path, busy_timeout_s)
    told = [part for part in take_over(path, database.connection, progress) if part]
    database.has_index = has_index(database.connection)
    if words or told:
        database.notices.append(f"{'; '.join(part for part in (words, *told) if part)}.")
    return database


def _opened(path: Path | None, busy_timeout_s: float) -> Database:
    if path is not None:
        _refuse_foreign(path)
        _make_private_file(path)
    log_bytes = _log_bytes(path)
    connection = sqlite3.connect(
        path or ":memory:", timeout=busy_timeout_s, isolation_level=None, cached_statements=64
    )
    with ExitStack() as undo:
        undo.callback(connection.close)
        try:
            database = patiently(lambda: _prepared(connection, path, log_bytes), busy_timeout_s)
        except sqlite3.DatabaseError as error:
            if path is None or not is_damage(error):
                raise
            # Renamed while open: closing would remove the log. Windows cannot do that.
            if sys.platform == "win32":  # pragma: no cover
                connection.close()
            raise _SetAside(set_aside(path, str(error))) from error
        undo.pop_all()
    return database


def _prepared(connection: sqlite3.Connection, path: Path | None, log_bytes: int) -> Database:
    # Version first: a newer program may use what this SQLite calls a malformed schema.
    check_version(connection, path)
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT_BYTES:d}")
    connection.execute("PRAGMA foreign_keys = ON")
    if path is not None and log_bytes:
        _check_log(connection, path)
    if path is not None and is_suspect(path):
        _examine(connection)
        forget_suspicion(path)
    copy = migrate(connection, path)
    check_columns(connection)
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


def _log_bytes(path: Path | None) -> int:
    """Return the size of the log that another process has left, or is using."""
    try:
        return log_of(path).stat().st_size if path is not None else 0
    except FileNotFoundError:
        return 0


def _check_log(connection: sqlite3.Connection, path: Path) -> None:
    """Look whether SQLite has read the whole log.

    Raises:
        Damage: There are transactions behind a damaged place.
    """
    found = _unread(connection, path)
    if found is None:
        return
    # Another process may have written in between. Who gets the right to write knows that no
    # transaction is half-way; if it was a sound one, SQLite counts its frames now.
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("ROLLBACK")
    if _unread(connection, path) == found:
        raise Damage("its log is damaged in the middle")


def _unread(connection: sqlite3.Connection, path: Path) -> tuple[int, bytes] | None:
    page_bytes, page_count = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_size", "page_count")
    )
    _, count, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    if count < 0:  # another process is at it, so it reads the log itself
        return None
    found = unread_commit(log_of(path), page_bytes, page_count, count)
    return found if found[0] else None


def _examine(connection: sqlite3.Connection) -> None:
    words = _check(connection)
    # SQLite 3.44 and later looks into the search index too; that is no reason to give up the rest.
    if "FTS5" in words:
        rebuild_index(connection)
        words = _check(connection)
    if words != "ok":
        raise Damage(words)
    # Damage inside a text passes the check; if it hit a reference, a message belongs to nothing.
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise Damage("messages refer to what is not there")
    # The check does not compare the indices with their tables; they can always be made anew.
    try:
        connection.execute("REINDEX")
    except sqlite3.IntegrityError as error:
        raise Damage(str(error)) from error


def _check(connection: sqlite3.Connection) -> str:
    return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True)
        folder.chmod(0o700)  # an odd umask may have taken even the owner's rights away
    except FileExistsError:
        if not folder.is_dir():
            raise StorageError(f"{folder} is not a folder.", "Move it away.") from None


def _refuse_foreign(path: Path) -> None:
    """Look whether the file is a database of ours, before anything of it is changed.

    Raises:
        StorageError: It is a folder, a device, or a database of another program.
        OSError: It cannot be looked at.
    """
    kind = path_kind(path)
    if kind is PathKind.MISSING and path.is_symlink():
        what = f"{path} is a link to a file that is missing."
        raise StorageError(what, "Remove the link, or bring the file back.")
    if kind not in (PathKind.FILE, PathKind.MISSING):
        raise StorageError(f"{path} is {kind.value}, not a file.", "Move it away.")
    if kind is PathKind.MISSING or not path.stat().st_size:
        return
    # Opened for writing, SQLite would take a log that lies beside it into the file.
    is_used = bool(_log_bytes(path)) or path.with_name(f"{path.name}-shm").exists()
    uri = f"{path.absolute().as_uri()}?{'mode=ro' if is_used else 'immutable=1'}"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=_PAUSE_S)) as connection:
            check_version(connection, path)
    except sqlite3.Error:
        # Damage, or a lock: whoever opens it in earnest deals with both.
        return


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
