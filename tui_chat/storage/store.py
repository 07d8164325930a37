"""Conversations on disk, or in memory: the synchronous store.

How durable a write is: the log is flushed to the disk for everything a person did or waits for
(a question, a finished reply, a rename), so it survives a power cut; checkpoints of a growing reply
and drafts are only handed to the system, they survive kill -9 and cost no flush.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final, Self, TypeVar

from tui_chat.core.conversation import Conversation, Message, MessageStatus, now
from tui_chat.core.errors import StorageError
from tui_chat.core.visible import mended
from tui_chat.storage.database import (
    BUSY_TIMEOUT_S,
    mark_suspect,
    open_database,
    patiently,
    writers_folder,
)
from tui_chat.storage.failures import is_damage, is_index_damage, storage_error
from tui_chat.storage.hits import Searching
from tui_chat.storage.rows import (
    INSERT_CONVERSATION,
    SELECT_CONVERSATION,
    SELECT_MESSAGE,
    UPDATE_DRAFT,
    UPSERT_CONVERSATION,
    UPSERT_MESSAGE,
    ConversationSummary,
    Row,
    conversation_from,
    conversation_row,
    message_from,
    message_row,
    summary_from,
    time_text,
)
from tui_chat.storage.schema import back_up
from tui_chat.storage.search import matches, rebuild_index
from tui_chat.storage.trash import Trash
from tui_chat.storage.writers import Writer, is_alive, sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

T = TypeVar("T")

_IN_MEMORY: Final = "memory"

# Conversations in which nothing was ever written are no conversations yet.
_LISTED: Final = """
WHERE c.deleted_at IS NULL AND (c.leaf_id IS NOT NULL OR c.draft <> '' OR c.title <> '')
"""
_NOT_ONE_SHOT: Final = " AND coalesce(json_extract(c.settings, '$.one_shot'), 0) = 0"
_NEWEST_FIRST: Final = " ORDER BY c.updated_at DESC, c.seq DESC LIMIT ? OFFSET ?"
_SUMMARIES: Final = """
SELECT c.id, c.title, c.updated_at,
       (SELECT count(*) FROM messages AS n
        WHERE n.conversation_id = c.id AND n.deleted_at IS NULL),
       coalesce(c.model, (SELECT l.model FROM messages AS l WHERE l.id = c.leaf_id))
FROM conversations AS c
"""
_ASKED: Final = """
SELECT content FROM messages WHERE role = 'user' AND deleted_at IS NULL
ORDER BY created_at DESC, seq DESC
"""


class Store(Trash, Searching):
    """All saved conversations. Used from one thread only, the one that made it.

    Attributes:
        path: The database; None when it is in memory.
        notices: What the person should know, such as a damaged file that was set aside.
    """

    def __init__(self, path: Path | None, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        """Open the database; make it, with its folder, if there is none.

        Args:
            path: The file; None for a store in memory, which ends with the program.
            busy_timeout_s: How long to wait for others who write.

        Raises:
            StorageError: It cannot be used; the words say why and what to do.
        """
        database = open_database(path, busy_timeout_s)
        self.path = path
        self.notices = database.notices
        self._connection = database.connection
        self._has_index = database.has_index
        self._busy_timeout_s = busy_timeout_s
        self._writer: Writer | None = None

    @classmethod
    def in_memory(cls) -> Self:
        """Return a store that never touches the disk, for temporary conversations."""
        return cls(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def add_turn(
        self, conversation: Conversation, question: Message | None, reply: Message
    ) -> None:
        """Write a conversation, a question and the row of its reply; all or nothing.

        Returns when it is on the disk. Safe to repeat. A saved draft that became the question is
        cleared with it; any other draft stays, whatever the conversation given says of it.

        Args:
            conversation: With the reply as its leaf.
            question: None when it is there already and only gets another answer.
            reply: Still streaming, or whatever it has become.

        Raises:
            StorageError: Nothing of it is written.
        """
        messages = [reply] if question is None else [question, reply]
        self._add(conversation, messages, sent=question.content if question else "")

    def add_messages(self, conversation: Conversation, messages: Sequence[Message]) -> None:
        """Write a conversation and any of its messages, new or known; all or nothing.

        For what could not be saved earlier, a fork, an import.

        Raises:
            StorageError: Nothing of it is written.
        """
        self._add(conversation, messages, sent="")

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
        """Write all that is known of a conversation beside its messages, its draft too.

        Raises:
            StorageError: It is not written.
        """

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(UPSERT_CONVERSATION, conversation_row(conversation))
            connection.execute(UPDATE_DRAFT, (mended(conversation.draft), conversation.id))

        self._write(work)

    def save_draft(self, conversation_id: str, draft: str) -> None:
        """Write what stands in the prompt of a conversation and is not sent yet.

        The conversation need not be saved: a draft alone makes its row. Writing a draft counts as
        using the conversation, clearing one does not.

        Raises:
            StorageError: It is not written.
        """
        moment = now()
        blank = conversation_row(Conversation(conversation_id, moment, moment))

        def work(connection: sqlite3.Connection) -> None:
            if draft:
                connection.execute(INSERT_CONVERSATION, blank)
                connection.execute(
                    "UPDATE conversations SET updated_at = max(updated_at, ?) WHERE id = ?",
                    (time_text(moment), conversation_id),
                )
            connection.execute(UPDATE_DRAFT, (mended(draft), conversation_id))

        self._write(work, is_flushed=False)

    def conversation(self, conversation_id: str) -> Conversation | None:
        """Return a conversation, deleted or not; None if there is none of that id."""
        rows = self._rows(SELECT_CONVERSATION + "WHERE id = ?", conversation_id)
        return conversation_from(rows[0]) if rows else None

    def latest_conversation(self) -> Conversation | None:
        """Return the conversation that was used last; None if there is none yet.

        One that was a single question from a script is not what a person goes on with.
        """
        rows = self._rows(
            SELECT_CONVERSATION + "AS c" + _LISTED + _NOT_ONE_SHOT + _NEWEST_FIRST, 1, 0
        )
        return conversation_from(rows[0]) if rows else None

    def messages(self, conversation_id: str, *, with_deleted: bool = False) -> list[Message]:
        """Return all messages of a conversation, every version, in the order they were made.

        Args:
            conversation_id: Whose messages.
            with_deleted: Whether deleted ones are among them.
        """
        kept = "" if with_deleted else "AND deleted_at IS NULL "
        sql = SELECT_MESSAGE + "WHERE conversation_id = ? " + kept + "ORDER BY seq"
        return list(map(message_from, self._rows(sql, conversation_id)))

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
            return list(map(summary_from, self._rows(_SUMMARIES_SQL, limit, offset)))
        sql = f"{_SUMMARIES}{_LISTED} AND c.id IN ({found.sql}){_NEWEST_FIRST}"
        return list(map(summary_from, self._rows(sql, *found.values, limit, offset)))

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
        rows = self._rows("SELECT id, writer FROM messages WHERE status = 'streaming'")
        alive = {writer: is_alive(folder, writer) for writer in {w for _, w in rows if w}}
        orphans = [(row_id, writer) for row_id, writer in rows if not alive.get(writer)]
        sweep(folder)

        def work(connection: sqlite3.Connection) -> list[Message]:
            return [message for orphan in orphans for message in _interrupted(connection, *orphan)]

        return self._write(work) if orphans else []

    def back_up(self, target: Path) -> None:
        """Write a consistent copy of everything into one file, while others go on writing.

        Raises:
            StorageError: There is no whole copy.
        """
        try:
            back_up(self._connection, target)
        except (sqlite3.Error, OSError) as error:
            raise storage_error(error, target) from error

    def close(self) -> None:
        """Let go of the database; closing twice is harmless."""
        try:
            self._connection.close()
        except sqlite3.Error as error:
            raise self._told(error) from error
        finally:
            if self._writer is not None:
                self._writer.close()

    def _add(self, conversation: Conversation, messages: Sequence[Message], *, sent: str) -> None:
        self._check_still_there()
        writer = self._writer_for(messages)

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(UPSERT_CONVERSATION, conversation_row(conversation))
            if sent:
                _clear_sent_draft(connection, conversation.id, sent)
            connection.executemany(UPSERT_MESSAGE, [message_row(m, writer) for m in messages])

        self._write(work)

    def _writer_for(self, messages: Sequence[Message]) -> str | None:
        """Return this store's identity as a writer, if any of the messages is streaming."""
        if all(message.status is not MessageStatus.STREAMING for message in messages):
            return None
        if self.path is None:
            return _IN_MEMORY
        if self._writer is None:
            try:
                self._writer = Writer(writers_folder(self.path))
            except OSError as error:
                raise storage_error(error, self.path) from error
        return self._writer.id

    def _check_still_there(self) -> None:
        # Writing goes on without any error into a file that was removed, and is lost at the end.
        if self.path is not None and not self.path.exists():
            raise StorageError(
                f"{self.path} was removed while tui-chat was running.",
                "Put it back, or start tui-chat again to begin a fresh one.",
            )

    def _rows(self, sql: str, *values: str | int) -> list[Row]:
        def read() -> list[Row]:
            return self._connection.execute(sql, values).fetchall()

        return self._attempt(read)

    def _write(self, work: Callable[[sqlite3.Connection], T], *, is_flushed: bool = True) -> T:
        """Do all of a piece of work or nothing, with the right to write from its beginning on.

        Args:
            work: May be called again after it failed.
            is_flushed: Whether it must survive a power cut, and not only the end of this process.
        """
        connection = self._connection
        level = "FULL" if is_flushed else "NORMAL"

        def write() -> T:
            connection.execute(f"PRAGMA synchronous = {level}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return result

        return self._attempt(write)

    def _attempt(self, action: Callable[[], T]) -> T:
        """Do something with the database; what SQLite says against it is told in words."""
        try:
            try:
                return patiently(action, self._busy_timeout_s)
            except sqlite3.DatabaseError as error:
                if not is_index_damage(error):
                    raise
            # Only the search index is damaged, and it can be made anew from the messages.
            rebuild_index(self._connection)
            return action()
        except sqlite3.Error as error:
            raise self._told(error) from error

    def _told(self, error: sqlite3.Error) -> StorageError:
        if self.path is not None and is_damage(error):
            mark_suspect(self.path)
        return storage_error(error, self.path)


_SUMMARIES_SQL: Final = _SUMMARIES + _LISTED + _NEWEST_FIRST


def _clear_sent_draft(connection: sqlite3.Connection, conversation_id: str, sent: str) -> None:
    """Clear the saved draft if it is the question, or the beginning of it as it was typed."""
    row = connection.execute(
        "SELECT draft FROM conversations WHERE id = ?", (conversation_id,)
    ).fetchone()
    if row[0] and mended(sent).strip().startswith(row[0].strip()):
        connection.execute(UPDATE_DRAFT, ("", conversation_id))


def _interrupted(connection: sqlite3.Connection, row_id: str, writer: str | None) -> list[Message]:
    # Since it was looked at, its writer may have finished it.
    changed = connection.execute(
        """
        UPDATE messages SET status = 'interrupted', writer = NULL
        WHERE id = ? AND status = 'streaming' AND writer IS ?
        """,
        (row_id, writer),
    ).rowcount
    rows = connection.execute(SELECT_MESSAGE + "WHERE id = ?", (row_id,))
    return [message_from(row) for row in rows] if changed else []
