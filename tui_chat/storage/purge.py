"""Permanently removes what was deleted long ago.

What follows a purged message moves up to the nearest message before it that is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import _, join_list, ngettext
from tui_chat.storage.attachments import remove_unused

if TYPE_CHECKING:
    import sqlite3

_IS_DUE: Final = """
SELECT EXISTS (SELECT 1 FROM conversations WHERE deleted_at < :before)
    OR EXISTS (SELECT 1 FROM messages WHERE deleted_at < :before)
"""
_DELETE_CONVERSATIONS: Final = "DELETE FROM conversations WHERE deleted_at < ?"
_TOUCHED: Final = "SELECT DISTINCT conversation_id FROM messages WHERE deleted_at < ?"
_MARKED: Final = """
CREATE TEMP TABLE purged AS
SELECT id, parent_id FROM messages
WHERE conversation_id = :conversation AND deleted_at < :before AND status <> 'streaming'
"""
_MOVE_UP: Final = """
UPDATE messages SET parent_id = (
  WITH RECURSIVE above (id, depth) AS (
    SELECT messages.parent_id, 0
    UNION ALL
    SELECT p.parent_id, depth + 1 FROM above JOIN temp.purged AS p ON p.id = above.id
    WHERE depth < (SELECT count(*) FROM temp.purged)
  )
  SELECT id FROM above ORDER BY depth DESC LIMIT 1
)
WHERE conversation_id = ? AND parent_id IN (SELECT id FROM temp.purged)
  AND id NOT IN (SELECT id FROM temp.purged)
"""
# The shown path ends at its last remaining message.
_MOVE_LEAF: Final = """
UPDATE conversations SET leaf_id = (
  WITH RECURSIVE above (id, depth) AS (
    SELECT leaf_id, 0
    UNION ALL
    SELECT p.parent_id, depth + 1 FROM above JOIN temp.purged AS p ON p.id = above.id
    WHERE depth < (SELECT count(*) FROM temp.purged)
  )
  SELECT id FROM above ORDER BY depth DESC LIMIT 1
)
WHERE id = ? AND leaf_id IN (SELECT id FROM temp.purged)
"""


@dataclass(frozen=True, slots=True)
class Purged:
    """The numbers of removed conversations, and of messages removed from other ones."""

    conversations: int = 0
    messages: int = 0

    def describe(self, days: int) -> str:
        """Return a sentence for the user; empty if nothing was removed."""
        parts = []
        if self.conversations:
            count = self.conversations
            parts.append(ngettext("{count} conversation", "{count} conversations", count))
        if self.messages:
            parts.append(ngettext("{count} message", "{count} messages", self.messages))
        if not parts:
            return ""
        return _("Trash emptied of items older than {period}: {items}.").format(
            period=ngettext("{count} day", "{count} days", days), items=join_list(parts)
        )


def is_due(connection: sqlite3.Connection, before: str) -> bool:
    """Return whether anything was deleted before a time, without taking the write lock."""
    return bool(connection.execute(_IS_DUE, {"before": before}).fetchone()[0])


def purge(connection: sqlite3.Connection, before: str) -> Purged:
    """Remove what was deleted before a time, inside a transaction.

    Args:
        connection: The database, with foreign keys enabled.
        before: The time in its stored form.
    """
    conversations = connection.execute(_DELETE_CONVERSATIONS, (before,)).rowcount
    messages = 0
    for (conversation_id,) in connection.execute(_TOUCHED, (before,)).fetchall():
        messages += _purge_messages(connection, conversation_id, before)
    remove_unused(connection)
    return Purged(conversations, messages)


def _purge_messages(connection: sqlite3.Connection, conversation_id: str, before: str) -> int:
    connection.execute("DROP TABLE IF EXISTS temp.purged")
    connection.execute(_MARKED, {"conversation": conversation_id, "before": before})
    connection.execute(_MOVE_UP, (conversation_id,))
    connection.execute(_MOVE_LEAF, (conversation_id,))
    count = connection.execute(
        "DELETE FROM messages WHERE id IN (SELECT id FROM temp.purged)"
    ).rowcount
    connection.execute("DROP TABLE temp.purged")
    return count
