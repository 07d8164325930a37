"""Takes over what can still be read of a damaged database into the fresh one.

Damage mostly hits a few pages: a row is asked for by its number, and one that cannot be read is
left out. The damaged file is only read; it stays as it is.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import title_from
from tui_chat.core.errors import StorageError
from tui_chat.storage.row_mapping import (
    SELECT_CONVERSATION,
    SELECT_MESSAGE,
    conversation_from,
    message_from,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_GIVE_UP_AFTER: Final = 20_000
"""So many numbers without a row that can be read, one after the other, are the end."""

_NAMES: Final = "SELECT name FROM pragma_table_info(?)"
# A message whose predecessor is lost begins a branch of its own; what was shown last may be lost.
_MEND: Final = (
    """
    UPDATE messages SET parent_id = NULL
    WHERE parent_id IS NOT NULL AND parent_id NOT IN (SELECT id FROM messages)
    """,
    """
    UPDATE conversations SET leaf_id =
      (SELECT m.id FROM messages AS m WHERE m.conversation_id = conversations.id
       AND m.deleted_at IS NULL ORDER BY m.seq DESC LIMIT 1)
    WHERE leaf_id IS NOT NULL AND leaf_id NOT IN (SELECT id FROM messages)
    """,
)
# Messages can be readable where their conversation is not; its leaf is mended afterwards.
_ADOPT: Final = """
INSERT OR IGNORE INTO conversations (id, created_at, updated_at, title, leaf_id)
VALUES (?, ?, ?, ?, '')
"""


def salvage(damaged: Path, fresh: sqlite3.Connection) -> tuple[int, int]:
    """Copy what can be read, all or nothing.

    Args:
        damaged: The file that was set aside, of this version or an earlier one.
        fresh: The database that took its place, still empty.

    Returns:
        How many conversations and how many messages were taken over.
    """
    try:
        return _salvaged(damaged, fresh)
    except sqlite3.Error:
        if fresh.in_transaction:
            fresh.execute("ROLLBACK")
        return 0, 0


def _salvaged(damaged: Path, fresh: sqlite3.Connection) -> tuple[int, int]:
    uri = f"{damaged.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as old:
        # Text that is damaged itself must not end the reading of its table.
        old.text_factory = lambda data: data.decode("utf-8", "replace")
        fresh.execute("BEGIN IMMEDIATE")
        _copy(old, fresh, "conversations")
        for row in _rows(old, "messages"):
            title = title_from(str(row["content"]))
            began = row["created_at"]
            fresh.execute(_ADOPT, (row["conversation_id"], began, began, title))
            _insert(fresh, "messages", row)
        _drop_nonsense(fresh)
        for statement in _MEND:
            fresh.execute(statement)
        counts = tuple(
            int(fresh.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
            for table in ("conversations", "messages")
        )
        fresh.execute("COMMIT")
    return counts[0], counts[1]


def _drop_nonsense(fresh: sqlite3.Connection) -> None:
    """Take out rows with values that are none: one would make its conversation unreadable."""
    tables = (
        ("messages", SELECT_MESSAGE, message_from),
        ("conversations", SELECT_CONVERSATION, conversation_from),
    )
    for table, select, made_from in tables:
        for row in fresh.execute(select).fetchall():
            try:
                made_from(row)
            except StorageError:
                fresh.execute(f"DELETE FROM {table} WHERE id = ?", (row[0],))  # noqa: S608


def _copy(old: sqlite3.Connection, fresh: sqlite3.Connection, table: str) -> None:
    for row in _rows(old, table):
        _insert(fresh, table, row)


def _rows(old: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table that can be read."""
    names = [name for (name,) in old.execute(_NAMES, (table,))]
    last = 0
    with suppress(sqlite3.Error):
        last = old.execute(f"SELECT max(seq) FROM {table}").fetchone()[0] or 0  # noqa: S608
    sql = f"SELECT * FROM {table} WHERE seq = ?"  # noqa: S608 - one of our own two tables
    number, missing = 0, 0
    while missing < _GIVE_UP_AFTER and (not last or number < last):
        number += 1
        missing += 1
        with suppress(sqlite3.Error):
            row = old.execute(sql, (number,)).fetchone()
            if row is not None:
                missing = 0
                yield dict(zip(names, row, strict=True))


def _insert(fresh: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    known = {name for (name,) in fresh.execute(_NAMES, (table,))}
    kept = {name: value for name, value in row.items() if name in known}
    marks = ", ".join("?" * len(kept))
    # The names are columns of our own table; a row that was damaged into nonsense is left out.
    sql = f"INSERT OR IGNORE INTO {table} ({', '.join(kept)}) VALUES ({marks})"  # noqa: S608
    with suppress(sqlite3.IntegrityError):
        fresh.execute(sql, tuple(kept.values()))
