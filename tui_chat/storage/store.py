"""The synchronous store: conversations in a database file or in memory.

Durability: user actions and finished replies are flushed to disk and survive a power cut.
Checkpoints of a streaming reply and drafts are written without a flush; they survive kill -9.
"""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import MessageStatus
from tui_chat.storage.attachments import (
    content_of,
)
from tui_chat.storage.database.migrations import back_up
from tui_chat.storage.database.open_database import BUSY_TIMEOUT_S, open_database
from tui_chat.storage.database.sqlite_errors import storage_error
from tui_chat.storage.draft_store import DraftStore
from tui_chat.storage.drafts import Draft, put_draft
from tui_chat.storage.journal.journal_recovery import JournalRecovery
from tui_chat.storage.live_replies import DatabaseSnapshot, interrupt, orphans, snapshot
from tui_chat.storage.merge import undelete, without_missing_parents
from tui_chat.storage.message_parts import parts_of, write_messages
from tui_chat.storage.message_rows import messages_from
from tui_chat.storage.row_mapping import (
    IS_CHAT,
    IS_USED_HERE,
    SELECT_CONVERSATION,
    SELECT_MESSAGE,
    ConversationSummary,
    conversation_from,
    convert_rows,
    summary_from,
)
from tui_chat.storage.search.fts_index import ids_matching
from tui_chat.storage.search.ranked_results import SearchQueries
from tui_chat.storage.trash import Trash
from tui_chat.storage.writer_lock import sweep, writers_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tui_chat.core.attachments import Attachment, AttachmentContent
    from tui_chat.core.conversation import Conversation, Message
    from tui_chat.storage.database.damage import Progress

# Conversations without title, draft and messages are not listed.
_LISTED: Final = """
WHERE c.deleted_at IS NULL AND (c.leaf_id IS NOT NULL OR c.draft <> '' OR c.title <> '')
"""
_CHATS: Final = f"{_LISTED} AND {IS_CHAT}"
_NEWEST_FIRST: Final = " ORDER BY c.updated_at DESC, c.seq DESC LIMIT ? OFFSET ?"
_SUMMARIES: Final = """
SELECT c.id, c.title, c.updated_at,
       (SELECT count(*) FROM messages AS n
        WHERE n.conversation_id = c.id AND n.deleted_at IS NULL),
       coalesce(c.model, (SELECT l.model FROM messages AS l WHERE l.id = c.leaf_id))
FROM conversations AS c
"""
_ASKED: Final = """
SELECT content FROM messages WHERE role = 'user' AND deleted_at IS NULL AND typeof(content) = 'text'
ORDER BY created_at DESC, seq DESC
"""


class Store(DraftStore, JournalRecovery, Trash, SearchQueries, AbstractContextManager["Store"]):
    """All saved conversations. Use it only on the thread that created it.

    Creates the database, with its folder, if it is missing.

    Args:
        path: The file; None for a database in memory.
        busy_timeout_s: The time to wait for other writers.
        progress: Called on this thread with a status text while a damaged file is recovered.

    Attributes:
        path: The file; None for a database in memory.
        notices: Messages for the user, such as about a damaged file that was set aside.
        unreadable: The rows that were skipped because of invalid values.

    Raises:
        StorageError: The database cannot be used.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        progress: Progress | None = None,
    ) -> None:
        database = open_database(path, busy_timeout_s, progress)
        super().__init__(database.connection, path, busy_timeout_s)
        self.notices = database.notices
        self._has_index = database.has_index

    def add_turn(
        self, conversation: Conversation, question: Message | None, reply: Message
    ) -> None:
        """Write a conversation, a question and its reply in one transaction, and flush.

        Idempotent. The question ends this window's draft in the same transaction, unless the draft
        is newer. Undeletes the conversation and the path if another process deleted them.

        Args:
            conversation: The conversation with the reply as its leaf; only changes are written.
            question: None if it is saved already and gets another reply.
            reply: The reply, streaming or finished.

        Raises:
            StorageError: Nothing is written.
        """
        messages = [reply] if question is None else [question, reply]
        sent = question.id if question else ""
        self._add(conversation, messages, sent=sent, is_used=conversation.deleted_at is None)

    def add_messages(
        self, conversation: Conversation, messages: Sequence[Message], *, sent: str = ""
    ) -> None:
        """Write a conversation and some of its messages in one transaction.

        Used for unsaved messages, forks and imports.

        Args:
            conversation: Only changes are written.
            messages: New or known messages, in the order of creation.
            sent: The ID of the question that ends this window's draft.

        Raises:
            StorageError: Nothing is written.
        """
        self._add(conversation, messages, sent=sent, is_used=bool(sent))

    def save_reply(self, reply: Message) -> None:
        """Update the row of a reply. Cheap and idempotent: called while streaming and at the end.

        Raises:
            StorageError: The reply is not written.
        """
        writer = self._writer_for([reply])

        def work(connection: sqlite3.Connection) -> None:
            write_messages(connection, [reply], writer)

        self._write(work, is_flushed=reply.status is not MessageStatus.STREAMING)

    def save_conversation(self, conversation: Conversation) -> None:
        """Write the changed fields of a conversation, without messages and draft.

        Raises:
            StorageError: They are not written.
        """

        def work(connection: sqlite3.Connection) -> None:
            self._merger.write(connection, conversation)

        self._write(work)
        self._merger.mark_saved(conversation)

    def conversation(self, conversation_id: str) -> Conversation | None:
        """Return a conversation, deleted or not; None if the ID is unknown."""
        rows = self._rows(SELECT_CONVERSATION + "WHERE id = ?", conversation_id)
        found = convert_rows(rows, conversation_from, self.unreadable)
        return found[0] if found else None

    def latest_conversation(self) -> Conversation | None:
        """Return the most recently used conversation; None if there is none.

        Excludes single questions of scripts, and imports that were not continued.
        """
        sql = f"{SELECT_CONVERSATION}AS c{_CHATS} AND {IS_USED_HERE}{_NEWEST_FIRST}"
        skipped = 0
        while rows := self._rows(sql, 1, skipped):
            if found := convert_rows(rows, conversation_from, self.unreadable):
                return found[0]
            skipped += 1
        return None

    def messages(self, conversation_id: str, *, with_deleted: bool = False) -> list[Message]:
        """Return all messages of a conversation, all versions, in the order of creation."""
        kept = "" if with_deleted else "AND deleted_at IS NULL "
        sql = SELECT_MESSAGE + "WHERE conversation_id = ? " + kept + "ORDER BY seq"
        messages = messages_from(self._rows(sql, conversation_id), self.unreadable)
        parts = self._attempt(lambda: parts_of(self._connection, conversation_id, self.unreadable))
        return parts.added_to(messages)

    def attachment_content(self, attachment: Attachment) -> AttachmentContent | None:
        """Return the bytes and the text of a stored attachment; None if they are lost."""
        return self._attempt(lambda: content_of(self._connection, attachment))

    def summaries(
        self, limit: int = 50, offset: int = 0, query: str = ""
    ) -> list[ConversationSummary]:
        """Return conversations for a list, most recently used first.

        Args:
            limit: The maximum number.
            offset: The number to skip.
            query: Words that must all be in the title, or all in one message; no syntax.
        """
        found = ids_matching(query, has_index=self._has_index)
        if found is None:
            rows = self._rows(_SUMMARIES_SQL, limit, offset)
            return convert_rows(rows, summary_from, self.unreadable)
        sql = f"{_SUMMARIES}{_LISTED} AND c.id IN ({found.sql}){_NEWEST_FIRST}"
        rows = self._rows(sql, *found.values, limit, offset)
        return convert_rows(rows, summary_from, self.unreadable)

    def prompt_history(self, limit: int = 100) -> list[str]:
        """Return the latest distinct questions, newest first."""

        def read() -> list[str]:
            asked: dict[str, None] = {}
            with closing(self._connection.execute(_ASKED)) as rows:
                # Row by row: SELECT DISTINCT ... LIMIT would read every question.
                while len(asked) < limit and (row := rows.fetchone()):
                    asked[row[0]] = None
            return list(asked)

        return self._attempt(read)

    def interrupt_orphans(self) -> list[Message]:
        """Mark replies of dead writers as interrupted, and return them.

        Replies of living processes are left alone. `finished_at` stays empty, as the time is not
        known.

        Raises:
            StorageError: They cannot be marked.
        """
        if self.path is None:
            return []
        folder = writers_folder(self.path)
        found = self._attempt(lambda: orphans(self._connection, folder))
        sweep(folder)
        return self._write(lambda connection: interrupt(connection, found)) if found else []

    def data_version(self) -> int:
        """Return a number that changes when another connection, not this one, writes. Cheap."""
        return int(self._rows("PRAGMA data_version")[0][0])

    def snapshot(self, own: Conversation) -> DatabaseSnapshot | None:
        """Return a cheap snapshot of a conversation; None if it is not saved.

        Marks replies of dead writers as interrupted first.

        Args:
            own: This process's copy; its unwritten changes are part of the snapshot.
        """
        found = self._snapshot_of(own)
        if found is not None and found.running and self.interrupt_orphans():
            found = self._snapshot_of(own)
        return found

    def back_up(self, target: Path) -> None:
        """Write a consistent copy of the database, even while others write.

        Raises:
            StorageError: There is no complete copy.
        """
        try:
            back_up(self._connection, target)
        except (sqlite3.Error, OSError) as error:
            raise storage_error(error, target) from error

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database. Idempotent."""
        try:
            self._connection.close()
        except sqlite3.Error as error:
            raise self._translated(error) from error
        finally:
            if self._writer is not None:
                self._writer.close()

    def _snapshot_of(self, own: Conversation) -> DatabaseSnapshot | None:
        writer = self._writer.id if self._writer is not None else None
        found = self._attempt(lambda: snapshot(self._connection, own.id, writer))
        if found is None:
            return None
        return replace(found, conversation=self._merger.merged(own, found.conversation))

    def _add(
        self,
        conversation: Conversation,
        messages: Sequence[Message],
        *,
        sent: str = "",
        is_used: bool = False,
    ) -> None:
        writer = self._writer_for(messages)
        owner = self.own_id() if sent else ""

        def work(connection: sqlite3.Connection) -> None:
            self._merger.write(connection, conversation)
            if is_used:
                undelete(connection, conversation.id, messages[0].parent_id)
            if sent:
                put_draft(connection, conversation.id, Draft(owner, sent, ""))
            rooted = without_missing_parents(connection, messages)
            write_messages(connection, rooted, writer)

        self._write(work)
        self._merger.mark_saved(conversation)

    def _writer_for(self, messages: Sequence[Message]) -> str | None:
        """Return the ID of this store as a writer if any of the messages is streaming."""
        if all(message.status is not MessageStatus.STREAMING for message in messages):
            return None
        return self.own_id()


_SUMMARIES_SQL: Final = _SUMMARIES + _CHATS + _NEWEST_FIRST
