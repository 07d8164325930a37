"""Stores access codes; only their salted hashes are kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.caps import Caps
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.gateway.codes.access_codes import (
    AccessCode,
    CodeLimits,
    digest_of,
    new_code,
    new_salt,
)
from tui_chat.gateway.store.transactions import UniqueViolation

if TYPE_CHECKING:
    from tui_chat.core.profile import Secret
    from tui_chat.gateway.store.transactions import Row, Transactions

_COLUMNS: Final = (
    "name", "salt", "digest", "created_at", "expires_at", "models", "requests_per_minute",
    "tokens_per_day", "tokens_per_month", "cost_per_month", "concurrent_requests", "profiles",
    "caps",
)  # fmt: skip
_INSERT: Final = (
    f"INSERT INTO codes ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - constants
)
_SELECT: Final = f"SELECT id, revoked_at, {', '.join(_COLUMNS)} FROM codes ORDER BY id"  # noqa: S608 - constants


class CodeTable:
    """Adds, revokes and lists codes."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def add(self, name: str, limits: CodeLimits) -> Secret:
        """Create a code and return it.

        Raises:
            ConfigError: The name is in use.
            StorageError: The code cannot be stored.
        """
        code, salt = new_code(), new_salt()
        values = (
            name,
            salt,
            digest_of(code.reveal().encode(), salt),
            as_text(datetime.now(UTC)),
            as_text(limits.expires_at) if limits.expires_at else None,
            _as_json(limits.models),
            limits.requests_per_minute,
            limits.tokens_per_day,
            limits.tokens_per_month,
            limits.cost_per_month,
            limits.concurrent_requests,
            _as_json(limits.profiles),
            limits.caps.as_json(),
        )
        try:
            with self._transactions.begin() as transaction:
                transaction.execute(_INSERT, values)
                transaction.announce_codes()
        except UniqueViolation:
            raise ConfigError(
                _("There is already a code named “{name}”.").format(name=name),
                _("Choose another name, or revoke it first: tui-chat gateway codes revoke NAME"),
            ) from None
        return code

    def revoke(self, name: str) -> bool:
        """Revoke a code at once; return whether there was one of that name."""
        with self._transactions.begin() as transaction:
            done = transaction.execute(
                "UPDATE codes SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL"
                " RETURNING id",
                (as_text(datetime.now(UTC)), name),
            )
            transaction.announce_codes()
        return bool(done)

    def all(self) -> list[AccessCode]:
        """Return all codes, including revoked and expired ones, in the order of creation."""
        with self._transactions.read() as transaction:
            rows = transaction.execute(_SELECT)
        return [_code(row) for row in rows]


def as_text(moment: datetime) -> str:
    """Return a moment in the format of the database: in UTC, so that texts sort like moments."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _as_json(names: tuple[str, ...] | None) -> str | None:
    return json.dumps(names) if names is not None else None


def _names(text: str | None) -> tuple[str, ...] | None:
    return tuple(json.loads(text)) if text is not None else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _code(row: Row) -> AccessCode:
    fields: dict[str, Any] = dict(zip(("id", "revoked_at", *_COLUMNS), row, strict=True))
    created_at = _moment(fields["created_at"])
    assert created_at is not None  # noqa: S101 - the column is NOT NULL
    return AccessCode(
        id=fields["id"],
        name=fields["name"],
        salt=fields["salt"],
        digest=fields["digest"],
        created_at=created_at,
        revoked_at=_moment(fields["revoked_at"]),
        limits=CodeLimits(
            expires_at=_moment(fields["expires_at"]),
            models=_names(fields["models"]),
            requests_per_minute=fields["requests_per_minute"],
            tokens_per_day=fields["tokens_per_day"],
            tokens_per_month=fields["tokens_per_month"],
            cost_per_month=fields["cost_per_month"],
            concurrent_requests=fields["concurrent_requests"],
            profiles=_names(fields["profiles"]),
            caps=Caps.from_json(fields["caps"]),
        ),
    )
