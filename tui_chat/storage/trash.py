"""The trash: deleted items are marked and kept until they are purged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.storage.database.transactions import DatabaseConnection
from tui_chat.storage.purge import Purged, is_due, purge
from tui_chat.storage.row_mapping import convert_rows, time_text, title_and_moment
from tui_chat.storage.search.fts_index import patterns_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import datetime

    from tui_chat.core.conversation import Conversation, Message
    from tui_chat.storage.row_mapping import Row

# Items that were deleted together have the same time, and are restored together.
_TRASH: Final = """
SELECT c.id AS id, c.title AS title, NULL AS beginning, c.deleted_at AS deleted_at,
       (SELECT count(*) FROM messages AS n WHERE n.conversation_id = c.id)
FROM conversations AS c WHERE c.deleted_at IS NOT NULL
UNION ALL
SELECT c.id, c.title, m.content, d.deleted_at, d.count
FROM (SELECT conversation_id, deleted_at, min(seq) AS first, count(*) AS count
      FROM messages WHERE deleted_at IS NOT NULL GROUP BY conversation_id, deleted_at) AS d
JOIN conversations AS c ON c.id = d.conversation_id AND c.deleted_at IS NULL
JOIN messages AS m ON m.seq = d.first
"""
# A word is in the title, or in one of the messages that are restored with the entry.
_HAS_WORD: Final = """
(t.title LIKE ?1 ESCAPE '\\' OR EXISTS (
  SELECT 1 FROM messages AS n
  WHERE n.conversation_id = t.id AND (t.beginning IS NULL OR n.deleted_at = t.deleted_at)
    AND n.content LIKE ?1 ESCAPE '\\'))
"""


@dataclass(frozen=True, slots=True)
class TrashEntry:
    """A deleted conversation, or messages of one that were deleted together."""

    conversation_id: str
    title: str
    beginning: str | None
    """The text of the first message; None for a whole conversation."""
    deleted_at: datetime
    message_count: int


class Trash(DatabaseConnection):
    """The part of the store that deletes, restores and purges."""

    def mark_deleted(
        self, conversation: Conversation, messages: Sequence[Message], at: datetime | None
    ) -> None:
        """Move messages to the trash or restore them, and save the conversation.

        Args:
            conversation: The conversation, with its new leaf.
            messages: The messages, which are restored together.
            at: The time of the deletion; None to restore them.

        Raises:
            StorageError: Nothing is written.
        """
        moment = None if at is None else time_text(at)

        def work(connection: sqlite3.Connection) -> None:
            self._merger.write(connection, conversation)
            connection.executemany(
                "UPDATE messages SET deleted_at = ? WHERE id = ?",
                [(moment, message.id) for message in messages],
            )

        self._write(work)
        self._merger.mark_saved(conversation)

    def delete_conversation(self, conversation_id: str, at: datetime | None) -> None:
        """Move a conversation to the trash, or restore it (None).

        Raises:
            StorageError: Nothing is written.
        """
        moment = None if at is None else time_text(at)

        def work(connection: sqlite3.Connection) -> None:
            # Not before it was changed last: a clock that is behind would have it purged at once.
            connection.execute(
                """
                UPDATE conversations SET deleted_at =
                  CASE WHEN typeof(updated_at) = 'text' THEN max(?1, updated_at) ELSE ?1 END
                WHERE id = ?2
                """,
                (moment, conversation_id),
            )

        self._write(work)

    def restore_messages(self, conversation_id: str, deleted_at: datetime) -> None:
        """Restore messages that were deleted together.

        Raises:
            StorageError: Nothing is written.
        """

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE messages SET deleted_at = NULL "
                "WHERE conversation_id = ? AND deleted_at = ?",
                (conversation_id, time_text(deleted_at)),
            )

        self._write(work)

    def purge(self, before: datetime) -> Purged:
        """Permanently remove what was deleted before a time.

        Raises:
            StorageError: Nothing is removed.
        """
        moment = time_text(before)
        if not self._attempt(lambda: is_due(self._connection, moment)):
            return Purged()
        return self._write(lambda connection: purge(connection, moment))

    def trash(self, limit: int = 200, words: Sequence[str] = ()) -> list[TrashEntry]:
        """Return deleted items, newest first.

        Args:
            limit: The maximum number of entries.
            words: Words that must all be in the title or in the deleted messages.
        """
        sql = _TRASH
        values: list[str | int] = []
        for word in words:
            tests = []
            for pattern in patterns_of(word):
                values.append(pattern)
                tests.append(_HAS_WORD.replace("?1", f"?{len(values)}"))
            sql = f"SELECT * FROM ({sql}) AS t WHERE {' OR '.join(tests)}"  # noqa: S608
        values.append(limit)
        rows = self._rows(f"{sql} ORDER BY deleted_at DESC LIMIT ?{len(values)}", *values)
        return convert_rows(rows, _entry_from, self.unreadable)


def _entry_from(row: Row) -> TrashEntry:
    title, deleted_at, _ = title_and_moment((row[0], row[1], row[3]))
    beginning = row[2] if row[2] is None or isinstance(row[2], str) else ""
    return TrashEntry(row[0], title, beginning, deleted_at, row[4])
