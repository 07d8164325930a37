"""Opens the database: creates, checks, migrates it, and replaces a damaged file."""

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
from tui_chat.core.labels import _, join_sentences
from tui_chat.storage.database.damage import (
    clear_suspect,
    has_only_log,
    is_being_recovered,
    is_suspect,
    log_of,
    recover_set_aside,
    recovery_wait,
    set_aside,
)
from tui_chat.storage.database.migrations import check_columns, check_version, migrate
from tui_chat.storage.database.sqlite_errors import (
    Damage,
    is_damage,
    is_index_damage,
    is_locked,
    locked,
    recovering,
    storage_error,
)
from tui_chat.storage.database.sqlite_log import unread_commit
from tui_chat.storage.search.fts_index import has_index, prepare_index, rebuild_index
from tui_chat.storage.writer_lock import hold_lock, writers_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui_chat.storage.database.damage import Progress

T = TypeVar("T")

BUSY_TIMEOUT_S: Final = 5.0
_PAUSE_S: Final = 0.02
_TRANSACTION_MS: Final = 250
_WAL_LIMIT_BYTES: Final = 4_000_000


@dataclass(slots=True)
class Database:
    """An open database."""

    connection: sqlite3.Connection
    has_index: bool
    """True if the search index can be used."""
    notices: list[str] = field(default_factory=list)
    """Messages for the user, such as about a migration or a recovery."""


def open_database(
    path: Path | None,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
    progress: Progress | None = None,
) -> Database:
    """Open a database; create it if it is missing.

    A damaged file is set aside, never deleted, and its readable rows go into a new one.

    Args:
        path: The file; None for a database in memory.
        busy_timeout_s: The time to wait for other writers.
        progress: Called on this thread with a status text while a damaged file is recovered, here
            or by another process. An exception that it raises ends the attempt; the next one
            continues.

    Raises:
        StorageError: The database cannot be used.
    """
    try:
        if path is None:
            return _open(None, busy_timeout_s)
        _make_folder(path.parent)
        # One process at a time: a second one that finds damage would set aside the new file of
        # the first, and two that create the file would interfere.
        waits = recovery_wait(path, progress)
        with hold_lock(writers_folder(path) / "opening", busy_timeout_s, waits):
            return _open_or_replace(path, busy_timeout_s, progress)
    except TimeoutError as error:
        is_recovering = path is not None and is_being_recovered(path)
        raise (recovering(str(path)) if is_recovering else locked(str(path))) from error
    except (sqlite3.Error, OSError, ValueError) as error:
        raise storage_error(error, path) from error


def retry_while_locked(action: Callable[[], T], timeout_s: float) -> T:
    """Run an action, and retry it while the database is locked.

    SQLite waits by itself in most cases, but not on a possible deadlock, nor while another process
    changes the journal mode.

    Raises:
        sqlite3.Error: The action failed, or the database was still locked after the timeout.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            return action()
        except sqlite3.OperationalError as error:
            if not is_locked(error) or time.monotonic() >= deadline:
                raise
        time.sleep(_PAUSE_S)


def _open_or_replace(path: Path, busy_timeout_s: float, progress: Progress | None) -> Database:
    notices: list[str] = []
    if has_only_log(path):
        notices.append(set_aside(path, _("the file is empty, but its log is not")))
    try:
        database = _open(path, busy_timeout_s)
    except _SetAside as damage:
        notices.append(str(damage))
        database = _open(path, busy_timeout_s)
    try:
        notices += recover_set_aside(path, database.connection, progress)
    except BaseException:
        database.connection.close()
        raise
    database.has_index = has_index(database.connection)
    if notice := join_sentences(*notices):
        database.notices.append(notice)
    return database


def _open(path: Path | None, busy_timeout_s: float) -> Database:
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
            database = retry_while_locked(
                lambda: _prepare(connection, path, log_bytes), busy_timeout_s
            )
        except sqlite3.DatabaseError as error:
            if path is None or not is_damage(error):
                raise
            # Rename it while it is open, as closing would remove the log. Windows cannot do that.
            if sys.platform == "win32":  # pragma: no cover
                connection.close()
            raise _SetAside(set_aside(path, str(error))) from error
        undo.pop_all()
    return database


def _prepare(connection: sqlite3.Connection, path: Path | None, log_bytes: int) -> Database:
    # Version first: this SQLite may call the schema of a newer program malformed.
    check_version(connection, path)
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT_BYTES:d}")
    connection.execute("PRAGMA foreign_keys = ON")
    if path is not None and log_bytes:
        _check_log(connection, path)
    if path is not None and is_suspect(path):
        _check_database(connection)
        clear_suspect(path)
    copy = migrate(connection, path)
    check_columns(connection)
    try:
        has_index = prepare_index(connection)
    except sqlite3.DatabaseError as error:
        if not is_index_damage(error):
            raise
        rebuild_index(connection)
        has_index = True
    notices = []
    if copy:
        notice = _(
            "The database was migrated to this version of tui-chat. A backup is in {path}; remove "
            "it when you no longer need it."
        )
        notices.append(notice.format(path=copy))
    return Database(connection, has_index, notices)


class _SetAside(Exception):
    """The file was damaged and is renamed; the text is a notice for the user."""


def _log_bytes(path: Path | None) -> int:
    """Return the size of the log that another process left or is using."""
    try:
        return log_of(path).stat().st_size if path is not None else 0
    except FileNotFoundError:
        return 0


def _check_log(connection: sqlite3.Connection, path: Path) -> None:
    """Check that SQLite has read the whole log.

    Raises:
        Damage: There are transactions behind a damaged frame.
    """
    found = _unread(connection, path)
    if found is None:
        return
    # Another process may be writing. With the write lock held, no transaction is incomplete, and
    # SQLite counts the frames of a valid one. Processes that write without a pause may never leave
    # the lock to this one, but they can only go on in a log that they can read.
    try:
        _wait_for_writer(connection)
    except sqlite3.OperationalError as error:
        if not is_locked(error) or _unread(connection, path) == found:
            raise
    else:
        if _unread(connection, path) == found:
            raise Damage(_("the log is damaged in the middle"))


def _wait_for_writer(connection: sqlite3.Connection) -> None:
    """Wait for the end of a transaction of another process, but not for one after the other.

    Raises:
        sqlite3.OperationalError: The lock is held for longer; the caller tries again.
    """
    timeout_ms = int(connection.execute("PRAGMA busy_timeout").fetchone()[0])
    connection.execute(f"PRAGMA busy_timeout = {min(timeout_ms, _TRANSACTION_MS):d}")
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    finally:
        connection.execute(f"PRAGMA busy_timeout = {timeout_ms:d}")


def _unread(connection: sqlite3.Connection, path: Path) -> tuple[int, bytes] | None:
    page_bytes, page_count = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_size", "page_count")
    )
    _busy, count, _moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    if count < 0:  # another process is checkpointing, and checks the log itself
        return None
    found = unread_commit(log_of(path), page_bytes, page_count, count)
    return found if found[0] else None


def _check_database(connection: sqlite3.Connection) -> None:
    result = _quick_check(connection)
    # SQLite 3.44 and later also check the search index, which can be rebuilt.
    if "FTS5" in result:
        rebuild_index(connection)
        result = _quick_check(connection)
    if result != "ok":
        raise Damage(result)
    # The check does not see damage inside a value; a damaged ID leaves a dangling reference.
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise Damage(_("messages refer to missing rows"))
    # The check does not compare indices with their tables; they can always be rebuilt.
    try:
        connection.execute("REINDEX")
    except sqlite3.IntegrityError as error:
        raise Damage(str(error)) from error


def _quick_check(connection: sqlite3.Connection) -> str:
    return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True)
        folder.chmod(0o700)  # an unusual umask may remove even the owner's rights
    except FileExistsError:
        if not folder.is_dir():
            raise StorageError(
                _("{path} is not a folder.").format(path=folder), _("Move it away.")
            ) from None


def _refuse_foreign(path: Path) -> None:
    """Check that the file is a tui-chat database, before anything changes it.

    Raises:
        StorageError: It is a folder, a device, or a database of another program.
        OSError: It cannot be read.
    """
    kind = path_kind(path)
    if kind is PathKind.MISSING and path.is_symlink():
        raise StorageError(
            _("{path} is a link to a missing file.").format(path=path),
            _("Remove the link, or restore the file."),
        )
    if kind not in (PathKind.FILE, PathKind.MISSING):
        raise StorageError(
            _("{path} is {kind}, not a file.").format(path=path, kind=_(kind.value)),
            _("Move it away."),
        )
    if kind is PathKind.MISSING or not path.stat().st_size:
        return
    # Read-only: otherwise SQLite would write the content of a log into the file.
    is_used = bool(_log_bytes(path)) or path.with_name(f"{path.name}-shm").exists()
    uri = f"{path.absolute().as_uri()}?{'mode=ro' if is_used else 'immutable=1'}"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=_PAUSE_S)) as connection:
            check_version(connection, path)
    except sqlite3.Error:
        return  # damage or a lock: handled when it is opened for writing


def _make_private_file(path: Path) -> None:
    """Create the file with mode 0600, which SQLite copies to its log files.

    Never opens an existing file: closing it would drop the locks that SQLite holds on it for
    another store of this process.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        path.chmod(0o600)
    except FileExistsError:
        if path.is_file() and path.stat().st_mode & 0o077:
            path.chmod(0o600)
        # SQLite would open it and fail at the first write.
        if not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path)) from None
