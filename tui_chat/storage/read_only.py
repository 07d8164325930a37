"""Reads saved conversations without changing anything, for commands beside a running chat.

Works on read-only files and folders. A database of an older version is migrated in memory only.
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
from tui_chat.core.cost.statistics import ReplyUsage
from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _
from tui_chat.core.message_tree import with_existing_leaf
from tui_chat.core.transcript import Transcript
from tui_chat.storage.database.damage import database_error
from tui_chat.storage.database.migrations import MIGRATIONS, check_version, migrate
from tui_chat.storage.database.sqlite_errors import (
    code_of,
    fetch_all,
    is_index_damage,
    storage_error,
)
from tui_chat.storage.message_parts import parts_of
from tui_chat.storage.message_rows import messages_from
from tui_chat.storage.row_mapping import (
    IS_CHAT,
    SELECT_CONVERSATION,
    SELECT_MESSAGE,
    Row,
    SkippedRows,
    conversation_from,
    convert_rows,
    moment_from,
    stored_cost,
    summary_from,
    time_text,
    unreadable_row,
)
from tui_chat.storage.search.fts_index import ids_matching

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tui_chat.core.conversation import Conversation

_PATIENCE_S: Final = 5.0
_OPERATIONS_BETWEEN_SIGNALS: Final = 100_000
_NEEDS_FILES_BESIDE: Final = frozenset(
    {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}
)
# Conversations without title, draft and messages are not listed.
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
_USAGE: Final = """
SELECT m.id, m.created_at, coalesce(m.profile, ''), coalesce(m.model, ''), c.id, c.title,
       m.input_tokens, m.output_tokens, m.cost
FROM messages AS m JOIN conversations AS c ON c.id = m.conversation_id
WHERE m.role = 'assistant' AND m.created_at >= ?
  AND (m.output_tokens IS NOT NULL OR m.cost IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class ListedConversation:
    """An entry of a list of conversations."""

    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    message_count: int
    """All versions, without deleted messages."""
    model: str | None


class Reader(AbstractContextManager["Reader"]):
    """A consistent view of all saved conversations, from the time it was opened.

    Args:
        path: The database file; it must exist.
        is_own: True for the program's own database, so that damage is marked for the next start.

    Raises:
        StorageError: The database cannot be read.
    """

    def __init__(self, path: Path, *, is_own: bool = True) -> None:
        self._path = path
        self._failed = database_error if is_own else storage_error
        self.unreadable = SkippedRows()
        with self._errors_translated():
            self._connection = connect_up_to_date(path)
            allow_interruption(self._connection)
            # One transaction is one consistent view, whatever others write meanwhile.
            self._connection.execute("BEGIN")
            self._has_index = self._exists("messages_fts")

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def ids(self) -> list[str]:
        """Return the IDs of all conversations, including deleted ones, sorted."""
        rows = self._rows("SELECT id FROM conversations ORDER BY id")
        for (row_id,) in rows:
            if not isinstance(row_id, str):
                error = unreadable_row("conversation", row_id, _("the ID is not text"))
                self.unreadable.add(row_id, error)
        return [row_id for (row_id,) in rows if isinstance(row_id, str)]

    def list_conversations(
        self, limit: int = -1, *, in_trash: bool = False, with_one_shot: bool = False
    ) -> list[ListedConversation]:
        """Return the conversations for a list, most recently used first.

        Args:
            limit: The maximum number; -1 for all.
            in_trash: Return the deleted ones instead.
            with_one_shot: Include single questions of `tui-chat ask`.
        """
        which = "IS NOT NULL" if in_trash else "IS NULL"
        kinds = "" if in_trash or with_one_shot else f" AND {IS_CHAT}"
        sql = f"{_LISTED} WHERE deleted_at {which} AND {_SPOKEN}{kinds}{_NEWEST_FIRST}"
        if limit < 0:
            return convert_rows(self._rows(sql), _listed, self.unreadable)
        found: list[ListedConversation] = []
        skipped = 0
        # SkippedRows rows are replaced by the next ones.
        while len(found) < limit:
            rows = self._rows(f"{sql} LIMIT ? OFFSET ?", limit, skipped)
            found += convert_rows(rows, _listed, self.unreadable)
            skipped += limit
            if len(rows) < limit:
                break
        return found[:limit]

    def search(self, query: str, limit: int) -> list[ListedConversation]:
        """Return the conversations that contain all words in the title or in one message.

        Args:
            query: The query as typed; it has no syntax.
            limit: The maximum number; -1 for all.
        """
        try:
            return self._search(query, limit, has_index=self._has_index)
        except sqlite3.DatabaseError as error:
            if not is_index_damage(error):
                raise self._failed(error, self._path) from error
        with self._errors_translated():
            return self._search(query, limit, has_index=False)

    def conversation(self, conversation_id: str) -> Conversation | None:
        """Return a conversation, deleted or not; None if the ID is unknown."""
        rows = self._rows(SELECT_CONVERSATION + "WHERE id = ?", conversation_id)
        found = convert_rows(rows, conversation_from, self.unreadable)
        return found[0] if found else None

    def transcript(self, conversation: Conversation, *, with_contents: bool = False) -> Transcript:
        """Return a conversation with all its messages; optionally with the attached bytes."""
        sql = SELECT_MESSAGE + "WHERE conversation_id = ? ORDER BY seq"
        messages = messages_from(self._rows(sql, conversation.id), self.unreadable)
        with self._errors_translated():
            parts = parts_of(
                self._connection, conversation.id, self.unreadable, with_contents=with_contents
            )
        messages = parts.added_to(messages)
        return Transcript(with_existing_leaf(conversation, messages), messages)

    def conversations(self, *, with_deleted: bool) -> Iterator[Conversation]:
        """Yield every conversation, oldest first; optionally those in the trash too."""
        sql = _IDS if with_deleted else _IDS + "AND deleted_at IS NULL"
        for (conversation_id,) in self._rows(sql + _IN_ORDER):
            conversation = self.conversation(conversation_id)
            if conversation is not None:
                yield conversation

    def transcripts(self, *, with_deleted: bool) -> Iterator[Transcript]:
        """Yield every conversation with its messages and attached bytes; see `conversations`."""
        for conversation in self.conversations(with_deleted=with_deleted):
            yield self.transcript(conversation, with_contents=True)

    def usage(self, since: datetime) -> list[ReplyUsage]:
        """Return the usage of all finished replies since a time, deleted ones included."""
        return convert_rows(self._rows(_USAGE, time_text(since)), _usage, self.unreadable)

    def _search(self, query: str, limit: int, *, has_index: bool) -> list[ListedConversation]:
        ids = ids_matching(query, has_index=has_index)
        if ids is None:
            return []
        sql = f"{_LISTED} WHERE deleted_at IS NULL AND id IN ({ids.sql}){_NEWEST_FIRST} LIMIT ?"
        values = (*ids.values, limit)
        rows = fetch_all(self._connection, sql, values)
        return convert_rows(rows, _listed, self.unreadable)

    @contextmanager
    def _errors_translated(self) -> Iterator[None]:
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
        with self._errors_translated():
            return fetch_all(self._connection, sql, values)


def connect_reading(path: Path) -> sqlite3.Connection:
    """Open a database of any program read-only.

    Raises:
        sqlite3.Error: The database cannot be read.
        StorageError: It is a folder or a device.
        OSError: The file cannot be read.
    """
    if (kind := path_kind(path)) not in (PathKind.FILE, PathKind.MISSING):
        raise StorageError(
            _("{path} is {kind}, not a file.").format(path=path, kind=_(kind.value)),
            _("Move it away."),
        )
    with path.open("rb"):
        pass  # raises an OSError with the reason, which SQLite does not report
    try:
        return _probed(path, "mode=ro")
    except sqlite3.OperationalError as error:
        if code_of(error) & 0xFF not in _NEEDS_FILES_BESIDE:
            raise
    # SQLite cannot create its two auxiliary files in this folder.
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        return _from_copy(path, log)
    return _probed(path, "immutable=1")


def connect_up_to_date(path: Path) -> sqlite3.Connection:
    """Open a tui-chat database read-only; migrate a copy in memory if it is of an older version.

    Raises:
        StorageError: It has a newer version, or belongs to another program.
        sqlite3.Error: The database cannot be read.
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
    """Let Ctrl+C interrupt a long statement; see `raise_if_interrupted`."""
    # A Python callback lets pending signals run; their exception aborts the statement.
    connection.set_progress_handler(lambda: 0, _OPERATIONS_BETWEEN_SIGNALS)


def raise_if_interrupted(error: sqlite3.Error) -> None:
    """Raise KeyboardInterrupt if Ctrl+C interrupted a statement."""
    if code_of(error) == sqlite3.SQLITE_INTERRUPT:
        raise KeyboardInterrupt from error


def _drop_code(connection: sqlite3.Connection) -> None:
    """Drop triggers and views, so that a migration runs no code of a foreign schema."""
    found = connection.execute(
        "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view')"
    )
    for kind, name in found.fetchall():
        quoted = str(name).replace('"', '""')
        connection.execute(f'DROP {kind} "{quoted}"')


def _probed(path: Path, parameters: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?{parameters}"
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


def _usage(row: Row) -> ReplyUsage:
    try:
        counts = [it if isinstance(it, int) else None for it in row[6:8]]
        at, cost = moment_from(row[1]), stored_cost(row[8])
    except (ValueError, TypeError) as error:
        raise unreadable_row("message", row[0], error) from error
    profile, model, conversation_id, title = map(str, row[2:6])
    return ReplyUsage(at, profile, model, conversation_id, title, counts[0], counts[1], cost)


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
