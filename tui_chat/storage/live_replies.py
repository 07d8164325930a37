"""Replies that are being written, by this program or another one, and those nobody writes any more.

Also the look that tells whether another program changed a conversation: made every second, so it
reads an index and a row or two, never the messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.storage.row_mapping import (
    SELECT_CONVERSATION,
    SELECT_MESSAGE,
    Unreadable,
    conversation_from,
    message_from,
    readable,
)
from tui_chat.storage.writer_lock import is_alive

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

    from tui_chat.core.conversation import Conversation, Message

# Counted from an index that holds nothing else.
_COUNT: Final = """
SELECT count(*), coalesce(max(seq), 0) FROM messages
WHERE conversation_id = ? AND deleted_at IS NULL
"""
_RUNNING: Final = """
WHERE status = 'streaming' AND conversation_id = ? AND writer IS NOT ? AND deleted_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class DatabaseSnapshot:
    """How a conversation stands in the store."""

    conversation: Conversation
    message_count: int
    """All versions counted, deleted messages not."""
    newest: int
    """The number of the message that came last; it only grows."""
    running: tuple[Message, ...]
    """The replies that other programs are writing, as far as they are saved."""

    def shows_same_messages(self, earlier: DatabaseSnapshot) -> bool:
        """Say whether nothing but the text of running replies can have changed since."""
        return (
            self.conversation.stored == earlier.conversation.stored
            and (self.message_count, self.newest) == (earlier.message_count, earlier.newest)
            and [reply.id for reply in self.running] == [reply.id for reply in earlier.running]
        )


def glance(
    connection: sqlite3.Connection, conversation_id: str, own_writer: str | None
) -> DatabaseSnapshot | None:
    """Return how a conversation stands; None if there is none of that id."""
    row = connection.execute(SELECT_CONVERSATION + "WHERE id = ?", (conversation_id,)).fetchone()
    if row is None:
        return None
    count, newest = connection.execute(_COUNT, (conversation_id,)).fetchone()
    running = connection.execute(SELECT_MESSAGE + _RUNNING, (conversation_id, own_writer))
    replies = readable(running.fetchall(), message_from, Unreadable())
    return DatabaseSnapshot(conversation_from(row), count, newest, tuple(replies))


def orphans(connection: sqlite3.Connection, folder: Path) -> list[tuple[str, str | None]]:
    """Return the running replies whose writer died, each with that writer.

    Args:
        connection: The database.
        folder: Of the lock files that living writers hold.
    """
    rows = connection.execute(
        "SELECT id, writer FROM messages WHERE status = 'streaming'"
    ).fetchall()
    alive = {writer: is_alive(folder, writer) for writer in {w for _, w in rows if w}}
    return [(row_id, writer) for row_id, writer in rows if not alive.get(writer)]


def interrupt(
    connection: sqlite3.Connection, found: Sequence[tuple[str, str | None]]
) -> list[Message]:
    """Mark orphans as interrupted, and return those that still were. Inside a transaction."""
    changed: list[Message] = []
    for row_id, writer in found:
        # Since it was looked at, its writer may have finished it.
        is_marked = connection.execute(
            """
            UPDATE messages SET status = 'interrupted', writer = NULL
            WHERE id = ? AND status = 'streaming' AND writer IS ?
            """,
            (row_id, writer),
        ).rowcount
        if is_marked:
            rows = connection.execute(SELECT_MESSAGE + "WHERE id = ?", (row_id,)).fetchall()
            changed += readable(rows, message_from, Unreadable())
    return changed
