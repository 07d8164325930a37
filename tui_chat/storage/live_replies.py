"""Replies that some process is still writing, and orphans whose writer died.

Also takes the snapshot that shows whether another process changed a conversation. It is taken every
second, so it reads an index and a row or two, never the messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.storage.row_mapping import (
    SELECT_CONVERSATION,
    SELECT_MESSAGE,
    SkippedRows,
    conversation_from,
    convert_rows,
    message_from,
)
from tui_chat.storage.writer_lock import is_alive

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

    from tui_chat.core.conversation import Conversation, Message

# Answered from the index alone.
_COUNT: Final = """
SELECT count(*), coalesce(max(seq), 0) FROM messages
WHERE conversation_id = ? AND deleted_at IS NULL
"""
_RUNNING: Final = """
WHERE status = 'streaming' AND conversation_id = ? AND writer IS NOT ? AND deleted_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class DatabaseSnapshot:
    """The state of a conversation in the database."""

    conversation: Conversation
    message_count: int
    """All versions, without deleted messages."""
    newest: int
    """The row number of the newest message; it only grows."""
    running: tuple[Message, ...]
    """Replies that other processes are writing, as far as they are saved."""

    def shows_same_messages(self, earlier: DatabaseSnapshot) -> bool:
        """Return whether only the text of running replies can have changed since."""
        return (
            self.conversation.stored == earlier.conversation.stored
            and (self.message_count, self.newest) == (earlier.message_count, earlier.newest)
            and [reply.id for reply in self.running] == [reply.id for reply in earlier.running]
        )


def snapshot(
    connection: sqlite3.Connection, conversation_id: str, own_writer: str | None
) -> DatabaseSnapshot | None:
    """Return a snapshot of a conversation; None if the ID is unknown."""
    row = connection.execute(SELECT_CONVERSATION + "WHERE id = ?", (conversation_id,)).fetchone()
    if row is None:
        return None
    count, newest = connection.execute(_COUNT, (conversation_id,)).fetchone()
    running = connection.execute(SELECT_MESSAGE + _RUNNING, (conversation_id, own_writer))
    replies = convert_rows(running.fetchall(), message_from, SkippedRows())
    return DatabaseSnapshot(conversation_from(row), count, newest, tuple(replies))


def orphans(connection: sqlite3.Connection, folder: Path) -> list[tuple[str, str | None]]:
    """Return the IDs of running replies whose writer died, each with the writer's ID.

    Args:
        connection: The database.
        folder: The folder of the writers' lock files.
    """
    rows = connection.execute(
        "SELECT id, writer FROM messages WHERE status = 'streaming'"
    ).fetchall()
    alive = {writer: is_alive(folder, writer) for writer in {w for _, w in rows if w}}
    return [(row_id, writer) for row_id, writer in rows if not alive.get(writer)]


def interrupt(
    connection: sqlite3.Connection, found: Sequence[tuple[str, str | None]]
) -> list[Message]:
    """Mark orphans as interrupted, inside a transaction; return those that were still running."""
    changed: list[Message] = []
    for row_id, writer in found:
        # Its writer may have finished it in the meantime.
        is_marked = connection.execute(
            """
            UPDATE messages SET status = 'interrupted', writer = NULL
            WHERE id = ? AND status = 'streaming' AND writer IS ?
            """,
            (row_id, writer),
        ).rowcount
        if is_marked:
            rows = connection.execute(SELECT_MESSAGE + "WHERE id = ?", (row_id,)).fetchall()
            changed += convert_rows(rows, message_from, SkippedRows())
    return changed
