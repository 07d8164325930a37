"""Finds words of one or two characters, which a trigram index does not hold by themselves.

In Chinese they are the most common words. Every trigram that begins with such a word says where it
stands; only at the very end of a text no trigram begins with it, so the ends have an index of their
own. To look through all texts instead takes 100 to 200 ms for 100,000 messages.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from tui_chat.storage.search.fts_index import Matches, patterns_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENDS: Final = """
CREATE INDEX IF NOT EXISTS messages_ends ON messages (substr(content, -2))
WHERE status <> 'streaming'
"""
# Asks the index itself where its trigrams are; it holds nothing.
_TRIGRAMS: Final = """
CREATE VIRTUAL TABLE temp.trigrams USING fts5vocab (main, messages_fts, instance)
"""
_PLACES: Final = """
SELECT doc FROM temp.trigrams WHERE term >= ? AND term < ?
UNION ALL SELECT seq FROM messages WHERE status <> 'streaming' AND
"""
_LAST: Final = "\U0010ffff"


def prepare_endings(connection: sqlite3.Connection) -> None:
    """Have short words found quickly on a connection, if that is possible.

    The index of the ends is made when it is missing, once; a database that cannot be written to
    is searched without it.
    """
    with suppress(sqlite3.Error):
        connection.execute(_ENDS)
        connection.execute(_TRIGRAMS)


def has_endings(connection: sqlite3.Connection) -> bool:
    """Say whether `places_of` works on a connection."""
    sql = "SELECT 1 FROM temp.sqlite_master WHERE name = 'trigrams'"
    return connection.execute(sql).fetchone() is not None


def rarest(words: Sequence[str]) -> str:
    """Return the word that is probably the rarest of those that can be looked up; or nothing.

    How the index changes the case of other letters than ASCII is its own affair, so words with
    such letters cannot be.
    """
    plain = [word for word in words if all(c.isascii() or c.lower() == c.upper() for c in word)]
    return max(plain, key=lambda word: (len(word), not word.isascii()), default="")


def places_of(word: str) -> Matches:
    """Return how to find the numbers of all messages that may hold a short word."""
    beginning = word.lower()
    patterns = patterns_of(word)
    ends = " OR ".join(["substr(content, -2) LIKE ? ESCAPE '\\'"] * len(patterns))
    return Matches(_PLACES + f"({ends})", (beginning, beginning + _LAST, *patterns))
