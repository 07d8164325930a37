"""A real store whose disk becomes full and free again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

    from tui_chat.storage.async_store import AsyncStore

BIG = "xxxxx " + "".join(f"{number} " for number in range(4_000))
"""More than what is free in the pages that a small database has."""
_ALL_PAGES = 2**31 - 2


async def fill_disk(store: AsyncStore) -> None:
    """Let the database grow no more."""
    await store._done(_limit, store._store._connection, None)


async def free_disk(store: AsyncStore) -> None:
    """Let it grow again."""
    await store._done(_limit, store._store._connection, _ALL_PAGES)


def _limit(connection: sqlite3.Connection, pages: int | None) -> None:
    if pages is None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
