"""Inserts recovered rows: detects their table, repairs their values, and keeps the best version."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import MessageStatus, Role, new_id
from tui_chat.storage.database.migrations import MIGRATIONS
from tui_chat.storage.row_mapping import list_from, mapping_from, moment_from, time_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.storage.recovery.sqlite_records import Cell, Value

_TABLES: Final = """
SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
"""
_COLUMNS: Final = 'SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?)'
_MAX_MISFITS: Final = 3
"""A row with more values of a wrong type does not belong to a table."""
_TIMES: Final = frozenset({"created_at", "updated_at"})
_OPTIONAL_TIMES: Final = frozenset({"deleted_at", "first_token_at", "finished_at"})
_OBJECTS: Final = frozenset({"settings", "structured", "details", "cost"})
_LISTS: Final = frozenset({"sources"})
_ROLES: Final = frozenset(role.value for role in Role)
_STATUSES: Final = frozenset(status.value for status in MessageStatus)
_UNFINISHED: Final = frozenset({"streaming", "interrupted"})

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    kind: str
    is_required: bool
    has_default: bool
    is_number: bool
    """True for the row number, which is NULL in the record."""

    def fits(self, value: Value) -> bool:
        if self.is_number:
            return value is None
        if value is None:
            return not self.is_required
        return isinstance(value, {"TEXT": str, "INTEGER": int, "BLOB": bytes}.get(self.kind, str))


@dataclass(frozen=True, slots=True)
class Table:
    """A table of tui-chat.

    Attributes:
        name: The name of the table.
        columns: The columns in stored order.
        lengths: The numbers of columns in all versions.
    """

    name: str
    columns: tuple[_Column, ...]
    lengths: frozenset[int]

    def row(self, cell: Cell) -> Row | None:
        """Return the values of a cell by column; None if it is not a row of this table."""
        values = cell.values
        if cell.is_cut:
            # A truncated row must have all short columns.
            if not self._shortest_cut <= len(values) <= len(self.columns):
                return None
        elif len(values) not in self.lengths:
            return None
        row: Row = {c.name: v for c, v in zip(self.columns, values, strict=False)}
        for column in self.columns:
            if column.is_number:
                row[column.name] = cell.rowid
        return row

    def misfits(self, cell: Cell) -> int:
        """Return the number of values with a wrong type for this table."""
        pairs = zip(self.columns, cell.values, strict=False)
        return sum(not column.fits(value) for column, value in pairs)

    @property
    def _shortest_cut(self) -> int:
        names = [column.name for column in self.columns]
        last = "content" if "content" in names else "title" if "title" in names else names[-1]
        return names.index(last) + 1


def own_tables(connection: sqlite3.Connection) -> dict[str, Table]:
    """Return the tables of the newest version, with their lengths in all versions."""
    lengths: dict[str, set[int]] = {}
    with closing(sqlite3.connect(":memory:")) as model:
        for step in MIGRATIONS:
            for statement in step:
                model.execute(statement)
            for name in _names(model):
                columns = model.execute(_COLUMNS, (name,)).fetchall()
                lengths.setdefault(name, set()).add(len(columns))
    return {name: _table(connection, name, frozenset(sizes)) for name, sizes in lengths.items()}


def table_of(cell: Cell, tables: Mapping[str, Table], most_misfits: int = _MAX_MISFITS) -> str:
    """Return the name of the table a cell belongs to; empty if there is none."""
    fitting = [table for table in tables.values() if table.row(cell) is not None]
    best = min(fitting, key=lambda table: table.misfits(cell), default=None)
    return best.name if best is not None and best.misfits(cell) <= most_misfits else ""


def repaired(table: str, row: Row, columns: tuple[_Column, ...]) -> Row:
    """Return a row with valid values in all columns; valid ones are unchanged."""
    fixed: Row = {}
    for column in columns:
        if column.name in row:
            fixed[column.name] = _as_kind(row[column.name], column.kind)
    if "id" in fixed and not fixed["id"]:
        fixed["id"] = new_id()
    for name in _TIMES & fixed.keys():
        fixed[name] = _moment_or(fixed[name], str(fixed.get("id", "")))
    for name in _OPTIONAL_TIMES & fixed.keys():
        fixed[name] = fixed[name] if _is_moment(fixed[name]) else None
    for name in _OBJECTS & fixed.keys():
        fixed[name] = fixed[name] if _is_object(fixed[name]) else None
    for name in _LISTS & fixed.keys():
        fixed[name] = fixed[name] if _is_list(fixed[name]) else None
    if table == "messages":
        _repair_message(fixed)
    return _with_required(fixed, columns)


class RowMerge:
    """Inserts rows, inside a transaction; of two rows with the same ID the better one is kept.

    Attributes:
        tables: The tables that rows can belong to.
        in_part: The IDs of truncated rows.
        added: The number of new rows by table.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.tables = own_tables(connection)
        self.in_part: set[str] = set()
        self.added = dict.fromkeys(self.tables, 0)

    def put(self, table: str, row: Row, *, is_cut: bool = False, is_newer: bool = False) -> None:
        """Insert a row, or update the one with the same ID if the new one is better.

        Args:
            table: The name of the table.
            row: The values by column.
            is_cut: True if the end of the row is lost.
            is_newer: True if it may be newer than the stored row.
        """
        if table == "attachments" and not _is_whole(row):
            return
        row = repaired(table, row, self.tables[table].columns)
        if is_cut and table == "messages" and row["role"] == Role.ASSISTANT.value:
            row["status"] = MessageStatus.INTERRUPTED.value
        known = self._known(table, row)
        if known is None:
            self._insert(table, row)
        elif not self._is_better(table, row, known, is_cut=is_cut, is_newer=is_newer):
            return
        else:
            self._update(table, row)
        if "id" in row:
            self.in_part.add(row["id"]) if is_cut else self.in_part.discard(row["id"])

    def _known(self, table: str, row: Row) -> Row | None:
        """Return the stored row with the ID of a row; None if there is none."""
        if "id" not in row:
            return None
        cursor = self._connection.execute(
            f"SELECT * FROM {table} WHERE id = ?",  # noqa: S608
            (row["id"],),
        )
        found = cursor.fetchone()
        names = [entry[0] for entry in cursor.description]
        return None if found is None else dict(zip(names, found, strict=True))

    def _is_better(self, table: str, row: Row, known: Row, *, is_cut: bool, is_newer: bool) -> bool:
        was_cut = row["id"] in self.in_part
        if table != "messages":
            is_later = "updated_at" in row and row["updated_at"] > known["updated_at"]
            return (was_cut and not is_cut) or (is_newer and is_later)
        if was_cut and not is_cut:
            return True
        text, content = str(known["content"]), str(row["content"])
        is_longer = len(content) > len(text) and content.startswith(text)
        is_ended = known["status"] in _UNFINISHED and row["status"] not in _UNFINISHED
        return not is_cut and (is_longer or (is_ended and content.startswith(text)))

    def _insert(self, table: str, row: Row) -> None:
        for column in self.tables[table].columns:
            if column.is_number and (row.get(column.name) is None or self._is_taken(table, row)):
                row.pop(column.name, None)
        marks = ", ".join("?" * len(row))
        # The names are columns of our own table.
        sql = f"INSERT OR IGNORE INTO {table} ({', '.join(row)}) VALUES ({marks})"  # noqa: S608
        with suppress(sqlite3.IntegrityError):
            self.added[table] += self._connection.execute(sql, tuple(row.values())).rowcount

    def _update(self, table: str, row: Row) -> None:
        kept = {name: value for name, value in row.items() if name not in ("id", "seq")}
        sets = ", ".join(f"{name} = ?" for name in kept)
        sql = f"UPDATE {table} SET {sets} WHERE id = ?"  # noqa: S608
        self._connection.execute(sql, (*kept.values(), row["id"]))

    def _is_taken(self, table: str, row: Row) -> bool:
        if "seq" not in row:
            return False
        sql = f"SELECT 1 FROM {table} WHERE seq = ?"  # noqa: S608
        return self._connection.execute(sql, (row["seq"],)).fetchone() is not None


def _names(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute(_TABLES)]


def _table(connection: sqlite3.Connection, name: str, lengths: frozenset[int]) -> Table:
    found = connection.execute(_COLUMNS, (name,)).fetchall()
    keys = [row for row in found if row[4]]
    columns = tuple(
        _Column(
            column,
            kind,
            is_required=bool(required),
            has_default=default is not None,
            is_number=bool(key) and len(keys) == 1 and kind == "INTEGER",
        )
        for column, kind, required, default, key in found
    )
    return Table(name, columns, lengths)


def _as_kind(value: Value, kind: str) -> Value:
    if value is None:
        return None
    if kind == "INTEGER":
        return value if isinstance(value, int) else None
    if kind == "TEXT" and not isinstance(value, str):
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return value


def _with_required(row: Row, columns: tuple[_Column, ...]) -> Row:
    """Fill required columns without a value with the default or an empty text."""
    for column in columns:
        if column.is_required and not column.is_number and row.get(column.name) is None:
            if column.has_default:
                row.pop(column.name, None)
            else:
                row[column.name] = ""
    return row


def _repair_message(row: Row) -> None:
    if row.get("role") not in _ROLES:
        # Only replies have these.
        is_answer = any(row.get(name) for name in ("model", "reasoning", "finished_at"))
        row["role"] = (Role.ASSISTANT if is_answer else Role.USER).value
    if row.get("status") not in _STATUSES:
        is_answer = row["role"] == Role.ASSISTANT.value
        row["status"] = (MessageStatus.INTERRUPTED if is_answer else MessageStatus.COMPLETE).value


def _is_moment(text: Value) -> bool:
    try:
        moment_from(text)
    except (ValueError, TypeError):
        return False
    return True


def _is_object(text: Value) -> bool:
    try:
        mapping_from(text)
    except (ValueError, TypeError):
        return False
    return True


def _is_list(text: Value) -> bool:
    try:
        list_from(text)
    except (ValueError, TypeError):
        return False
    return True


def _is_whole(row: Row) -> bool:
    """Return whether the bytes of an attachment are those that its hash was made of."""
    data = row.get("bytes")
    return isinstance(data, bytes) and sha256(data).hexdigest() == row.get("sha256")


def _moment_or(text: Value, row_id: str) -> str:
    """Return a valid time unchanged, else the time in the ID, else the epoch."""
    if _is_moment(text):
        return str(text)
    try:
        moment = datetime.fromtimestamp(int(row_id[:12], 16) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        moment = datetime.fromtimestamp(0, UTC)
    return time_text(moment)
