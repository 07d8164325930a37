"""Finds words of one or two characters, which are shorter than a trigram of the full-text index.

In Chinese they are the most common words. They are found as prefixes of trigrams, except at the
very end of a text, which has a separate index of its last two characters. A full scan would take
100 to 200 ms for 100,000 messages.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from tui_chat.storage.search.fts_index import SqlFragment, patterns_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENDS: Final = """
CREATE INDEX IF NOT EXISTS messages_ends ON messages (substr(content, -2))
WHERE status <> 'streaming'
"""
# A view of the index: the trigrams and their messages.
_TRIGRAMS: Final = """
CREATE VIRTUAL TABLE temp.trigrams USING fts5vocab (main, messages_fts, instance)
"""
_PLACES: Final = """
SELECT doc FROM temp.trigrams WHERE term >= ? AND term < ?
UNION ALL SELECT seq FROM messages WHERE status <> 'streaming' AND
"""
_LAST: Final = "\U0010ffff"


def prepare_short_terms(connection: sqlite3.Connection) -> None:
    """Prepare a connection for `rows_with`; create the index of text ends if it is missing.

    A read-only database is searched without it.
    """
    with suppress(sqlite3.Error):
        connection.execute(_ENDS)
        connection.execute(_TRIGRAMS)


def has_short_terms(connection: sqlite3.Connection) -> bool:
    """Return whether `rows_with` works on a connection."""
    sql = "SELECT 1 FROM temp.sqlite_master WHERE name = 'trigrams'"
    return connection.execute(sql).fetchone() is not None


def rarest(words: Sequence[str]) -> str:
    """Return the word that is probably the rarest, or "".

    Words with non-ASCII letters that have cases are excluded: the index folds them in its own way.
    """
    plain = [word for word in words if all(c.isascii() or c.lower() == c.upper() for c in word)]
    return max(plain, key=lambda word: (len(word), not word.isascii()), default="")


def rows_with(word: str) -> SqlFragment:
    """Return the SQL that selects the row numbers of messages that may contain a short word."""
    prefix = word.lower()
    patterns = patterns_of(word)
    ends = " OR ".join(["substr(content, -2) LIKE ? ESCAPE '\\'"] * len(patterns))
    return SqlFragment(_PLACES + f"({ends})", (prefix, prefix + _LAST, *patterns))
