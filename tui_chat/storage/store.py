"""Conversations on disk, or in memory: the synchronous store.

How durable a write is: the log is flushed to the disk for everything a person did or waits for
(a question, a finished reply, a rename), so it survives a power cut; checkpoints of a growing reply
and drafts are only handed to the system, they survive kill -9 and cost no flush.
"""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Self

from tui_chat.core.conversation import MessageStatus
from tui_chat.storage.draft_store import DraftStore
from tui_chat.storage.drafts import Draft, put_draft
from tui_chat.storage.journal_recovery import JournalRecovery
from tui_chat.storage.live_replies import DatabaseSnapshot, glance, interrupt, orphans
from tui_chat.storage.merge import revive, with_present_parents
from tui_chat.storage.migrations import back_up
from tui_chat.storage.open_database import BUSY_TIMEOUT_S, open_database
from tui_chat.storage.row_mapping import (
    IS_CHAT,
    IS_USED_HERE,
    SELECT_CONVERSATION,
    SELECT_MESSAGE,
    UPSERT_MESSAGE,
    ConversationSummary,
    conversation_from,
    message_from,
    message_row,
    readable,
    summary_from,
)
from tui_chat.storage.search.fts_index import matches
from tui_chat.storage.search.ranked_results import SearchQueries
from tui_chat.storage.sqlite_errors import storage_error
from tui_chat.storage.trash import Trash
from tui_chat.storage.writer_lock import sweep, writers_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tui_chat.core.conversation import Conversation, Message
    from tui_chat.storage.damage import Progress

# Conversations in which nothing was ever written are no conversations yet.
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
    """All saved conversations. Used from one thread only, the one that made it.

    Attributes:
        path: The database; None when it is in memory.
        notices: What the person should know, such as a damaged file that was set aside.
        unreadable: The rows that were left out because of their values.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        progress: Progress | None = None,
    ) -> None:
        """Open the database; make it, with its folder, if there is none.

        Args:
            path: The file; None for a store in memory, which ends with the program.
            busy_timeout_s: How long to wait for others who write.
            progress: Called with words, on this thread, while a damaged file is read.

        Raises:
            StorageError: It cannot be used; the words say why and what to do.
        """
        database = open_database(path, busy_timeout_s, progress)
        super().__init__(database.connection, path, busy_timeout_s)
        self.notices = database.notices
        self._has_index = database.has_index

    @classmethod
    def in_memory(cls) -> Self:
        """Return a store that never touches the disk, for temporary conversations."""
        return cls(None)

    def add_turn(
        self, conversation: Conversation, question: Message | None, reply: Message
    ) -> None:
        """Write a conversation, a question and the row of its reply; all or nothing.

        Returns when it is on the disk. Safe to repeat. The question ends this window's draft in
        the same transaction, unless that was typed after it. What another program deleted
        meanwhile, the conversation or messages of the path, is brought back.

        Args:
            conversation: With the reply as its leaf; of it only what was changed here is written.
            question: None when it is there already and only gets another answer.
            reply: Still streaming, or whatever it has become.

        Raises:
            StorageError: Nothing of it is written.
        """
        messages = [reply] if question is None else [question, reply]
        sent = question.id if question else ""
        self._add(conversation, messages, sent=sent, is_used=conversation.deleted_at is None)

    def add_messages(
        self, conversation: Conversation, messages: Sequence[Message], *, sent: str = ""
    ) -> None:
        """Write a conversation and any of its messages, new or known; all or nothing.

        For what could not be saved earlier, a fork, an import.

        Args:
            conversation: Of it only what was changed here is written.
            messages: In the order they were made.
            sent: Id of the message among them that was this window's draft until it was sent.

        Raises:
            StorageError: Nothing of it is written.
        """
        self._add(conversation, messages, sent=sent, is_used=bool(sent))

    def save_reply(self, reply: Message) -> None:
        """Write a reply's text and status over the row made when its turn began.

        Called while streaming and once at the end, so it is cheap and safe to repeat.

        Raises:
            StorageError: It is not written; the reply stays in memory.
        """
        row = message_row(reply, self._writer_for([reply]))

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(UPSERT_MESSAGE, row)

        self._write(work, is_flushed=reply.status is not MessageStatus.STREAMING)

    def save_conversation(self, conversation: Conversation) -> None:
        """Write what was changed here of a conversation beside its messages and drafts.

        Raises:
            StorageError: It is not written.
        """

        def work(connection: sqlite3.Connection) -> None:
            self._shared.write(connection, conversation)

        self._write(work)
        self._shared.note(conversation)

    def conversation(self, conversation_id: str) -> Conversation | None:
        """Return a conversation, deleted or not; None if there is none of that id."""
        rows = self._rows(SELECT_CONVERSATION + "WHERE id = ?", conversation_id)
        found = readable(rows, conversation_from, self.unreadable)
        return found[0] if found else None

    def latest_conversation(self) -> Conversation | None:
        """Return the conversation that was used last; None if there is none yet.

        Single questions from scripts and imports that were never gone on with do not count.
        """
        sql = f"{SELECT_CONVERSATION}AS c{_CHATS} AND {IS_USED_HERE}{_NEWEST_FIRST}"
        skipped = 0
        while rows := self._rows(sql, 1, skipped):
            if found := readable(rows, conversation_from, self.unreadable):
                return found[0]
            skipped += 1
        return None

    def messages(self, conversation_id: str, *, with_deleted: bool = False) -> list[Message]:
        """Return all messages of a conversation, every version, in the order they were made.

        Args:
            conversation_id: Whose messages.
            with_deleted: Whether deleted ones are among them.
        """
        kept = "" if with_deleted else "AND deleted_at IS NULL "
        sql = SELECT_MESSAGE + "WHERE conversation_id = ? " + kept + "ORDER BY seq"
        return readable(self._rows(sql, conversation_id), message_from, self.unreadable)

    def summaries(
        self, limit: int = 50, offset: int = 0, query: str = ""
    ) -> list[ConversationSummary]:
        """Return what a list of conversations shows, the one used last first.

        Args:
            limit: How many at most.
            offset: How many to leave out at the beginning.
            query: Words that must all be in the title, or all in one message. Never syntax.
        """
        found = matches(query, has_index=self._has_index)
        if found is None:
            rows = self._rows(_SUMMARIES_SQL, limit, offset)
            return readable(rows, summary_from, self.unreadable)
        sql = f"{_SUMMARIES}{_LISTED} AND c.id IN ({found.sql}){_NEWEST_FIRST}"
        rows = self._rows(sql, *found.values, limit, offset)
        return readable(rows, summary_from, self.unreadable)

    def prompt_history(self, limit: int = 100) -> list[str]:
        """Return the questions that were asked last, newest first, each once."""

        def read() -> list[str]:
            asked: dict[str, None] = {}
            with closing(self._connection.execute(_ASKED)) as rows:
                # Row by row: with a limit on distinct texts SQLite would read every question.
                while len(asked) < limit and (row := rows.fetchone()):
                    asked[row[0]] = None
            return list(asked)

        return self._attempt(read)

    def interrupt_orphans(self) -> list[Message]:
        """Mark replies as interrupted whose writer died, and return them as they are now.

        A reply that another running tui-chat is writing is left alone. When the writer died is not
        known, so `finished_at` stays empty.

        Raises:
            StorageError: They could not be marked.
        """
        if self.path is None:
            return []
        folder = writers_folder(self.path)
        found = self._attempt(lambda: orphans(self._connection, folder))
        sweep(folder)
        return self._write(lambda connection: interrupt(connection, found)) if found else []

    def version_of_data(self) -> int:
        """Return a number that changes when another connection has written. Costs next to nothing.

        Of writes of this store it tells nothing.
        """
        return int(self._rows("PRAGMA data_version")[0][0])

    def glance(self, own: Conversation) -> DatabaseSnapshot | None:
        """Return how a conversation stands, cheaply; None if it is not saved, or no more.

        Replies whose writer has died are marked as interrupted first.

        Args:
            own: This program's copy; what is changed in it and not written yet stays in what is
                returned.
        """
        found = self._glance_at(own)
        if found is not None and found.running and self.interrupt_orphans():
            found = self._glance_at(own)
        return found

    def back_up(self, target: Path) -> None:
        """Write a consistent copy of everything into one file, while others go on writing.

        Raises:
            StorageError: There is no whole copy.
        """
        try:
            back_up(self._connection, target)
        except (sqlite3.Error, OSError) as error:
            raise storage_error(error, target) from error

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; closing twice is harmless."""
        try:
            self._connection.close()
        except sqlite3.Error as error:
            raise self._told(error) from error
        finally:
            if self._writer is not None:
                self._writer.close()

    def _glance_at(self, own: Conversation) -> DatabaseSnapshot | None:
        writer = self._writer.id if self._writer is not None else None
        found = self._attempt(lambda: glance(self._connection, own.id, writer))
        if found is None:
            return None
        return replace(found, conversation=self._shared.taken_in(own, found.conversation))

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
            self._shared.write(connection, conversation)
            if is_used:
                revive(connection, conversation.id, messages[0].parent_id)
            if sent:
                put_draft(connection, conversation.id, Draft(owner, sent, ""))
            rooted = with_present_parents(connection, messages)
            connection.executemany(UPSERT_MESSAGE, [message_row(m, writer) for m in rooted])

        self._write(work)
        self._shared.note(conversation)

    def _writer_for(self, messages: Sequence[Message]) -> str | None:
        """Return this store's identity as a writer, if any of the messages is streaming."""
        if all(message.status is not MessageStatus.STREAMING for message in messages):
            return None
        return self.own_id()


_SUMMARIES_SQL: Final = _SUMMARIES + _CHATS + _NEWEST_FIRST
