"""Transactions on the gateway's database; SQLite's implementation.

The statements of the store run on both databases. They use `?` for values, and lock what they are
about to change through `lock_code`, so that concurrent requests of one code wait for each other.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from tui_chat.config.paths import make_private_folder
from tui_chat.gateway.store.schema import OWN_TABLES, migrations
from tui_chat.storage.database.migrations import check_version, migrate
from tui_chat.storage.database.sqlite_errors import storage_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

Row = tuple[Any, ...]

_BUSY_TIMEOUT_S: Final = 2.0
"""A request waits this long for a locked database before it is refused."""
_TYPES: Final = {"id": "INTEGER PRIMARY KEY", "bytes": "BLOB"}


class UniqueViolation(Exception):
    """A row with the same unique value exists."""


class Transaction(Protocol):
    """An open transaction."""

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Run a statement and return its rows.

        Raises:
            UniqueViolation: A unique value exists already.
        """

    def lock_code(self, code_id: int) -> None:
        """Wait for other transactions that change this code's counters, and exclude new ones."""

    def now(self) -> float:
        """Return the time in seconds since the epoch, by one clock for all nodes."""

    def announce_codes(self) -> None:
        """Tell all nodes, on commit, that the codes have changed."""


class Transactions(Protocol):
    """Opens transactions. Safe to use from several threads."""

    connections: int
    """Number of transactions that can run at the same time."""

    def begin(self) -> AbstractContextManager[Transaction]:
        """Return a transaction that commits at the end, or rolls back after an exception.

        Raises:
            StorageError: The database cannot be used now.
        """

    def read(self) -> AbstractContextManager[Transaction]:
        """Return a transaction that only reads, and never waits for a writer.

        Raises:
            StorageError: The database cannot be used now.
        """

    def close(self) -> None:
        """Close all connections."""


class SqliteTransactions:
    """Transactions on a file. Several processes may open it; all see a change at once."""

    connections = 1

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file, or create it, readable by its owner only.

        Raises:
            ConfigError: Its folder cannot be created.
            StorageError: The file is unusable.
        """
        make_private_folder(path.parent)
        steps = migrations(**_TYPES)
        try:
            with suppress(FileExistsError):
                # Created before SQLite does it, because its WAL files copy the mode.
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            if path.stat().st_mode & 0o077:
                path.chmod(0o600)
            connection = sqlite3.connect(
                path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
        except (sqlite3.Error, OSError) as error:
            raise storage_error(error, path) from error
        try:
            check_version(connection, path, len(steps), tables=OWN_TABLES)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            migrate(connection, path, steps, tables=OWN_TABLES)
        except sqlite3.Error as error:
            connection.close()
            raise storage_error(error, path) from error
        except BaseException:
            connection.close()
            raise
        return cls(connection, path)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """Return a transaction; the file is locked for other writers at once."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self
                except BaseException:
                    self._connection.rollback()
                    raise
                self._connection.commit()
            except sqlite3.Error as error:
                if self._connection.in_transaction:
                    self._connection.rollback()
                raise storage_error(error, self._path) from error

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Return a transaction that only reads."""
        with self._lock:
            try:
                yield self
            except sqlite3.Error as error:
                raise storage_error(error, self._path) from error

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Run a statement."""
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode in _UNIQUE:
                raise UniqueViolation from error
            raise

    def lock_code(self, code_id: int) -> None:
        """Do nothing: the transaction excludes all other writers."""

    def now(self) -> float:
        """Return this machine's time, the only one that uses the file."""
        return time.time()

    def announce_codes(self) -> None:
        """Do nothing: other processes read the codes regularly."""


_UNIQUE: Final = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
