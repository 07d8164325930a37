"""Searches while a person types: beside the writer, and the latest query wins."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import StorageError
from tui_chat.storage.damage import database_error
from tui_chat.storage.open_database import BUSY_TIMEOUT_S
from tui_chat.storage.search.fts_index import has_index as is_indexed
from tui_chat.storage.search.ranked_results import SearchHit, find_hits
from tui_chat.storage.search.short_terms import prepare_endings
from tui_chat.storage.sqlite_errors import is_index_damage

if TYPE_CHECKING:
    from pathlib import Path

    from tui_chat.core.search_query import Query

_READ_ONLY: Final = "PRAGMA query_only = ON"
_STEPS: Final = 5_000
"""Of SQLite's machine, between two looks whether the search is wanted: some tenths of a ms."""


class IndexDamage(StorageError):
    """The search index is damaged; the store can make it anew."""


class IncrementalSearch:
    """A connection and a thread of its own, so that no search ever delays a save.

    Whoever stops waiting for a search ends it, within a millisecond or so.
    """

    def __init__(self, path: Path) -> None:
        """Prepare; the database is opened by the first search.

        Args:
            path: The database; it is there already.
        """
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="search")
        self._connection: sqlite3.Connection | None = None
        self._has_index = False
        # Whether the search that runs is unwanted by now; sqlite3's interrupt would miss one that
        # has not reached its first step.
        self._unwanted = threading.Event()

    async def search(self, query: Query, limit: int) -> list[SearchHit]:
        """Return what is found: see find_hits.

        Raises:
            IndexDamage: The index must be made anew.
            StorageError: The database cannot be read.
        """
        unwanted = threading.Event()
        try:
            future = self._thread.submit(self._search, unwanted, query, limit)
        except RuntimeError as error:
            raise StorageError("The store of conversations is closed.") from error
        try:
            return await asyncio.wrap_future(future)
        finally:
            unwanted.set()

    async def aclose(self) -> None:
        """End what is running and let go of the database. Twice is harmless."""
        self._unwanted.set()
        self._thread.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self._thread.shutdown)
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _search(self, unwanted: threading.Event, query: Query, limit: int) -> list[SearchHit]:
        if unwanted.is_set():
            return []
        self._unwanted = unwanted
        try:
            return find_hits(self._opened(), query, limit, has_index=self._has_index)
        except sqlite3.Error as error:
            if unwanted.is_set():
                return []
            if isinstance(error, sqlite3.DatabaseError) and is_index_damage(error):
                raise IndexDamage("The search index is damaged.") from error
            raise database_error(error, self._path) from error

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(
                self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            self._has_index = is_indexed(connection)
            if self._has_index:
                prepare_endings(connection)
            # Not opened as read-only: that cannot read the log of a database nobody has open.
            connection.execute(_READ_ONLY)
            connection.set_progress_handler(lambda: self._unwanted.is_set(), _STEPS)
            self._connection = connection
        return self._connection
