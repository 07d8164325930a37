"""The schema as numbered, append-only migrations.

A released step is never edited; a later one corrects it. The search index is not part of the schema
(`search/fts_index.py`): it can always be rebuilt from the tables.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _
from tui_chat.storage.attachments import SELECT_ATTACHMENT
from tui_chat.storage.database.sqlite_errors import Damage, code_of
from tui_chat.storage.row_mapping import SELECT_CONVERSATION, SELECT_MESSAGE
from tui_chat.storage.tool_calls import SELECT_CALL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set
    from pathlib import Path

Migration = tuple[str, ...]

# `seq` is a stable row number for the search index (an implicit rowid may change) and keeps the
# order of insertion. Long columns come last, so that reading short ones skips overflow pages.
_FIRST: Final[Migration] = (
    """
    CREATE TABLE conversations (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      deleted_at TEXT,
      leaf_id TEXT,
      title TEXT NOT NULL DEFAULT '',
      profile TEXT,
      model TEXT,
      settings TEXT NOT NULL DEFAULT '{}',
      draft TEXT NOT NULL DEFAULT '',
      system_prompt TEXT
    )
    """,
    """
    CREATE TABLE messages (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
      parent_id TEXT REFERENCES messages (id) DEFERRABLE INITIALLY DEFERRED,
      role TEXT NOT NULL,
      status TEXT NOT NULL,
      writer TEXT,
      created_at TEXT NOT NULL,
      first_token_at TEXT,
      finished_at TEXT,
      deleted_at TEXT,
      profile TEXT,
      model TEXT,
      finish_reason TEXT,
      input_tokens INTEGER,
      output_tokens INTEGER,
      error_kind TEXT,
      error_text TEXT,
      content TEXT NOT NULL,
      reasoning TEXT NOT NULL DEFAULT '',
      structured TEXT
    )
    """,
    "CREATE INDEX conversations_recent ON conversations (updated_at) WHERE deleted_at IS NULL",
    "CREATE INDEX messages_of ON messages (conversation_id, deleted_at)",
    "CREATE INDEX messages_after ON messages (parent_id)",
    "CREATE INDEX messages_streaming ON messages (status) WHERE status = 'streaming'",
    """
    CREATE INDEX messages_asked ON messages (created_at)
    WHERE role = 'user' AND deleted_at IS NULL
    """,
)

_EDITED: Final[Migration] = ("ALTER TABLE messages ADD COLUMN edited_from TEXT",)

_IMPORTED: Final[Migration] = ("ALTER TABLE conversations ADD COLUMN imported_at TEXT",)

_DRAFTS: Final[Migration] = (
    """
    CREATE TABLE drafts (
      conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
      owner TEXT NOT NULL,
      version TEXT NOT NULL,
      text TEXT NOT NULL,
      PRIMARY KEY (conversation_id, owner)
    )
    """,
)

# `sources` is a JSON list. An attachment's bytes are stored once, whatever refers to their hash;
# `text` is NULL if it is the bytes themselves. No foreign key to `attachments`: a message remembers
# what was attached even if the bytes are lost.
_PARTS: Final[Migration] = (
    "ALTER TABLE messages ADD COLUMN sources TEXT",
    """
    CREATE TABLE attachments (
      seq INTEGER PRIMARY KEY,
      sha256 TEXT NOT NULL UNIQUE,
      size INTEGER NOT NULL,
      bytes BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE message_attachments (
      message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      sha256 TEXT NOT NULL,
      name TEXT NOT NULL,
      mime TEXT NOT NULL,
      kind TEXT NOT NULL,
      size INTEGER NOT NULL,
      sent_as TEXT NOT NULL,
      details TEXT NOT NULL,
      text TEXT,
      PRIMARY KEY (message_id, position)
    )
    """,
    "CREATE INDEX message_attachments_of ON message_attachments (sha256)",
    """
    CREATE TABLE tool_calls (
      message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      call_id TEXT NOT NULL,
      server TEXT NOT NULL,
      name TEXT NOT NULL,
      arguments TEXT NOT NULL,
      state TEXT NOT NULL,
      result TEXT,
      is_error INTEGER NOT NULL DEFAULT 0,
      started_at TEXT,
      finished_at TEXT,
      PRIMARY KEY (message_id, position)
    )
    """,
)

# `cost` is a JSON object. The index has all columns of the statistics: `cost` is behind the text of
# a message, which would have to be read to reach it.
_COSTS: Final[Migration] = (
    "ALTER TABLE messages ADD COLUMN cost TEXT",
    """
    CREATE INDEX messages_usage ON messages
      (created_at, profile, model, conversation_id, input_tokens, output_tokens, cost, id)
    WHERE role = 'assistant'
    """,
)

# JSON of the fields of a call that need no column of their own.
_CALL_DETAILS: Final[Migration] = (
    "ALTER TABLE tool_calls ADD COLUMN details TEXT NOT NULL DEFAULT '{}'",
)

MIGRATIONS: Final[tuple[Migration, ...]] = (
    *(_FIRST, _EDITED, _IMPORTED, _DRAFTS, _PARTS, _COSTS),
    _CALL_DETAILS,
)
"""Step n upgrades version n-1 to version n."""


_MAX_VERSION: Final = 10_000
"""Larger numbers are not tui-chat's."""
_TABLES: Final = "SELECT name FROM sqlite_master WHERE type = 'table'"
_COLUMNS: Final = "SELECT name FROM pragma_table_info(?)"
_OWN_COLUMNS: Final[Mapping[str, Set[str]]] = {
    "conversations": {"seq", "id", "created_at", "updated_at", "leaf_id", "title", "draft"},
    "messages": {"seq", "id", "conversation_id", "parent_id", "role", "status", "content"},
}
"""The columns that identify tui-chat's tables."""


def version_of(connection: sqlite3.Connection) -> int:
    """Return the schema version; 0 for an empty database. Does not read the tables."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    return int(version)


def check_version(
    connection: sqlite3.Connection,
    path: Path | None,
    newest: int = len(MIGRATIONS),
    *,
    tables: Mapping[str, Set[str]] = _OWN_COLUMNS,
) -> int:
    """Return the schema version of a database that this program can read.

    Args:
        connection: The database.
        path: Its path, for errors.
        newest: The newest version this program knows.
        tables: The expected tables, with the columns that identify them.

    Raises:
        StorageError: The database has a newer version, or belongs to another program.
        Damage: Tables are missing, or the version is impossible.
    """
    version = version_of(connection)
    if newest < version <= _MAX_VERSION:
        raise StorageError(
            _(
                "{path} was written by a newer tui-chat (version {version}; this one reads "
                "{newest})."
            ).format(path=path, version=version, newest=newest),
            _("Update tui-chat, or move the file away to start with an empty database."),
        )
    owner = _owner_of(connection, tables)
    if owner is _Owner.NOBODY and version == 0:
        return 0
    if owner is _Owner.OTHERS or (owner is _Owner.NOBODY and _page_count(connection) < 2):
        raise StorageError(
            _("{path} is a database of another program.").format(path=path),
            _("Move it away, or use another folder."),
        )
    if owner is not _Owner.OURS:
        raise Damage(_("tables are missing"))
    if not 0 < version <= newest:
        raise Damage(_("unknown version {version}").format(version=version))
    return version


def check_columns(connection: sqlite3.Connection) -> None:
    """Check that the tables have all columns.

    Raises:
        Damage: A column is missing.
    """
    try:
        for statement in (SELECT_CONVERSATION, SELECT_MESSAGE, SELECT_ATTACHMENT, SELECT_CALL):
            connection.execute(f"EXPLAIN {statement}")
    except sqlite3.OperationalError as error:
        if code_of(error) != sqlite3.SQLITE_ERROR:
            raise
        raise Damage(str(error)) from error


class _Owner(Enum):
    """The program that a database belongs to, according to its tables."""

    NOBODY = auto()
    """There are no tables."""
    OURS = auto()
    PARTLY_OURS = auto()
    """One of the two tables is missing."""
    OTHERS = auto()


def _owner_of(connection: sqlite3.Connection, tables: Mapping[str, Set[str]]) -> _Owner:
    try:
        names = [name for (name,) in connection.execute(_TABLES)]
    except UnicodeDecodeError as error:
        raise Damage(_("tables are missing")) from error
    if not names:
        return _Owner.NOBODY
    found = [name for name in tables if name in names]
    for name in found:
        columns = {column for (column,) in connection.execute(_COLUMNS, (name,))}
        if not tables[name] <= columns:
            return _Owner.OTHERS
    if not found:
        return _Owner.OTHERS
    return _Owner.OURS if len(found) == len(tables) else _Owner.PARTLY_OURS


def _page_count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA page_count").fetchone()[0])


def migrate(
    connection: sqlite3.Connection,
    path: Path | None,
    migrations: Sequence[Migration] = MIGRATIONS,
    *,
    tables: Mapping[str, Set[str]] = _OWN_COLUMNS,
) -> Path | None:
    """Upgrade a database to the newest version in one transaction, after a backup.

    The backup is named after the old version. It is removed if a step fails: the database is
    unchanged then, and every further start would leave one more backup.

    Returns:
        The backup; None if the database was current or empty.

    Raises:
        StorageError: The database has a newer version.
        sqlite3.Error: The backup or a step failed; the database is unchanged.
        OSError: The backup cannot be written; the database is unchanged.
    """
    version = check_version(connection, path, len(migrations), tables=tables)
    if version == len(migrations):
        return None
    copy = None
    if version and path is not None:
        copy = free_name(path, f".v{version}-backup")
        back_up(connection, copy)
    try:
        _take_steps(connection, migrations)
    except BaseException as error:
        if copy is not None:
            with suppress(OSError):
                copy.unlink()
        if isinstance(error, sqlite3.Error) and code_of(error) == sqlite3.SQLITE_ERROR:
            # The tables do not match the version.
            raise Damage(str(error)) from error
        raise
    return copy


def back_up(connection: sqlite3.Connection, target: Path) -> None:
    """Write a consistent copy of a database, even while others write to it.

    The copy gets its name only once it is complete.
    """
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(partial)) as copy:
            # A copy that fails is removed, so it needs no rollback journal.
            copy.execute("PRAGMA journal_mode = OFF")
            connection.backup(copy)
            # Without WAL mode the copy is a single file.
            copy.execute("PRAGMA journal_mode = DELETE")
        partial.rename(target)
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def free_name(path: Path, suffix: str) -> Path:
    """Return a free name beside a file, so that no file is overwritten."""
    target = path.with_name(f"{path.name}{suffix}")
    number = 2
    while target.exists():
        target = path.with_name(f"{path.name}{suffix}-{number}")
        number += 1
    return target


def _take_steps(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        # On file systems without locks another process may have been first.
        for number in range(version_of(connection) + 1, len(migrations) + 1):
            for statement in migrations[number - 1]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number:d}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
