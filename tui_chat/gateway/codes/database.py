"""The gateway's database: access codes, and a ledger that never stores content."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self

from tui_chat.config.paths import make_private_folder
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.gateway.codes.access_codes import (
    AccessCode,
    CodeLimits,
    digest_of,
    new_code,
    new_salt,
)
from tui_chat.storage.database.migrations import check_version, migrate
from tui_chat.storage.database.sqlite_errors import storage_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tui_chat.core.profile import Secret

FILE_NAME: Final = "gateway.db"
_BUSY_TIMEOUT_S: Final = 5.0
_FIRST: Final = (
    """
    CREATE TABLE codes (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      salt BLOB NOT NULL,
      digest BLOB NOT NULL,
      created_at TEXT NOT NULL,
      revoked_at TEXT,
      expires_at TEXT,
      models TEXT,
      requests_per_minute INTEGER,
      tokens_per_day INTEGER
    )
    """,
    "CREATE UNIQUE INDEX codes_in_use ON codes (name) WHERE revoked_at IS NULL",
    """
    CREATE TABLE ledger (
      id INTEGER PRIMARY KEY,
      code_id INTEGER NOT NULL REFERENCES codes (id),
      at TEXT NOT NULL,
      model TEXT NOT NULL,
      input_tokens INTEGER NOT NULL,
      output_tokens INTEGER NOT NULL,
      is_estimated INTEGER NOT NULL,
      status INTEGER NOT NULL,
      ended TEXT NOT NULL,
      duration_ms INTEGER NOT NULL
    )
    """,
    "CREATE INDEX ledger_of ON ledger (code_id, at)",
)
_MIGRATIONS: Final = (_FIRST,)
_TABLES: Final = {"codes": {"id", "name", "digest"}, "ledger": {"id", "code_id", "at"}}
"""Columns that identify a table as ours."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One request in the ledger."""

    code_id: int
    at: datetime
    """Time of the request."""
    model: str
    input_tokens: int
    output_tokens: int
    is_estimated: bool
    """True if the endpoint did not report the usage, so that it was estimated from the texts."""
    status: int
    """HTTP status of the response."""
    ended: str
    """complete, refused, left (by the client), failed, stopped (with the gateway or its code)."""
    duration_ms: int


@dataclass(frozen=True, slots=True)
class DailyUsage:
    """Usage of a code on one day."""

    name: str
    day: str
    """In UTC."""
    requests: int
    refused: int
    input_tokens: int
    output_tokens: int
    has_estimates: int
    """Number of requests with estimated tokens."""


class GatewayDatabase:
    """The open database. Several programs may open it; all see a change at once."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file, or create it, readable by its owner only.

        Raises:
            ConfigError: Its folder cannot be created.
            StorageError: The file is unusable.
        """
        make_private_folder(path.parent)
        try:
            with suppress(FileExistsError):
                # Created before SQLite does it, because its WAL files copy the mode.
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            if path.stat().st_mode & 0o077:
                path.chmod(0o600)
            connection = sqlite3.connect(
                path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
        except (sqlite3.Error, OSError) as error:
            raise storage_error(error, path) from error
        try:
            check_version(connection, path, len(_MIGRATIONS), tables=_TABLES)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            migrate(connection, path, _MIGRATIONS, tables=_TABLES)
        except sqlite3.Error as error:
            connection.close()
            raise storage_error(error, path) from error
        except BaseException:
            connection.close()
            raise
        return cls(connection, path)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def add(self, name: str, limits: CodeLimits) -> Secret:
        """Create a code and return it; only its hash is stored.

        Raises:
            ConfigError: The name is in use.
            StorageError: The code cannot be stored.
        """
        code, salt = new_code(), new_salt()
        values = (
            name,
            salt,
            digest_of(code.reveal().encode(), salt),
            _text(datetime.now(UTC)),
            _text(limits.expires_at) if limits.expires_at else None,
            json.dumps(limits.models) if limits.models is not None else None,
            limits.requests_per_minute,
            limits.tokens_per_day,
        )
        try:
            with self._failures():
                self._connection.execute(
                    "INSERT INTO codes (name, salt, digest, created_at, expires_at, models,"
                    " requests_per_minute, tokens_per_day) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    values,
                )
        except _NameTaken:
            raise ConfigError(
                _("There is already a code named “{name}”.").format(name=name),
                _("Choose another name, or revoke it first: tui-chat gateway codes revoke NAME"),
            ) from None
        return code

    def revoke(self, name: str) -> bool:
        """Revoke a code at once; return whether there was one of that name."""
        with self._failures():
            done = self._connection.execute(
                "UPDATE codes SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL",
                (_text(datetime.now(UTC)), name),
            )
        return done.rowcount > 0

    def codes(self) -> list[AccessCode]:
        """Return all codes, including revoked and expired ones, in the order of creation."""
        with self._failures():
            rows = self._connection.execute(
                "SELECT id, name, salt, digest, created_at, revoked_at, expires_at, models,"
                " requests_per_minute, tokens_per_day FROM codes ORDER BY id"
            ).fetchall()
        return [_code(row) for row in rows]

    def record(self, entry: LedgerEntry) -> None:
        """Insert a request into the ledger."""
        with self._failures():
            self._connection.execute(
                "INSERT INTO ledger (code_id, at, model, input_tokens, output_tokens,"
                " is_estimated, status, ended, duration_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    entry.code_id,
                    _text(entry.at),
                    entry.model,
                    entry.input_tokens,
                    entry.output_tokens,
                    entry.is_estimated,
                    entry.status,
                    entry.ended,
                    entry.duration_ms,
                ),
            )

    def tokens_since(self, code_id: int, moment: datetime) -> int:
        """Return the tokens that a code has used since a moment, input and output together."""
        with self._failures():
            row = self._connection.execute(
                "SELECT coalesce(sum(input_tokens + output_tokens), 0) FROM ledger"
                " WHERE code_id = ? AND at >= ?",
                (code_id, _text(moment)),
            ).fetchone()
        return int(row[0])

    def daily_usage(self, name: str | None = None) -> list[DailyUsage]:
        """Return the usage by code and day, of one code or of all."""
        with self._failures():
            rows = self._connection.execute(
                "SELECT codes.name, substr(at, 1, 10) AS day, count(*), sum(ended = 'refused'),"
                " sum(input_tokens), sum(output_tokens), sum(is_estimated)"
                " FROM ledger JOIN codes ON codes.id = code_id WHERE ? IS NULL OR codes.name = ?"
                " GROUP BY codes.name, day ORDER BY codes.name, day",
                (name, name),
            ).fetchall()
        return [DailyUsage(*row) for row in rows]

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_UNIQUE:
                raise _NameTaken from error
            raise storage_error(error, self._path) from error
        except sqlite3.Error as error:
            raise storage_error(error, self._path) from error


class _NameTaken(Exception):
    """A name is in use."""


def _code(row: tuple[Any, ...]) -> AccessCode:
    expires_at, models = row[6], row[7]
    return AccessCode(
        id=row[0],
        name=row[1],
        salt=row[2],
        digest=row[3],
        created_at=datetime.fromisoformat(row[4]),
        revoked_at=datetime.fromisoformat(row[5]) if row[5] else None,
        limits=CodeLimits(
            expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
            models=tuple(json.loads(models)) if models is not None else None,
            requests_per_minute=row[8],
            tokens_per_day=row[9],
        ),
    )


def _text(moment: datetime) -> str:
    """Return a moment in the format of the database: in UTC, so that texts sort like moments."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
