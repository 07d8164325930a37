"""Takes over what can still be read of a damaged database into the fresh one.

Two readers complete each other. SQLite itself, told to overlook a damaged schema, is asked for each
row by its number, without an index. Then every page of the file and of its log is parsed here: that
needs no schema, no tree and no intact header. The damaged files are only read.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import now, title_from
from tui_chat.storage.drafts import show_drafts
from tui_chat.storage.row_mapping import time_text
from tui_chat.storage.salvage_rows import RowMerge, table_of
from tui_chat.storage.search.fts_index import prepare_index, remove_triggers
from tui_chat.storage.sqlite_log import Standing
from tui_chat.storage.sqlite_pages import Page, PageFile
from tui_chat.storage.sqlite_records import (
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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tui_chat.storage.salvage_rows import Row

_GIVE_UP_AFTER: Final = 20_000
"""So many row numbers in succession without a row are the end of what SQLite is asked for."""
_PAGES_BETWEEN_REPORTS: Final = 200
_FIRST_PAGE_HEADER: Final = 100
_IS_ID: Final = re.compile(r"[0-9a-f]{32}")
_SHORTEST_HEADER: Final = 8

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
# Its leaf is empty, not NULL, so that the statement below puts the last message there.
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
class Salvaged:
    """The result of a salvage."""

    conversations: int = 0
    messages: int = 0
    in_part: int = 0
    """How many of the messages are cut off."""
    lost: int = 0
    """How many rows were there and cannot be read, as far as that can be known."""

    @property
    def words(self) -> str:
        """The result as a part of a sentence; empty when nothing came."""
        if not self.conversations:
            return ""
        part = f" ({self.in_part} of them only in part)" if self.in_part else ""
        lost = f"; at least {_counted(self.lost, 'row')} could not be read" if self.lost else ""
        return (
            "all that could still be read was taken over: "
            f"{_counted(self.conversations, 'conversation')}, "
            f"{_counted(self.messages, 'message')}{part}{lost}"
        )


def salvage(
    damaged: Path, fresh: sqlite3.Connection, report: Callable[[int, int], None] | None = None
) -> Salvaged:
    """Copy everything that can be read, all or nothing. Doing it again adds nothing.

    Args:
        damaged: The file that was set aside, of this version or an earlier one. Its log lies
            beside it; either may be missing.
        fresh: The database that took its place; what is in it already stays.
        report: Called with the number of pages done and the number of all.

    Raises:
        sqlite3.Error: The fresh database cannot be written; nothing is taken over.
        OSError: The damaged file cannot be opened.
    """
    fresh.execute("BEGIN IMMEDIATE")
    try:
        fresh.execute("PRAGMA defer_foreign_keys = ON")
        # The search index is made anew at the end, at a fraction of the cost.
        remove_triggers(fresh)
        fresh.execute("CREATE TEMP TABLE IF NOT EXISTS referred (id TEXT PRIMARY KEY)")
        fresh.execute("DELETE FROM temp.referred")
        salvager = _Salvager(damaged, fresh)
        salvager.take_by_sqlite()
        salvager.take_by_pages(report or _silent)
        result = salvager.finished()
        fresh.execute("COMMIT")
    except BaseException:
        if fresh.in_transaction:
            fresh.execute("ROLLBACK")
        raise
    prepare_index(fresh)
    return result


class _Salvager:
    """One salvage, inside a transaction on the fresh database."""

    def __init__(self, damaged: Path, fresh: sqlite3.Connection) -> None:
        self._damaged = damaged
        self._fresh = fresh
        self._merge = RowMerge(fresh)
        self._bad_cells = 0
        self._used: set[int] = set()
        # Conversations of which a message was found where SQLite itself would look.
        self._alive: set[str] = set()

    def take_by_sqlite(self) -> None:
        """Take each row that SQLite reads by its number."""
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
            # Text that is damaged itself must not end the reading of its table.
            old.text_factory = lambda data: data.decode("utf-8", "replace")
            for table in self._merge.tables:
                for row in _rows_by_number(old, table):
                    self._note_alive(table, row)
                    self._put(table, row)

    def take_by_pages(self, report: Callable[[int, int], None]) -> None:
        """Take each row that a page of the file or of its log holds."""
        with PageFile(self._damaged) as file:
            waiting: set[int] = set()
            for done, page in enumerate(file.pages()):
                if not done % _PAGES_BETWEEN_REPORTS:
                    report(done, file.version_count)
                if not self._take_page(page, file):
                    waiting.add(page.number)
            # Last, because by now it is known which pages only continue rows of others.
            for number in sorted(waiting - self._used):
                if data := file.page(number):
                    self._carve(data, file)

    def finished(self) -> Salvaged:
        """Make the whole consistent, and return what came."""
        fresh = self._fresh
        fresh.execute(_REFERRED)
        lost = int(fresh.execute(_LOST).fetchone()[0])
        self._adopt()
        fresh.execute(_CUT_LOOSE)
        for message_id in _ring_ends(fresh):
            fresh.execute("UPDATE messages SET parent_id = NULL WHERE id = ?", (message_id,))
        fresh.execute(_LAST_LEAF)
        _drop_dangling(fresh)
        added = self._merge.added
        in_part = len(self._merge.in_part)
        return Salvaged(
            added["conversations"], added["messages"], in_part, max(lost, self._bad_cells)
        )

    def _take_page(self, page: Page, file: PageFile) -> bool:
        """Take the rows of a page; say whether it was whole, or of no use at all."""
        start = _FIRST_PAGE_HEADER if page.number == 1 else 0
        if len(page.data) < start + _SHORTEST_HEADER:
            return True
        kind = page.data[start]
        if kind in (INDEX_LEAF, INDEX_INTERIOR):
            if page.standing is Standing.LIVE:
                self._note_entries(page.data, start, file)
            return True
        if kind != TABLE_LEAF:
            return kind in PAGE_TYPES
        places = cell_places(page.data, start)
        layout = file.layout_for(page.standing)
        bad = found = 0
        for place in places:
            try:
                cell = table_cell(page.data, place, layout)
            except BadCell:
                bad += 1
                continue
            self._used.update(cell.overflow)
            found += self._take_cell(cell, page.standing)
        if page.standing is Standing.LIVE and found:
            self._bad_cells += bad
        # Cells that no pointer names lie before the first one that is named.
        hides_some = int.from_bytes(page.data[start + 5 : start + 7], "big") != min(
            places, default=0
        )
        return bool(places) and not bad and not hides_some

    def _take_cell(self, cell: Cell, standing: Standing, most_misfits: int = 3) -> bool:
        table = table_of(cell, self._merge.tables, most_misfits)
        row = self._merge.tables[table].row(cell) if table else None
        if row is None:
            return False
        if table == "drafts" and standing >= Standing.OLD:
            # It was sent or replaced: a dead draft does not come back.
            return True
        if standing < Standing.OLD:
            self._note_alive(table, row)
        is_newer = standing is Standing.UNCONFIRMED
        self._put(table, row, is_cut=cell.is_cut, is_newer=is_newer)
        return True

    def _carve(self, data: bytes, file: PageFile) -> None:
        for cell in carved(data, file.layout):
            # Without a header that vouches for it, every value must be possible.
            self._take_cell(cell, Standing.LIVE, most_misfits=0)

    def _put(self, table: str, row: Row, *, is_cut: bool = False, is_newer: bool = False) -> None:
        self._merge.put(table, row, is_cut=is_cut, is_newer=is_newer)

    def _note_alive(self, table: str, row: Row) -> None:
        if table == "messages":
            self._alive.add(str(row.get("conversation_id")))

    def _note_entries(self, data: bytes, start: int, file: PageFile) -> None:
        """Note the ids that an index names: each belongs to a row that was there."""
        ids: list[tuple[str]] = []
        for place in cell_places(data, start):
            with suppress(BadCell):
                match index_entry(data, place, file.layout):
                    case (str(name), int()) if _IS_ID.fullmatch(name):
                        ids.append((name,))
        self._fresh.executemany("INSERT OR IGNORE INTO temp.referred VALUES (?)", ids)

    def _adopt(self) -> None:
        """Give messages and drafts whose conversation is lost a new one.

        What only unused pages held was deleted for good, or has been moved: it goes to the trash.
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
    """Yield the rows of a table that SQLite can read."""
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


def _drop_dangling(fresh: sqlite3.Connection) -> None:
    """Remove rows beside the messages that belong to what is lost."""
    while rows := fresh.execute("PRAGMA foreign_key_check").fetchall():
        for table, rowid, _, number in rows:
            keys = fresh.execute('SELECT id, "from" FROM pragma_foreign_key_list(?)', (table,))
            column = dict(keys.fetchall())[number]
            if table in ("messages", "conversations"):
                sql = f"UPDATE {table} SET {column} = NULL WHERE rowid = ?"  # noqa: S608
            else:
                sql = f"DELETE FROM {table} WHERE rowid = ?"  # noqa: S608
            fresh.execute(sql, (rowid,))


def _ring_ends(fresh: sqlite3.Connection) -> Iterator[str]:
    """Yield a message of each ring: one that follows itself, at whatever distance."""
    rows = fresh.execute("SELECT id, parent_id FROM messages WHERE parent_id IS NOT NULL")
    above = dict(rows.fetchall())
    checked: set[str] = set()
    for begin in above:
        way: set[str] = set()
        here: str | None = begin
        while here is not None and here not in checked:
            checked.add(here)
            way.add(here)
            here = above.get(here)
        if here in way:
            yield str(here)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _silent(done: int, total: int) -> None:
    pass
