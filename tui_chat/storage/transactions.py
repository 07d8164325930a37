"""How work is done with an open database: whole or not at all, patiently, failures in words."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final, TypeVar

from tui_chat.storage.damage import database_error
from tui_chat.storage.merge import ConversationMerger
from tui_chat.storage.open_database import patiently
from tui_chat.storage.row_mapping import Unreadable
from tui_chat.storage.search.fts_index import rebuild_index
from tui_chat.storage.sqlite_errors import (
    accept_bad_text,
    gone,
    is_bad_text,
    is_index_damage,
    is_locked,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui_chat.core.errors import StorageError
    from tui_chat.storage.row_mapping import Row

T = TypeVar("T")

# After waiting in vain once. A growing reply is saved again and again: each time would hold up all
# that is asked of the store.
_NO_PATIENCE_S: Final = 0.05


class DatabaseConnection:
    """A database that is open.

    Attributes:
        path: The file; None when it is in memory.
        unreadable: The rows that were left out because of their values.
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path | None, busy_timeout_s: float
    ) -> None:
        self.path = path
        self._connection = connection
        self._busy_timeout_s = busy_timeout_s
        self._patience_s = busy_timeout_s
        self.unreadable = Unreadable()
        self._shared = ConversationMerger()
        self._files = [] if path is None else [path, path.with_name(f"{path.name}-wal")]
        self._identities = [_identity(file) for file in self._files]

    def _rows(self, sql: str, *values: str | int) -> list[Row]:
        def read() -> list[Row]:
            return self._connection.execute(sql, values).fetchall()

        return self._attempt(read)

    def _write(self, work: Callable[[sqlite3.Connection], T], *, is_flushed: bool = True) -> T:
        """Do all of a piece of work or nothing, with the right to write from its beginning on.

        Args:
            work: May be called again after it failed.
            is_flushed: Whether it must survive a power cut, and not only the end of this process.
        """
        connection = self._connection
        level = "FULL" if is_flushed else "NORMAL"

        def write() -> T:
            self._check_still_there()
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
        """Do something with the database; what SQLite says against it is told in words."""
        try:
            try:
                return patiently(action, self._patience_s)
            except sqlite3.DatabaseError as error:
                if is_bad_text(error):
                    # One letter that is none must not hide a whole conversation.
                    accept_bad_text(self._connection)
                    return action()
                if not is_index_damage(error):
                    raise
            # Only the search index is damaged, and it can be made anew from the messages.
            rebuild_index(self._connection)
            return action()
        except sqlite3.Error as error:
            raise self._told(error) from error

    def _check_still_there(self) -> None:
        # Writing goes on without any error into a file that was removed, and is lost at the end.
        for file, identity in zip(self._files, self._identities, strict=True):
            if identity is not None and _identity(file) != identity:
                raise gone(self._files[0])

    def _wait_up_to(self, patience_s: float) -> None:
        if patience_s != self._patience_s:
            self._patience_s = patience_s
            self._connection.execute(f"PRAGMA busy_timeout = {patience_s * 1000:.0f}")

    def _told(self, error: sqlite3.Error) -> StorageError:
        if is_locked(error):
            self._wait_up_to(min(self._busy_timeout_s, _NO_PATIENCE_S))
        return database_error(error, self.path)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
