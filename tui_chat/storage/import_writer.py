"""Writes imported conversations: each in one transaction, none twice.

Existing titles, drafts and deletions are kept. A conversation that was imported before gets its new
messages, and the rest of a reply that was incomplete; the shown path is extended unless the user
continued on another path.
"""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

from tui_chat.config.file_paths import PathKind, path_kind
from tui_chat.core.conversation import TOOLS, MessageStatus, Role, now, path_to
from tui_chat.core.text.sanitize import replace_surrogates
from tui_chat.storage.database.damage import database_error
from tui_chat.storage.database.open_database import open_database, retry_while_locked
from tui_chat.storage.message_parts import write_messages
from tui_chat.storage.read_only import connect_up_to_date
from tui_chat.storage.row_mapping import (
    INSERT_CONVERSATION,
    conversation_row,
    time_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tui_chat.core.conversation import Conversation, Message
    from tui_chat.core.transcript import Transcript

_MARK_IMPORTED: Final = "UPDATE conversations SET imported_at = ? WHERE id = ?"
_BUSY_TIMEOUT_S: Final = 10.0
_BATCH: Final = 500
"""IDs per query; SQLite before 3.32 allows 999 parameters."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The outcome for one conversation."""

    is_new: bool
    added: int
    """The number of new messages."""
    is_in_trash: bool = False
    """True if it is in the trash and was left alone."""
    is_refused: bool = False
    """True if a message ID belongs to another conversation and nothing was written."""
    longer: int = 0
    """The number of incomplete replies that were completed."""


@dataclass(frozen=True, slots=True)
class _StoredMessage:
    conversation_id: str
    length: int
    """Of the content, in characters."""
    status: str
    writer: str | None
    """The ID of the process that is writing it."""


class ImportWriter(AbstractContextManager["ImportWriter"]):
    """Imports conversations into a database that others may have open too."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path | None, *, is_read_only: bool = False
    ) -> None:
        self._connection = connection
        self._is_read_only = is_read_only
        self._path = path
        self.notices: list[str] = []

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the database; create it, with its folder, if it is missing.

        Raises:
            StorageError: The database cannot be used.
        """
        database = open_database(path)
        writer = cls(database.connection, path)
        writer.notices = database.notices
        return writer

    @classmethod
    def open_preview(cls, path: Path) -> Self:
        """Open the database, which may be missing, for `preview`; change nothing.

        Raises:
            StorageError: The database cannot be read.
        """
        try:
            exists = path_kind(path) is not PathKind.MISSING
            connection = connect_up_to_date(path) if exists else open_database(None).connection
            return cls(connection, path, is_read_only=True)
        except (sqlite3.Error, OSError) as error:
            raise database_error(error, path) from error

    def write(self, transcript: Transcript) -> ImportResult:
        """Write one conversation in one transaction.

        Raises:
            StorageError: Nothing is written.
        """

        def work() -> ImportResult:
            # `close` flushes once for all: after a power cut the import can be repeated.
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                result = self._write(transcript)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            return result

        try:
            return retry_while_locked(work, _BUSY_TIMEOUT_S)
        except sqlite3.Error as error:
            raise database_error(error, self._path) from error

    def preview(self, transcript: Transcript) -> ImportResult:
        """Return the result that `write` would have.

        Raises:
            StorageError: The database cannot be read.
        """
        try:
            return self._outcome(transcript)[0]
        except sqlite3.Error as error:
            raise database_error(error, self._path) from error

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Flush everything to disk and close the database. Idempotent."""
        try:
            if not self._is_read_only:
                self._connection.execute("PRAGMA synchronous = FULL")
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            self._connection.close()
        except sqlite3.ProgrammingError:
            pass  # closed already
        except sqlite3.Error as error:
            self._connection.close()
            raise database_error(error, self._path) from error

    def _write(self, transcript: Transcript) -> ImportResult:
        result, changed = self._outcome(transcript)
        execute = self._connection.execute
        if result.is_new:
            execute(INSERT_CONVERSATION, conversation_row(_without_tools(transcript.conversation)))
        write_messages(self._connection, changed)
        if changed and not result.is_new:
            self._extend_path(transcript)
        if changed or result.is_new:
            # Also for a known conversation: it now contains imported text.
            execute(_MARK_IMPORTED, (time_text(now()), transcript.conversation.id))
        return result

    def _outcome(self, transcript: Transcript) -> tuple[ImportResult, list[Message]]:
        """Return the result for a conversation, and its new or longer messages."""
        conversation = transcript.conversation
        row = self._connection.execute(
            "SELECT deleted_at FROM conversations WHERE id = ?", (conversation.id,)
        ).fetchone()
        stored = self._stored([message.id for message in transcript.messages])
        if any(it.conversation_id != conversation.id for it in stored.values()):
            return ImportResult(is_new=False, added=0, is_refused=True), []
        if row is not None and row[0] is not None:
            return ImportResult(is_new=False, added=0, is_in_trash=True), []
        new = [message for message in transcript.messages if message.id not in stored]
        longer = [
            message
            for message in transcript.messages
            if message.id in stored and self._completes(message, stored[message.id])
        ]
        result = ImportResult(is_new=row is None, added=len(new), longer=len(longer))
        return result, [*new, *longer]

    def _completes(self, message: Message, stored: _StoredMessage) -> bool:
        """Return whether a message is a reply of which only the beginning is stored."""
        is_ended = message.status is MessageStatus.COMPLETE != stored.status
        if (
            message.role is not Role.ASSISTANT
            or stored.writer is not None
            or not (len(message.content) > stored.length or is_ended)
        ):
            return False
        (content,) = self._connection.execute(
            "SELECT content FROM messages WHERE id = ?", (message.id,)
        ).fetchone()
        if not isinstance(content, str):
            return False
        # SQLite's length() stops at a NUL.
        text = replace_surrogates(message.content)
        return text.startswith(content) and (len(text) > len(content) or is_ended)

    def _stored(self, ids: Sequence[str]) -> dict[str, _StoredMessage]:
        stored: dict[str, _StoredMessage] = {}
        for start in range(0, len(ids), _BATCH):
            batch = ids[start : start + _BATCH]
            marks = ",".join("?" * len(batch))
            columns = "id, conversation_id, length(content), status, writer"
            sql = f"SELECT {columns} FROM messages WHERE id IN ({marks})"  # noqa: S608
            for row in self._connection.execute(sql, batch):
                stored[row[0]] = _StoredMessage(*row[1:])
        return stored

    def _extend_path(self, transcript: Transcript) -> None:
        """Extend the shown path by new messages, if its leaf is on the imported path."""
        conversation = transcript.conversation
        path = [message.id for message in path_to(conversation.leaf_id, transcript.messages)]
        (leaf,) = self._connection.execute(
            "SELECT leaf_id FROM conversations WHERE id = ?", (conversation.id,)
        ).fetchone()
        moment = conversation_row(conversation)[9]
        if path and (leaf is None or leaf in path):
            self._connection.execute(
                """
                UPDATE conversations SET leaf_id = ?, updated_at = max(updated_at, ?) WHERE id = ?
                """,
                (path[-1], moment, conversation.id),
            )


def _without_tools(conversation: Conversation) -> Conversation:
    """Return a conversation that uses no tools: a file chooses and approves none."""
    settings = {name: it for name, it in conversation.settings.items() if name != TOOLS}
    return replace(conversation, settings=settings)
