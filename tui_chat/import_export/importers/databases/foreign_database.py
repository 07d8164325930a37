"""Reads the tables of a foreign SQLite database, which may be crafted or damaged."""

from __future__ import annotations

import re
import sqlite3
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _
from tui_chat.import_export.importers.skipped import Skipped
from tui_chat.import_export.importers.untrusted_values import key
from tui_chat.storage.database.sqlite_errors import storage_error
from tui_chat.storage.read_only import allow_interruption, connect_reading, raise_if_interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tui_chat.import_export.importers.skipped import Tally

Row: TypeAlias = "dict[str, Any]"

# Only real tables: a view could be an endless query, a virtual table could run code.
_TABLE: Final = re.compile(r"\s*create\s+table\b", re.IGNORECASE)
_MAX_VALUE_BYTES: Final = 100_000_000


class Tables:
    """The tables of an open, read-only database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE_BYTES)
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        allow_interruption(connection)
        self._connection = connection
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        self._columns = {
            str(name): self._columns_of(str(name))
            for name, sql in found.fetchall()
            if isinstance(sql, str) and _TABLE.match(sql)
        }

    def has(self, table: str, *columns: str) -> bool:
        """Return whether there is a table with these columns."""
        return set(columns) <= self._columns.get(table, set())

    def rows(self, table: str, columns: str, order: str) -> Iterator[Row]:
        """Yield the rows of a table; missing columns are None, a missing table has no rows.

        Args:
            table: The name of the table.
            columns: The names of columns, separated by spaces.
            order: The columns to sort by; missing ones are ignored.
        """
        existing = self._columns.get(table, set())
        selected = [name for name in columns.split() if name in existing]
        if not selected:
            return
        column_list = ", ".join(f'"{name}"' for name in selected)
        sql = f'SELECT {column_list} FROM "{table}"'  # noqa: S608
        by = ", ".join(f'"{name}"' for name in order.split() if name in existing)
        empty = dict.fromkeys(columns.split())
        for row in self._connection.execute(f"{sql} ORDER BY {by}" if by else sql):
            yield empty | dict(zip(selected, row, strict=True))

    def chats(
        self, columns: str, message_columns: str, order: str, tally: Tally
    ) -> Iterator[tuple[Row, list[Row]]]:
        """Yield each row of the table `chat` with its rows of the table `message`.

        Args:
            columns: The columns of `chat`, separated by spaces; `id` is one of them.
            message_columns: The columns of `message`; `chat_id` is one of them.
            order: The columns that sort the messages of a chat.
            tally: Counts empty chats and messages without a chat.
        """
        chats = {key(row["id"]): row for row in self.rows("chat", columns, "id") if key(row["id"])}
        messages = self.rows("message", message_columns, f"chat_id {order}")
        for chat_id, rows in groupby(messages, lambda row: key(row["chat_id"])):
            chat = chats.pop(chat_id, None)
            if chat is None:
                tally.skip(Skipped.ORPHAN, len(list(rows)))
            else:
                yield chat, list(rows)
        tally.skip(Skipped.EMPTY_CONVERSATION, len(chats))

    def count(self, table: str) -> int:
        """Return the number of rows of a table; 0 if it is missing."""
        if table not in self._columns:
            return 0
        sql = f'SELECT count(*) FROM "{table}"'  # noqa: S608
        return int(self._connection.execute(sql).fetchone()[0])

    @property
    def has_views(self) -> bool:
        """True if the database has views or generated columns, which run SQL of their own."""
        views = "SELECT count(*) FROM sqlite_master WHERE type = 'view'"
        if self._connection.execute(views).fetchone()[0]:
            return True
        generated = "SELECT count(*) FROM pragma_table_xinfo(?) WHERE hidden > 1"
        counts = (self._connection.execute(generated, (name,)) for name in self._columns)
        return any(count.fetchone()[0] for count in counts)

    def _columns_of(self, table: str) -> set[str]:
        rows = self._connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
        return {str(name) for (name,) in rows}


@contextmanager
def open_tables(path: Path) -> Iterator[Tables]:
    """Open the tables of a database.

    Raises:
        StorageError: The database cannot be read.
    """
    try:
        connection = connect_reading(path)
        try:
            yield Tables(connection)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise database_error(path, error) from error
    except OSError as error:
        raise storage_error(error, path) from error


def database_error(path: Path, error: sqlite3.Error) -> StorageError:
    """Return the error for a foreign database that SQLite cannot read.

    Raises:
        KeyboardInterrupt: Ctrl+C interrupted the query.
    """
    raise_if_interrupted(error)
    return StorageError(
        _("{path} cannot be read as a database: {error}.").format(path=path, error=error)
    )
