"""Texts beside the conversations in a backup: the user's configuration, prompts and memory."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

from tui_chat.storage.database.sqlite_errors import storage_error

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_CREATE: Final = "CREATE TABLE IF NOT EXISTS texts (path TEXT PRIMARY KEY, text TEXT NOT NULL)"
_HAS_TABLE: Final = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'texts'"


def put_texts(file: Path, texts: Mapping[str, str]) -> None:
    """Write texts by their relative path into a backup.

    Raises:
        StorageError: They cannot be written.
    """
    try:
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute(_CREATE)
            connection.execute("DELETE FROM texts")
            connection.executemany("INSERT INTO texts VALUES (?, ?)", texts.items())
    except sqlite3.Error as error:
        raise storage_error(error, file) from error


def get_texts(file: Path) -> dict[str, str]:
    """Return the texts of a backup by their relative path; empty for any other file."""
    try:
        with closing(
            sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            if connection.execute(_HAS_TABLE).fetchone() is None:
                return {}
            rows = connection.execute("SELECT path, text FROM texts").fetchall()
    except sqlite3.Error:
        # Not a database, or one of another program.
        return {}
    return {path: text for path, text in rows if isinstance(path, str) and isinstance(text, str)}
