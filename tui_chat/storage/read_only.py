"""Reads saved conversations and changes nothing: for commands beside a running chat.

It works on a file that may not be written, in a folder that may not be written, and on a file of an
older version: that one is brought up to date in memory only.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.file_paths import PathKind, path_kind
from tui_chat.core.errors import StorageError
from tui_chat.core.message_tree import with_existing_leaf
from tui_chat.core.transcript import Transcript
from tui_chat.storage.damage import database_error
from tui_chat.storage.migrations import MIGRATIONS, check_version, migrate
from tui_chat.storage.row_mapping import (
    IS_CHAT,
    SELECT_CONVERSATION,
    SELECT_MESSAGE,
    Row,
    Unreadable,
    conversation_from,
    message_from,
    moment_from,
    readable,
    summary_from,
    unreadable_row,
)
from tui_chat.storage.search.fts_index import matches
from tui_chat.storage.sqlite_errors import code_of, fetched, is_index_damage, storage_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tui_chat.core.conversation import Conversation

_PATIENCE_S: Final = 5.0
_OPERATIONS_BETWEEN_SIGNALS: Final = 100_000
_NEEDS_FILES_BESIDE: Final = frozenset(
    {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}
)
# Conversations in which nothing was ever written are no conversations yet.
_SPOKEN: Final = "(leaf_id IS NOT NULL OR draft <> '' OR title <> '')"
_NEWEST_FIRST: Final = " ORDER BY updated_at DESC, seq DESC"
_IDS: Final = """
SELECT id FROM conversations WHERE (leaf_id IS NOT NULL OR draft <> '' OR title <> '')
"""
_IN_ORDER: Final = " ORDER BY seq"
_LISTED: Final = """
SELECT c.id, c.title, c.created_at, c.updated_at, c.deleted_at,
       (SELECT count(*) FROM messages AS n
        WHERE n.conversation_id = c.id AND n.deleted_at IS NULL),
       coalesce(c.model, (SELECT l.model FROM messages AS l WHERE l.id = c.leaf_id))
FROM conversations AS c
"""


@dataclass(frozen=True, slots=True)
class ListedConversation:
    """What a list of conversations shows of one."""

    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    message_count: int
    """All versions counted, deleted messages not."""
    model: str | None


class Reader(AbstractContextManager["Reader"]):
    """All saved conversations as they were when it was opened."""

    def __init__(self, path: Path, *, is_own: bool = True) -> None:
        """Open a database for reading.

        Args:
            path: The file; it must be there.
            is_own: Whether it is the program's own, so that damage is marked for the next start.

        Raises:
            StorageError: It cannot be read; the words say why and what to do.
        """
        self._path = path
        self._failed = database_error if is_own else storage_error
        self.unreadable = Unreadable()
        with self._told():
            self._connection = connect_up_to_date(path)
            allow_interruption(self._connection)
            # One view of everything, however long the reading takes and whoever writes meanwhile.
            self._connection.execute("BEGIN")
            self._has_index = self._exists("messages_fts")

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def ids(self) -> list[str]:
        """Return the ids of all conversations, deleted ones too, in the order of the alphabet."""
        found = self._rows("SELECT id FROM conversations ORDER BY id")
        for (name,) in found:
            if not isinstance(name, str):
                error = unreadable_row("conversation", name, "its id is not a text")
                self.unreadable.note(name, error)
        return [name for (name,) in found if isinstance(name, str)]

    def listed(
        self, limit: int = -1, *, in_trash: bool = False, with_asked: bool = False
    ) -> list[ListedConversation]:
        """Return what a list shows, the conversation used last first.

        Args:
            limit: How many at most; -1 for all.
            in_trash: Whether the deleted ones are wanted, and not the others.
            with_asked: Whether single questions of `tui-chat ask` are among them.
        """
        which = "IS NOT NULL" if in_trash else "IS NULL"
        kinds = "" if in_trash or with_asked else f" AND {IS_CHAT}"
        sql = f"{_LISTED} WHERE deleted_at {which} AND {_SPOKEN}{kinds}{_NEWEST_FIRST}"
        if limit < 0:
            return readable(self._rows(sql), _listed, self.unreadable)
        found: list[ListedConversation] = []
        skipped = 0
        # In the place of a row that cannot be read stands the next one.
        while len(found) < limit:
            rows = self._rows(f"{sql} LIMIT ? OFFSET ?", limit, skipped)
            found += readable(rows, _listed, self.unreadable)
            skipped += limit
            if len(rows) < limit:
                break
        return found[:limit]

    def found(self, query: str, limit: int) -> list[ListedConversation]:
        """Return the conversations that hold all words of a query in the title or in one message.

        Args:
            query: As typed, never syntax.
            limit: How many at most; -1 for all.
        """
        try:
            return self._found(query, limit, has_index=self._has_index)
        except sqlite3.DatabaseError as error:
            if not is_index_damage(error):
                raise self._failed(error, self._path) from error
        with self._told():
            return self._found(query, limit, has_index=False)

    def conversation(self, conversation_id: str) -> Conversation | None:
        """Return a conversation, deleted or not; None if there is none of that id."""
        rows = self._rows(SELECT_CONVERSATION + "WHERE id = ?", conversation_id)
        found = readable(rows, conversation_from, self.unreadable)
        return found[0] if found else None

    def transcript(self, conversation: Conversation) -> Transcript:
        """Return a conversation with all of its messages."""
        sql = SELECT_MESSAGE + "WHERE conversation_id = ? ORDER BY seq"
        messages = readable(self._rows(sql, conversation.id), message_from, self.unreadable)
        return Transcript(with_existing_leaf(conversation, messages), messages)

    def conversations(self, *, with_deleted: bool) -> Iterator[Conversation]:
        """Yield every conversation, the one that was made first at first.

        Args:
            with_deleted: Whether those in the trash are among them.
        """
        sql = _IDS if with_deleted else _IDS + "AND deleted_at IS NULL"
        for (conversation_id,) in self._rows(sql + _IN_ORDER):
            conversation = self.conversation(conversation_id)
            if conversation is not None:
                yield conversation

    def transcripts(self, *, with_deleted: bool) -> Iterator[Transcript]:
        """Yield every conversation with its messages: see `conversations`."""
        yield from map(self.transcript, self.conversations(with_deleted=with_deleted))

    def _found(self, query: str, limit: int, *, has_index: bool) -> list[ListedConversation]:
        found = matches(query, has_index=has_index)
        if found is None:
            return []
        sql = f"{_LISTED} WHERE deleted_at IS NULL AND id IN ({found.sql}){_NEWEST_FIRST} LIMIT ?"
        values = (*found.values, limit)
        rows = fetched(self._connection, sql, values)
        return readable(rows, _listed, self.unreadable)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, ValueError) as error:
            if isinstance(error, sqlite3.Error):
                raise_if_interrupted(error)
            raise self._failed(error, self._path) from error

    def _exists(self, table: str) -> bool:
        sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return self._connection.execute(sql, (table,)).fetchone() is not None

    def _rows(self, sql: str, *values: Any) -> list[Row]:
        with self._told():
            return fetched(self._connection, sql, values)


def connect_reading(path: Path) -> sqlite3.Connection:
    """Open a database of any program for reading only.

    Raises:
        sqlite3.Error: It cannot be read.
        StorageError: It is a folder or a device.
        OSError: The file cannot be read.
    """
    if (kind := path_kind(path)) not in (PathKind.FILE, PathKind.MISSING):
        raise StorageError(f"{path} is {kind.value}, not a file.", "Move it away.")
    with path.open("rb"):
        pass  # SQLite itself does not say why
    try:
        return _probed(path, "mode=ro")
    except sqlite3.OperationalError as error:
        if code_of(error) & 0xFF not in _NEEDS_FILES_BESIDE:
            raise
    # SQLite keeps two files beside a database; in this folder it may not make them.
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        return _from_copy(path, log)
    return _probed(path, "immutable=1")


def connect_up_to_date(path: Path) -> sqlite3.Connection:
    """Open a database of ours for reading, as if it were of the newest version.

    Raises:
        StorageError: A newer program wrote it, or it belongs to another program.
        sqlite3.Error: It cannot be read.
        OSError: The file cannot be read.
    """
    connection = connect_reading(path)
    try:
        if check_version(connection, path) == len(MIGRATIONS):
            return connection
    except BaseException:
        connection.close()
        raise
    with closing(connection):
        copy = _in_memory(connection)
    try:
        _drop_code(copy)
        migrate(copy, None)
    except BaseException:
        copy.close()
        raise
    return copy


def allow_interruption(connection: sqlite3.Connection) -> None:
    """Let Ctrl+C end a statement that runs long; see `raise_if_interrupted`."""
    # A handler in Python lets pending signals be handled; its exception ends the statement.
    connection.set_progress_handler(lambda: 0, _OPERATIONS_BETWEEN_SIGNALS)


def raise_if_interrupted(error: sqlite3.Error) -> None:
    """Raise KeyboardInterrupt if Ctrl+C is what ended a statement."""
    if code_of(error) == sqlite3.SQLITE_INTERRUPT:
        raise KeyboardInterrupt from error


def _drop_code(connection: sqlite3.Connection) -> None:
    """Drop triggers and views: nothing that a foreign schema holds runs during a migration."""
    found = connection.execute(
        "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view')"
    )
    for kind, name in found.fetchall():
        quoted = str(name).replace('"', '""')
        connection.execute(f'DROP {kind} "{quoted}"')


def _probed(path: Path, way: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?{way}"
    connection = sqlite3.connect(uri, uri=True, timeout=_PATIENCE_S, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _from_copy(path: Path, log: Path) -> sqlite3.Connection:
    with TemporaryDirectory(prefix="tui-chat-") as folder:
        for file in (path, log):
            shutil.copyfile(file, Path(folder) / file.name)
        with closing(sqlite3.connect(Path(folder) / path.name)) as copy:
            return _in_memory(copy)


def _in_memory(source: sqlite3.Connection) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:", isolation_level=None)
    source.backup(copy)
    return copy


def _listed(row: Row) -> ListedConversation:
    summary = summary_from((row[0], row[1], row[3], row[5], row[6]))
    try:
        created = moment_from(row[2])
        deleted = moment_from(row[4]) if row[4] else None
    except (ValueError, TypeError) as error:
        raise unreadable_row("conversation", row[0], error) from error
    return ListedConversation(
        summary.id,
        summary.title,
        created,
        summary.updated_at,
        deleted,
        summary.message_count,
        summary.model,
    )
