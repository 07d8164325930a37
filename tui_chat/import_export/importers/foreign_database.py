"""The tables of a database that another program wrote, or that anybody may have made up."""

from __future__ import annotations

import re
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from tui_chat.core.errors import StorageError
from tui_chat.storage.read_only import allow_interruption, connect_reading, raise_if_interrupted
from tui_chat.storage.sqlite_errors import storage_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Rows: TypeAlias = "Iterator[dict[str, Any]]"

# A view could be a question without end, a virtual table could be code.
_TABLE: Final = re.compile(r"\s*create\s+table\b", re.IGNORECASE)
_LONGEST: Final = 100_000_000
"""Of one value, in bytes."""


class Tables:
    """The tables of an open database, read only."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Look which tables there are."""
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
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
        """Say whether there is a table with these columns."""
        return set(columns) <= self._columns.get(table, set())

    def rows(self, table: str, columns: str, order: str) -> Rows:
        """Yield the rows of a table as objects; a column that is not there is None in all.

        Args:
            table: Its name; without it there are no rows.
            columns: The names of columns, between blanks.
            order: What orders them; columns that are not there do not.
        """
        there = self._columns.get(table, set())
        wanted = [name for name in columns.split() if name in there]
        if not wanted:
            return
        chosen = ", ".join(f'"{name}"' for name in wanted)
        sql = f'SELECT {chosen} FROM "{table}"'  # noqa: S608
        by = ", ".join(f'"{name}"' for name in order.split() if name in there)
        nothing = dict.fromkeys(columns.split())
        for row in self._connection.execute(f"{sql} ORDER BY {by}" if by else sql):
            yield nothing | dict(zip(wanted, row, strict=True))

    def count(self, table: str) -> int:
        """Return how many rows a table has; 0 without it."""
        if table not in self._columns:
            return 0
        sql = f'SELECT count(*) FROM "{table}"'  # noqa: S608
        return int(self._connection.execute(sql).fetchone()[0])

    @property
    def has_views(self) -> bool:
        """Whether the database holds views or generated columns: they compute what they return."""
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
def opened_tables(path: Path) -> Iterator[Tables]:
    """Open the tables of a database.

    Raises:
        StorageError: It cannot be read.
    """
    try:
        connection = connect_reading(path)
        try:
            yield Tables(connection)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise unreadable(path, error) from error
    except OSError as error:
        raise storage_error(error, path) from error


def unreadable(path: Path, error: sqlite3.Error) -> StorageError:
    """Return the failure of another program's database, which is not ours to mend.

    Raises:
        KeyboardInterrupt: Ctrl+C ended the reading.
    """
    raise_if_interrupted(error)
    return StorageError(f"{path} cannot be read as a database: {error}.")
