"""What a search among all conversations finds, the best first.

Titles come first, then messages. Of the messages only the newest that match are looked at
(`_CANDIDATES`), because the index yields them in that order without looking at the others: so a
word that is everywhere costs no more than one that is seldom. Among them the better match comes
first, then the newer one.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from tui_chat.core.conversation import Role, title_from
from tui_chat.core.search_query import Query, excerpt, find_matches
from tui_chat.storage.row_mapping import (
    IS_CHAT,
    PINNED_SQL,
    Unreadable,
    readable,
    title_and_moment,
)
from tui_chat.storage.search.fts_index import Matches, patterns_of, phrases_of
from tui_chat.storage.search.short_terms import has_endings, places_of, rarest

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tui_chat.storage.row_mapping import Row

T = TypeVar("T")

_CANDIDATES: Final = 300
_ROUNDS: Final = 4
"""So often more are asked for, when long conversations took all places."""
_SCORED: Final = 4_000
"""So much of a message is looked at to see how well it fits, in characters."""
_LOOKED_THROUGH: Final = 10_000
"""So many of the newest messages are looked through for a word too short for the index."""
_MOST_OF_ONE: Final = 3
"""So many messages of one conversation, or a long one would hide all others."""
_EXCERPTED: Final = 100_000
"""So much of a message is looked at for the line that is shown, in characters."""

# Conversations in which nothing was ever written are no conversations yet.
_TITLES: Final = f"""
SELECT c.id, c.title, c.updated_at, {PINNED_SQL} AS is_pinned
FROM conversations AS c
WHERE c.deleted_at IS NULL AND (c.leaf_id IS NOT NULL OR c.draft <> '' OR c.title <> '')
"""  # noqa: S608
_PINNED_FIRST: Final = " ORDER BY is_pinned DESC, c.updated_at DESC, c.seq DESC LIMIT ?"
_MESSAGES: Final = f"""
SELECT c.id, c.title, m.created_at, {PINNED_SQL},
       m.id, m.role, substr(m.content, 1, {_EXCERPTED}), m.seq
FROM messages AS m CROSS JOIN conversations AS c ON c.id = m.conversation_id
WHERE m.deleted_at IS NULL AND c.deleted_at IS NULL
"""  # noqa: S608
_INDEXED: Final = _MESSAGES.replace(
    "FROM messages AS m",
    "FROM messages_fts CROSS JOIN messages AS m ON m.seq = messages_fts.rowid",
).replace("WHERE", "WHERE messages_fts MATCH ? AND")
_ELSEWHERE: Final = """
 AND m.seq < ? AND m.conversation_id NOT IN (SELECT value FROM json_each(?))
"""
_TAGGED: Final = " AND m.conversation_id IN (SELECT t.id FROM conversations AS t WHERE TRUE"
_NEWEST_FIRST: Final = " ORDER BY m.seq DESC LIMIT ?"
_NEWEST_INDEXED: Final = " ORDER BY messages_fts.rowid DESC LIMIT ?"


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A conversation that is listed, or a message in which something was found."""

    conversation_id: str
    title: str
    moment: datetime
    """When the conversation was used last, or the message was written."""
    is_pinned: bool = False
    message_id: str | None = None
    """None: the conversation itself, by its title or because everything is listed."""
    role: Role | None = None
    line: str = ""
    """A piece of the message around what was found; raw."""


class SearchQueries(ABC):
    """The part of a store that searches."""

    _connection: sqlite3.Connection
    _has_index: bool

    @abstractmethod
    def _attempt(self, action: Callable[[], T]) -> T:
        """Do something with the database; what SQLite says against it is told in words."""

    def search(self, query: Query, limit: int) -> list[SearchHit]:
        """Return what is found outside of the trash: see find_hits.

        Raises:
            StorageError: It cannot be read.
        """
        return self._attempt(
            lambda: find_hits(self._connection, query, limit, has_index=self._has_index)
        )


def find_hits(
    connection: sqlite3.Connection, query: Query, limit: int, *, has_index: bool
) -> list[SearchHit]:
    """Return what is found outside of the trash, the best first.

    Without words it is all conversations: pinned ones first, then the one used last. All words are
    in the title, or all in one message; a tag is in the title in any case.

    Args:
        connection: Of the database.
        query: What is looked for.
        limit: How many hits at most.
        has_index: Whether there is a search index.

    Raises:
        sqlite3.Error: It cannot be read, or was interrupted.
    """
    hits = _found(connection, query, limit, has_index=has_index)
    if hits or not query.tags:
        return hits
    # No title has such a tag: perhaps it is no tag, but a word such as `#include`.
    plain = Query((*query.tags, *query.words))
    return _found(connection, plain, limit, has_index=has_index)


def _found(
    connection: sqlite3.Connection, query: Query, limit: int, *, has_index: bool
) -> list[SearchHit]:
    hits = _title_hits(connection, query, limit)
    if query.words and len(hits) < limit:
        named = {hit.conversation_id for hit in hits}
        others = _message_hits(connection, query, limit, has_index=has_index)
        # A question that gave its conversation the title would only say the same again.
        hits += [it for it in others if not (it.conversation_id in named and _is_title(it))]
    return hits[:limit]


def _is_title(hit: SearchHit) -> bool:
    return hit.role is Role.USER and title_from(hit.line) == hit.title


def _title_hits(connection: sqlite3.Connection, query: Query, limit: int) -> list[SearchHit]:
    wanted = _likes("c.title", query.terms)
    # A single question of a script is found by its words, and fills no list.
    kinds = "" if query.terms else f" AND {IS_CHAT}"
    sql = _TITLES + wanted.sql + kinds + _PINNED_FIRST
    rows = connection.execute(sql, (*wanted.values, limit))
    return readable(rows, _title_hit, Unreadable())


def _message_hits(
    connection: sqlite3.Connection, query: Query, limit: int, *, has_index: bool
) -> list[SearchHit]:
    rows = _candidates(connection, query, limit, has_index=has_index)
    # The newest are the first of the rows.
    rows = [row for row in rows if isinstance(row[6], str)]
    scores = [_score(row[6][:_SCORED], query.words) - n / len(rows) for n, row in enumerate(rows)]
    ranked = sorted(range(len(rows)), key=scores.__getitem__, reverse=True)
    counts: Counter[str] = Counter()
    hits: list[SearchHit] = []
    for row in (rows[index] for index in ranked):
        counts[row[0]] += 1
        if counts[row[0]] <= _MOST_OF_ONE and len(hits) < limit:
            hits += readable([row], lambda row: _message_hit(row, query), Unreadable())
    return hits


def _candidates(
    connection: sqlite3.Connection, query: Query, limit: int, *, has_index: bool
) -> list[Row]:
    """Return the newest messages that match, from as many conversations as are to be shown."""
    rows: list[Row] = []
    for _ in range(_ROUNDS):
        counts = Counter(row[0] for row in rows)
        if sum(min(count, _MOST_OF_ONE) for count in counts.values()) >= limit:
            break
        # A long conversation may be all that was found: the next round looks at the others.
        before = Matches("", ())
        if rows:
            seen = json.dumps(list(counts))
            before = Matches(_ELSEWHERE, (rows[-1][7], seen))
        found = _newest(connection, query, before, has_index=has_index)
        rows += found
        if len(found) < _CANDIDATES:
            break
    return rows


def _newest(
    connection: sqlite3.Connection, query: Query, before: Matches, *, has_index: bool
) -> list[Row]:
    """Return the newest messages that match, after those of the rounds before."""
    phrases, others = phrases_of(query.words, has_index=has_index)
    tagged = _likes("t.title", query.tags)
    if query.tags:
        # As a list of its own, not title by title with every message.
        tagged = Matches(f"{_TAGGED}{tagged.sql})", tagged.values)
    wanted = before + tagged + _likes("m.content", others)
    if phrases:
        sql = _INDEXED + wanted.sql.replace("m.seq <", "messages_fts.rowid <") + _NEWEST_INDEXED
        return connection.execute(sql, (phrases, *wanted.values, _CANDIDATES)).fetchall()

    def look(where: str, values: tuple[str | int, ...], count: int) -> list[Row]:
        sql = f"{_MESSAGES}{wanted.sql} AND {where}{_NEWEST_FIRST}"
        return connection.execute(sql, (*wanted.values, *values, count)).fetchall()

    word = rarest(others)
    if not word or not has_endings(connection):
        return look("TRUE", (), _CANDIDATES)
    newest = connection.execute("SELECT coalesce(max(seq), 0) FROM messages").fetchone()[0]
    rows = look("m.seq > ?", (newest - _LOOKED_THROUGH,), _CANDIDATES)
    if len(rows) < _CANDIDATES:
        # It is seldom, so there are few to look up.
        older = places_of(word)
        where = f"m.seq <= ? AND m.seq IN ({older.sql})"
        values = (newest - _LOOKED_THROUGH, *older.values)
        rows += look(where, values, _CANDIDATES - len(rows))
    return rows


def _title_hit(row: Row) -> SearchHit:
    title, moment, _ = title_and_moment(row)
    return SearchHit(row[0], title, moment, bool(row[3]))


def _message_hit(row: Row, query: Query) -> SearchHit:
    title, moment, role = title_and_moment(row, row[5])
    line = excerpt(row[6], query.words)
    return SearchHit(row[0], title, moment, bool(row[3]), row[4], role, line)


def _score(text: str, words: tuple[str, ...]) -> float:
    """Return how well a message fits: words that stand as typed, as whole words, more than once."""
    spans = find_matches(text, words)
    if not spans:
        return 0.0
    whole = sum(
        not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())
        for start, end in spans[:20]
    )
    together = len(words) > 1 and find_matches(text, [" ".join(words)])
    return min(len(spans), 5) * 0.1 + 0.5 * bool(whole) + 1.0 * bool(together)


def _likes(column: str, words: Sequence[str]) -> Matches:
    sql: list[str] = []
    values: list[str] = []
    for word in words:
        patterns = patterns_of(word)
        sql.append(" OR ".join([f"{column} LIKE ? ESCAPE '\\'"] * len(patterns)))
        values += patterns
    return Matches("".join(f" AND ({part})" for part in sql), tuple(values))
