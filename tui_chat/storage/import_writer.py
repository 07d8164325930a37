"""Takes conversations in that come from elsewhere: each whole or not at all, none twice.

What is there already stays as it is: its title, its draft, its deleted marks. A conversation that
has gone on elsewhere since it was taken in gets what is new, and the rest of an answer that is here
only in part; the shown path goes on with it if the person has not gone another way here.
"""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from tui_chat.config.file_paths import PathKind, path_kind
from tui_chat.core.conversation import MessageStatus, Role, now, path_to
from tui_chat.core.text.sanitize import replace_surrogates
from tui_chat.storage.damage import database_error
from tui_chat.storage.open_database import open_database, patiently
from tui_chat.storage.read_only import connect_up_to_date
from tui_chat.storage.row_mapping import (
    INSERT_CONVERSATION,
    UPSERT_MESSAGE,
    conversation_row,
    message_row,
    time_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tui_chat.core.conversation import Message
    from tui_chat.core.transcript import Transcript

_MARK: Final = "UPDATE conversations SET imported_at = ? WHERE id = ?"
_PATIENCE_S: Final = 10.0
_AT_ONCE: Final = 500
"""How many ids stand in one question; SQLite before 3.32 takes 999."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of one conversation."""

    is_new: bool
    added: int
    """How many of its messages were not there before."""
    is_in_trash: bool = False
    """Whether it is there already and deleted; then it is left alone."""
    is_refused: bool = False
    """Whether a message of it has the id of one in another conversation; then nothing is taken."""
    longer: int = 0
    """Of how many answers that were there the rest was taken."""


@dataclass(frozen=True, slots=True)
class _There:
    """What is known of a message that is there already."""

    owner: str
    """The id of its conversation."""
    length: int
    """Of its content, in characters."""
    status: str
    writer: str | None
    """Who is still writing it."""


class ImportWriter(AbstractContextManager["ImportWriter"]):
    """Takes conversations into a database, beside whoever else has it open."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path | None, *, is_read_only: bool = False
    ) -> None:
        """Take over an open database; see `open` and `only_looking`."""
        self._connection = connection
        self._is_read_only = is_read_only
        self._path = path
        self.notices: list[str] = []

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the database; make it, with its folder, if there is none.

        Raises:
            StorageError: It cannot be used; the words say why and what to do.
        """
        database = open_database(path)
        intake = cls(database.connection, path)
        intake.notices = database.notices
        return intake

    @classmethod
    def only_looking(cls, path: Path) -> Self:
        """Open the database for `look`, and change nothing; it need not be there.

        Raises:
            StorageError: It cannot be read; the words say why and what to do.
        """
        try:
            there = path_kind(path) is not PathKind.MISSING
            connection = connect_up_to_date(path) if there else open_database(None).connection
            return cls(connection, path, is_read_only=True)
        except (sqlite3.Error, OSError) as error:
            raise database_error(error, path) from error

    def take(self, transcript: Transcript) -> ImportResult:
        """Take in one conversation; all of it or nothing.

        Raises:
            StorageError: Nothing of it is written, and nothing else can be: the disk is full.
        """

        def work() -> ImportResult:
            # One flush at the end does for all (close): what a power cut takes is taken in again.
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                taken = self._take(transcript)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            return taken

        try:
            return patiently(work, _PATIENCE_S)
        except sqlite3.Error as error:
            raise database_error(error, self._path) from error

    def look(self, transcript: Transcript) -> ImportResult:
        """Say what `take` would do, and do nothing.

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
        """Bring everything to the disk and let go of the database. Twice is harmless."""
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

    def _take(self, transcript: Transcript) -> ImportResult:
        taken, changed = self._outcome(transcript)
        execute = self._connection.execute
        if taken.is_new:
            execute(INSERT_CONVERSATION, conversation_row(transcript.conversation))
        self._connection.executemany(UPSERT_MESSAGE, [message_row(m, None) for m in changed])
        if changed and not taken.is_new:
            self._go_on(transcript)
        if changed or taken.is_new:
            # The words of one that was here already come from elsewhere now, too.
            execute(_MARK, (time_text(now()), transcript.conversation.id))
        return taken

    def _outcome(self, transcript: Transcript) -> tuple[ImportResult, list[Message]]:
        """Return what becomes of a conversation, and which messages are new or longer."""
        conversation = transcript.conversation
        row = self._connection.execute(
            "SELECT deleted_at FROM conversations WHERE id = ?", (conversation.id,)
        ).fetchone()
        there = self._there([message.id for message in transcript.messages])
        if any(entry.owner != conversation.id for entry in there.values()):
            return ImportResult(is_new=False, added=0, is_refused=True), []
        if row is not None and row[0] is not None:
            return ImportResult(is_new=False, added=0, is_in_trash=True), []
        missing = [message for message in transcript.messages if message.id not in there]
        longer = [m for m in transcript.messages if m.id in there and self._ends(m, there[m.id])]
        taken = ImportResult(is_new=row is None, added=len(missing), longer=len(longer))
        return taken, [*missing, *longer]

    def _ends(self, message: Message, there: _There) -> bool:
        """Say whether a message is an answer of which only the beginning is there."""
        is_ended = message.status is MessageStatus.COMPLETE != there.status
        if (
            message.role is not Role.ASSISTANT
            or there.writer is not None
            or not (len(message.content) > there.length or is_ended)
        ):
            return False
        (content,) = self._connection.execute(
            "SELECT content FROM messages WHERE id = ?", (message.id,)
        ).fetchone()
        if not isinstance(content, str):
            return False
        # SQLite counts only up to a NUL.
        text = replace_surrogates(message.content)
        return text.startswith(content) and (len(text) > len(content) or is_ended)

    def _there(self, ids: Sequence[str]) -> dict[str, _There]:
        """Return what is known of those of the messages that are there already."""
        there: dict[str, _There] = {}
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            columns = "id, conversation_id, length(content), status, writer"
            sql = f"SELECT {columns} FROM messages WHERE id IN ({marks})"  # noqa: S608
            there.update((row[0], _There(*row[1:])) for row in self._connection.execute(sql, some))
        return there

    def _go_on(self, transcript: Transcript) -> None:
        """Let the shown path go on with what is new, if it ends on the way there."""
        conversation = transcript.conversation
        way = [message.id for message in path_to(conversation.leaf_id, transcript.messages)]
        (leaf,) = self._connection.execute(
            "SELECT leaf_id FROM conversations WHERE id = ?", (conversation.id,)
        ).fetchone()
        moment = conversation_row(conversation)[9]
        if way and (leaf is None or leaf in way):
            self._connection.execute(
                """
                UPDATE conversations SET leaf_id = ?, updated_at = max(updated_at, ?) WHERE id = ?
                """,
                (way[-1], moment, conversation.id),
            )
