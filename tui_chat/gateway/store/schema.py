"""The tables of the gateway as numbered migrations, written once for both databases.

A released step is never edited. `{id}` and `{bytes}` are placeholders for types whose names differ.
"""

from __future__ import annotations

from typing import Final

_FIRST: Final = (
    """
    CREATE TABLE codes (
      id {id},
      name TEXT NOT NULL,
      salt {bytes} NOT NULL,
      digest {bytes} NOT NULL,
      created_at TEXT NOT NULL,
      revoked_at TEXT,
      expires_at TEXT,
      models TEXT,
      requests_per_minute BIGINT,
      tokens_per_day BIGINT
    )
    """,
    "CREATE UNIQUE INDEX codes_in_use ON codes (name) WHERE revoked_at IS NULL",
    """
    CREATE TABLE ledger (
      id {id},
      code_id BIGINT NOT NULL REFERENCES codes (id),
      at TEXT NOT NULL,
      model TEXT NOT NULL,
      input_tokens BIGINT NOT NULL,
      output_tokens BIGINT NOT NULL,
      is_estimated INTEGER NOT NULL,
      status INTEGER NOT NULL,
      ended TEXT NOT NULL,
      duration_ms BIGINT NOT NULL
    )
    """,
    "CREATE INDEX ledger_of ON ledger (code_id, at)",
)

_RESERVATIONS: Final = (
    "ALTER TABLE codes ADD COLUMN tokens_per_month BIGINT",
    "ALTER TABLE codes ADD COLUMN cost_per_month BIGINT",
    "ALTER TABLE codes ADD COLUMN concurrent_requests BIGINT",
    "ALTER TABLE codes ADD COLUMN profiles TEXT",
    "ALTER TABLE codes ADD COLUMN caps TEXT",
    "ALTER TABLE ledger ADD COLUMN request_id TEXT",
    "ALTER TABLE ledger ADD COLUMN cost BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE ledger ADD COLUMN profile TEXT NOT NULL DEFAULT ''",
    "CREATE UNIQUE INDEX ledger_request ON ledger (request_id)",
    # Tokens and cost include what running requests have reserved.
    """
    CREATE TABLE periods (
      code_id BIGINT NOT NULL REFERENCES codes (id),
      period TEXT NOT NULL,
      tokens BIGINT NOT NULL,
      cost BIGINT NOT NULL,
      carried BIGINT NOT NULL DEFAULT 0,
      PRIMARY KEY (code_id, period)
    )
    """,
    """
    CREATE TABLE requests (
      request_id TEXT PRIMARY KEY,
      code_id BIGINT NOT NULL REFERENCES codes (id),
      node_id TEXT NOT NULL,
      at TEXT NOT NULL,
      profile TEXT NOT NULL DEFAULT '',
      model TEXT NOT NULL DEFAULT '',
      input_tokens BIGINT NOT NULL DEFAULT 0,
      reserved_output BIGINT NOT NULL DEFAULT 0,
      used_output BIGINT NOT NULL DEFAULT 0,
      reserved_cost BIGINT NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX requests_of ON requests (code_id)",
    "CREATE INDEX requests_on ON requests (node_id)",
    "CREATE TABLE arrivals (code_id BIGINT NOT NULL, at DOUBLE PRECISION NOT NULL)",
    "CREATE INDEX arrivals_of ON arrivals (code_id, at)",
    "CREATE TABLE nodes (node_id TEXT PRIMARY KEY, lease_until DOUBLE PRECISION NOT NULL)",
)

_MIGRATIONS: Final = (_FIRST, _RESERVATIONS)

OWN_TABLES: Final = {"codes": {"id", "name", "digest"}, "ledger": {"id", "code_id", "at"}}
"""Columns that identify a table as the gateway's."""


def migrations(**types: str) -> tuple[tuple[str, ...], ...]:
    """Return the migrations with the type names of one database."""
    return tuple(tuple(statement.format_map(types) for statement in step) for step in _MIGRATIONS)
