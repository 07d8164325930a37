"""Recovers the readable rows of a damaged database into the new one.

Two passes complement each other. SQLite reads each row by its number, without an index and with a
damaged schema ignored. Then every page of the file and of its log is parsed here, which needs no
schema, tree or intact header. The damaged files are only read.

This is about a damaged file. Unsaved messages are in the journal (`journal.py`), or in rescue files
(`import_export/export/rescue_files.py`).
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import now, title_from
from tui_chat.core.labels import _, join_sentences, ngettext
from tui_chat.storage.database.sqlite_log import PageState
from tui_chat.storage.drafts import show_drafts
from tui_chat.storage.recovery.salvaged_rows import RowMerge, table_of
from tui_chat.storage.recovery.sqlite_pages import Page, PageFile
from tui_chat.storage.recovery.sqlite_records import (
    INDEX_INTERIOR,
    INDEX_LEAF,
    PAGE_TYPES,
    TABLE_LEAF,
    BadCell,
    Cell,
    carved,
    cell_places,
    index_entry,
    table_cell,
)
from tui_chat.storage.row_mapping import time_text
from tui_chat.storage.search.fts_index import prepare_index, remove_triggers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tui_chat.storage.recovery.salvaged_rows import Row

_GIVE_UP_AFTER: Final = 20_000
"""After this many consecutive row numbers without a row, the first pass ends."""
_PAGES_BETWEEN_REPORTS: Final = 200
_FIRST_PAGE_HEADER: Final = 100
_IS_ID: Final = re.compile(r"[0-9a-f]{32}")
_MIN_HEADER_BYTES: Final = 8

_ORPHANS: Final = """
SELECT conversation_id, min(created_at), max(created_at) FROM messages
WHERE conversation_id NOT IN (SELECT id FROM conversations) GROUP BY conversation_id
"""
_FIRST_TEXT: Final = """
SELECT content FROM messages WHERE conversation_id = ? ORDER BY role <> 'user', seq LIMIT 1
"""
_DRAFTS_ALONE: Final = """
SELECT DISTINCT conversation_id FROM drafts
WHERE text <> '' AND conversation_id NOT IN (SELECT id FROM conversations)
"""
# The leaf is empty, not NULL, so that _LAST_LEAF sets it to the last message.
_ADOPT: Final = """
INSERT INTO conversations (id, created_at, updated_at, title, deleted_at, leaf_id)
VALUES (?, ?, ?, ?, ?, '')
"""
_CUT_LOOSE: Final = """
UPDATE messages SET parent_id = NULL
WHERE parent_id IS NOT NULL AND parent_id NOT IN (SELECT id FROM messages)
"""
_LAST_LEAF: Final = """
UPDATE conversations SET leaf_id =
  (SELECT m.id FROM messages AS m WHERE m.conversation_id = conversations.id
   AND m.deleted_at IS NULL ORDER BY m.seq DESC LIMIT 1)
WHERE leaf_id IS NOT NULL AND leaf_id NOT IN (SELECT id FROM messages)
"""
_REFERRED: Final = """
INSERT OR IGNORE INTO temp.referred
SELECT parent_id FROM messages WHERE parent_id IS NOT NULL
UNION SELECT conversation_id FROM messages
UNION SELECT leaf_id FROM conversations WHERE leaf_id IS NOT NULL
"""
_LOST: Final = """
SELECT count(*) FROM temp.referred
WHERE id NOT IN (SELECT id FROM messages) AND id NOT IN (SELECT id FROM conversations)
"""


@dataclass(frozen=True, slots=True)
class RecoveryResult:
    """The numbers of recovered and lost rows."""

    conversations: int = 0
    messages: int = 0
    in_part: int = 0
    """The number of truncated messages."""
    lost: int = 0
    """The number of rows known to have existed that cannot be read."""

    @property
    def notice(self) -> str:
        """A message for the user; empty if nothing was recovered."""
        if not self.conversations:
            return ""
        conversations = ngettext(
            "{count} conversation", "{count} conversations", self.conversations
        )
        messages = ngettext("{count} message", "{count} messages", self.messages)
        text = _("Recovered: {conversations}, {messages}.")
        parts = [text.format(conversations=conversations, messages=messages)]
        if self.in_part:
            parts.append(
                ngettext(
                    "{count} message is incomplete.",
                    "{count} messages are incomplete.",
                    self.in_part,
                )
            )
        if self.lost:
            parts.append(
                ngettext(
                    "At least {count} row could not be read.",
                    "At least {count} rows could not be read.",
                    self.lost,
                )
            )
        return join_sentences(*parts)


def recover(
    damaged: Path, new: sqlite3.Connection, report: Callable[[int, int], None] | None = None
) -> RecoveryResult:
    """Copy all readable rows in one transaction. Idempotent.

    Args:
        damaged: The file that was set aside, of this version or an older one, with its log beside
            it; either may be missing.
        new: The new database; its rows are kept.
        report: Called with the number of pages done and the total.

    Raises:
        sqlite3.Error: The new database cannot be written; nothing is copied.
        OSError: The damaged file cannot be opened.
    """
    new.execute("BEGIN IMMEDIATE")
    try:
        new.execute("PRAGMA defer_foreign_keys = ON")
        # Rebuilding the search index at the end is much cheaper than updating it.
        remove_triggers(new)
        new.execute("CREATE TEMP TABLE IF NOT EXISTS referred (id TEXT PRIMARY KEY)")
        new.execute("DELETE FROM temp.referred")
        recovery = _Recovery(damaged, new)
        recovery.read_rows()
        recovery.read_pages(report or _silent)
        result = recovery.finish()
        new.execute("COMMIT")
    except BaseException:
        if new.in_transaction:
            new.execute("ROLLBACK")
        raise
    prepare_index(new)
    return result


class _Recovery:
    """One recovery, inside a transaction on the new database."""

    def __init__(self, damaged: Path, new: sqlite3.Connection) -> None:
        self._damaged = damaged
        self._fresh = new
        self._merge = RowMerge(new)
        self._bad_cells = 0
        self._used: set[int] = set()
        # Conversations with a message on a page that is in use.
        self._alive: set[str] = set()

    def read_rows(self) -> None:
        """Copy each row that SQLite reads by its number."""
        try:
            if not self._damaged.stat().st_size:
                return
        except FileNotFoundError:
            return
        uri = f"{self._damaged.absolute().as_uri()}?mode=ro"
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as old,
        ):
            old.execute("PRAGMA writable_schema = ON")
            # Damaged text must not stop the reading of its table.
            old.text_factory = lambda data: data.decode("utf-8", "replace")
            for table in self._merge.tables:
                for row in _rows_by_number(old, table):
                    self._note_alive(table, row)
                    self._put(table, row)

    def read_pages(self, report: Callable[[int, int], None]) -> None:
        """Copy each row on a page of the file or of its log."""
        with PageFile(self._damaged) as file:
            waiting: set[int] = set()
            for done, page in enumerate(file.pages()):
                if not done % _PAGES_BETWEEN_REPORTS:
                    report(done, file.version_count)
                if not self._take_page(page, file):
                    waiting.add(page.number)
            # Last, because by now all overflow pages are known.
            for number in sorted(waiting - self._used):
                if data := file.page(number):
                    self._carve(data, file)

    def finish(self) -> RecoveryResult:
        """Make the new database consistent, and return the result."""
        new = self._fresh
        new.execute(_REFERRED)
        lost = int(new.execute(_LOST).fetchone()[0])
        self._adopt()
        new.execute(_CUT_LOOSE)
        for message_id in _cycles(new):
            new.execute("UPDATE messages SET parent_id = NULL WHERE id = ?", (message_id,))
        new.execute(_LAST_LEAF)
        _drop_dangling(new)
        added = self._merge.added
        in_part = len(self._merge.in_part)
        return RecoveryResult(
            added["conversations"], added["messages"], in_part, max(lost, self._bad_cells)
        )

    def _take_page(self, page: Page, file: PageFile) -> bool:
        """Copy the rows of a page; return True if nothing more can be found on it."""
        start = _FIRST_PAGE_HEADER if page.number == 1 else 0
        if len(page.data) < start + _MIN_HEADER_BYTES:
            return True
        kind = page.data[start]
        if kind in (INDEX_LEAF, INDEX_INTERIOR):
            if page.state is PageState.LIVE:
                self._note_entries(page.data, start, file)
            return True
        if kind != TABLE_LEAF:
            return kind in PAGE_TYPES
        places = cell_places(page.data, start)
        layout = file.layout_for(page.state)
        bad = found = 0
        for place in places:
            try:
                cell = table_cell(page.data, place, layout)
            except BadCell:
                bad += 1
                continue
            self._used.update(cell.overflow)
            found += self._take_cell(cell, page.state)
        if page.state is PageState.LIVE and found:
            self._bad_cells += bad
        # Cells without a pointer lie before the first one with a pointer.
        hides_some = int.from_bytes(page.data[start + 5 : start + 7], "big") != min(
            places, default=0
        )
        return bool(places) and not bad and not hides_some

    def _take_cell(self, cell: Cell, state: PageState, most_misfits: int = 3) -> bool:
        table = table_of(cell, self._merge.tables, most_misfits)
        row = self._merge.tables[table].row(cell) if table else None
        if row is None:
            return False
        if table == "drafts" and state >= PageState.OLD:
            # It was sent or replaced.
            return True
        if state < PageState.OLD:
            self._note_alive(table, row)
        is_newer = state is PageState.UNCONFIRMED
        self._put(table, row, is_cut=cell.is_cut, is_newer=is_newer)
        return True

    def _carve(self, data: bytes, file: PageFile) -> None:
        for cell in carved(data, file.layout):
            # Without an intact page header, every value must be valid.
            self._take_cell(cell, PageState.LIVE, most_misfits=0)

    def _put(self, table: str, row: Row, *, is_cut: bool = False, is_newer: bool = False) -> None:
        self._merge.put(table, row, is_cut=is_cut, is_newer=is_newer)

    def _note_alive(self, table: str, row: Row) -> None:
        if table == "messages":
            self._alive.add(str(row.get("conversation_id")))

    def _note_entries(self, data: bytes, start: int, file: PageFile) -> None:
        """Store the IDs in an index page: each belongs to a row that existed."""
        ids: list[tuple[str]] = []
        for place in cell_places(data, start):
            with suppress(BadCell):
                match index_entry(data, place, file.layout):
                    case (str(name), int()) if _IS_ID.fullmatch(name):
                        ids.append((name,))
        self._fresh.executemany("INSERT OR IGNORE INTO temp.referred VALUES (?)", ids)

    def _adopt(self) -> None:
        """Create conversations for messages and drafts that lost theirs.

        Messages found on unused pages only were purged or moved: they go to the trash.
        """
        moment = time_text(now())
        for name, first, last in self._fresh.execute(_ORPHANS).fetchall():
            (text,) = self._fresh.execute(_FIRST_TEXT, (name,)).fetchone()
            deleted_at = None if name in self._alive else moment
            self._adopt_one((name, first, last, title_from(text), deleted_at))
        for (name,) in self._fresh.execute(_DRAFTS_ALONE).fetchall():
            self._adopt_one((name, moment, moment, "", None))

    def _adopt_one(self, row: tuple[str, str, str, str, str | None]) -> None:
        self._fresh.execute(_ADOPT, row)
        show_drafts(self._fresh, row[0])
        self._merge.added["conversations"] += 1


def _rows_by_number(old: sqlite3.Connection, table: str) -> Iterator[Row]:
    """Yield the rows of a table that SQLite can read, one query per row number."""
    names = [name for (name,) in old.execute("SELECT name FROM pragma_table_info(?)", (table,))]
    if "seq" not in names:
        with suppress(sqlite3.Error):
            for row in old.execute(f"SELECT * FROM {table} NOT INDEXED"):  # noqa: S608
                yield dict(zip(names, row, strict=True))
        return
    last = 0
    with suppress(sqlite3.Error):
        found = old.execute(f"SELECT max(seq) FROM {table}").fetchone()[0]  # noqa: S608
        last = found if isinstance(found, int) else 0
    sql = f"SELECT * FROM {table} NOT INDEXED WHERE seq = ?"  # noqa: S608 - one of our own tables
    number, missing = 0, 0
    while missing < _GIVE_UP_AFTER and (last <= 0 or number < last):
        number += 1
        missing += 1
        with suppress(sqlite3.Error):
            row = old.execute(sql, (number,)).fetchone()
            if row is not None:
                missing = 0
                yield dict(zip(names, row, strict=True))


def _drop_dangling(new: sqlite3.Connection) -> None:
    """Remove rows, or clear columns, that refer to lost rows."""
    while rows := new.execute("PRAGMA foreign_key_check").fetchall():
        for table, rowid, _parent, number in rows:
            keys = new.execute('SELECT id, "from" FROM pragma_foreign_key_list(?)', (table,))
            column = dict(keys.fetchall())[number]
            if table in ("messages", "conversations"):
                sql = f"UPDATE {table} SET {column} = NULL WHERE rowid = ?"  # noqa: S608
            else:
                sql = f"DELETE FROM {table} WHERE rowid = ?"  # noqa: S608
            new.execute(sql, (rowid,))


def _cycles(new: sqlite3.Connection) -> Iterator[str]:
    """Yield one message ID of each cycle of parents."""
    rows = new.execute("SELECT id, parent_id FROM messages WHERE parent_id IS NOT NULL")
    above = dict(rows.fetchall())
    checked: set[str] = set()
    for start in above:
        visited: set[str] = set()
        current: str | None = start
        while current is not None and current not in checked:
            checked.add(current)
            visited.add(current)
            current = above.get(current)
        if current in visited:
            yield str(current)


def _silent(done: int, total: int) -> None:
    pass
