"""Replies whose writer died before they ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.storage.rows import SELECT_MESSAGE, message_from

if TYPE_CHECKING:
    import sqlite3

    from tui_chat.core.conversation import Message


def interrupt(connection: sqlite3.Connection, row_id: str, writer: str | None) -> list[Message]:
    """Mark a reply as interrupted and return it; nothing when its writer has finished it since."""
    changed = connection.execute(
        """
        UPDATE messages SET status = 'interrupted', writer = NULL
        WHERE id = ? AND status = 'streaming' AND writer IS ?
        """,
        (row_id, writer),
    ).rowcount
    rows = connection.execute(SELECT_MESSAGE + "WHERE id = ?", (row_id,))
    return [message_from(row) for row in rows] if changed else []
