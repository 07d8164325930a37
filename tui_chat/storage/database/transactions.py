"""Runs transactions and queries: retries on locks, repairs the search index, translates errors."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final, TypeVar

from tui_chat.storage.database.damage import database_error
from tui_chat.storage.database.open_database import retry_while_locked
from tui_chat.storage.database.sqlite_errors import (
    accept_bad_text,
    gone,
    is_bad_text,
    is_index_damage,
    is_locked,
)
from tui_chat.storage.merge import ConversationMerger
from tui_chat.storage.row_mapping import SkippedRows
from tui_chat.storage.search.fts_index import rebuild_index

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui_chat.core.errors import StorageError
    from tui_chat.storage.row_mapping import Row

T = TypeVar("T")

# The timeout after one that expired: a streaming reply is saved repeatedly, and each wait would
# delay all other calls.
_SHORT_TIMEOUT_S: Final = 0.05


class DatabaseConnection:
    """An open database.

    Attributes:
        path: The file; None for a database in memory.
        unreadable: The rows that were skipped because of invalid values.
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path | None, busy_timeout_s: float
    ) -> None:
        self.path = path
        self._connection = connection
        self._busy_timeout_s = busy_timeout_s
        self._timeout_s = busy_timeout_s
        self.unreadable = SkippedRows()
        self._merger = ConversationMerger()
        self._files = [] if path is None else [path, path.with_name(f"{path.name}-wal")]
        self._identities = [_identity(file) for file in self._files]

    def _rows(self, sql: str, *values: str | int) -> list[Row]:
        def read() -> list[Row]:
            return self._connection.execute(sql, values).fetchall()

        return self._attempt(read)

    def _write(self, work: Callable[[sqlite3.Connection], T], *, is_flushed: bool = True) -> T:
        """Run work in one immediate transaction.

        Args:
            work: Called again after a failure that can be retried.
            is_flushed: Flush to disk, so that it survives a power cut.
        """
        connection = self._connection
        level = "FULL" if is_flushed else "NORMAL"

        def write() -> T:
            self._check_file_identity()
            connection.execute(f"PRAGMA synchronous = {level}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return result

        result = self._attempt(write)
        self._wait_up_to(self._busy_timeout_s)
        return result

    def _attempt(self, action: Callable[[], T]) -> T:
        """Run an action on the database; retry it if possible, and translate its errors."""
        try:
            try:
                return retry_while_locked(action, self._timeout_s)
            except sqlite3.DatabaseError as error:
                if is_bad_text(error):
                    # One invalid byte must not hide a whole conversation.
                    accept_bad_text(self._connection)
                    return action()
                if not is_index_damage(error):
                    raise
            # Only the search index is damaged; rebuild it from the messages.
            rebuild_index(self._connection)
            return action()
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def _check_file_identity(self) -> None:
        # Writes to a removed file succeed, and are lost when it is closed.
        for file, identity in zip(self._files, self._identities, strict=True):
            if identity is not None and _identity(file) != identity:
                raise gone(self._files[0])

    def _wait_up_to(self, timeout_s: float) -> None:
        if timeout_s != self._timeout_s:
            self._timeout_s = timeout_s
            self._connection.execute(f"PRAGMA busy_timeout = {timeout_s * 1000:.0f}")

    def _translated(self, error: sqlite3.Error) -> StorageError:
        if is_locked(error):
            self._wait_up_to(min(self._busy_timeout_s, _SHORT_TIMEOUT_S))
        return database_error(error, self.path)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
