from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tui_chat.storage.database.sqlite_errors import storage_error


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (sqlite3.SQLITE_FULL, "The disk is full"),
        # On a full disk, when the database is opened.
        (sqlite3.SQLITE_IOERR_SHMSIZE, "The disk is full"),
        (sqlite3.SQLITE_IOERR_READ, "The disk failed to read or write"),
        (sqlite3.SQLITE_BUSY, "Another program keeps"),
    ],
)
def test_a_failure_names_its_cause(code: int, words: str) -> None:
    error = sqlite3.OperationalError("what SQLite says")
    error.sqlite_errorcode = code
    assert storage_error(error, Path("/data/conversations.db")).message.startswith(words)
