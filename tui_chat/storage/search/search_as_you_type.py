"""Runs `ranked_results` while the user types, off the writer thread; newer queries cancel older."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _
from tui_chat.storage.database.damage import database_error
from tui_chat.storage.database.open_database import BUSY_TIMEOUT_S
from tui_chat.storage.database.sqlite_errors import is_index_damage
from tui_chat.storage.search.fts_index import has_index as is_indexed
from tui_chat.storage.search.ranked_results import SearchHit, find_hits
from tui_chat.storage.search.short_terms import prepare_short_terms

if TYPE_CHECKING:
    from pathlib import Path

    from tui_chat.core.search_query import Query

_READ_ONLY: Final = "PRAGMA query_only = ON"
_STEPS: Final = 5_000
"""SQLite instructions between two checks for cancellation: a few tenths of a millisecond."""


class IndexDamage(StorageError):
    """The search index is damaged; the store can rebuild it."""


class IncrementalSearch:
    """Searches on its own connection and thread, so that no search delays a write.

    Cancelling the awaiting task cancels the search within about a millisecond. The first search
    opens the database, which must exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="search")
        self._connection: sqlite3.Connection | None = None
        self._has_index = False
        # Set to cancel the running search. Connection.interrupt() would miss a query that has not
        # started yet.
        self._cancelled = threading.Event()

    async def search(self, query: Query, limit: int) -> list[SearchHit]:
        """Search; see find_hits.

        Raises:
            IndexDamage: The index must be rebuilt.
            StorageError: The database cannot be read.
        """
        cancelled = threading.Event()
        try:
            future = self._thread.submit(self._search, cancelled, query, limit)
        except RuntimeError as error:
            raise StorageError(_("The database is closed.")) from error
        try:
            return await asyncio.wrap_future(future)
        finally:
            cancelled.set()

    async def aclose(self) -> None:
        """Cancel the running search and close the database. Idempotent."""
        self._cancelled.set()
        self._thread.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self._thread.shutdown)
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _search(self, cancelled: threading.Event, query: Query, limit: int) -> list[SearchHit]:
        if cancelled.is_set():
            return []
        self._cancelled = cancelled
        try:
            return find_hits(self._open(), query, limit, has_index=self._has_index)
        except sqlite3.Error as error:
            if cancelled.is_set():
                return []
            if isinstance(error, sqlite3.DatabaseError) and is_index_damage(error):
                raise IndexDamage(_("The search index is damaged.")) from error
            raise database_error(error, self._path) from error

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(
                self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            self._has_index = is_indexed(connection)
            if self._has_index:
                prepare_short_terms(connection)
            # Not mode=ro, which cannot read the log of a database that no one has open.
            connection.execute(_READ_ONLY)
            connection.set_progress_handler(lambda: self._cancelled.is_set(), _STEPS)
            self._connection = connection
        return self._connection
