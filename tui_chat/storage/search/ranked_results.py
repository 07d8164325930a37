"""Ranked search results over all conversations: titles first, then messages, best first.

Only the newest matching messages are ranked (`_CANDIDATES`), because the index yields them in that
order without reading the others: a frequent word costs no more than a rare one. The score decides,
then the age. The index is in `fts_index`; `search_as_you_type` runs these queries.
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
    PROJECT_SQL,
    SkippedRows,
    convert_rows,
    title_and_moment,
)
from tui_chat.storage.search.attached_text import ATTACHED, SEARCHED
from tui_chat.storage.search.fts_index import SqlFragment, patterns_of, phrases_of
from tui_chat.storage.search.short_terms import has_short_terms, rarest, rows_with

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tui_chat.storage.row_mapping import Row

T = TypeVar("T")

_CANDIDATES: Final = 300
_ROUNDS: Final = 4
"""Maximum number of queries, if long conversations fill the candidates."""
_SCORED: Final = 4_000
"""Characters of a message that are scored."""
_SCANNED: Final = 10_000
"""The newest messages, which are scanned for a word too short for the index."""
_MAX_PER_CONVERSATION: Final = 3
"""Hits per conversation, so that a long one does not hide all others."""
_EXCERPTED: Final = 100_000
"""Characters of a message that are searched for the excerpt."""

# Conversations without title, draft and messages are not listed.
_TITLES: Final = f"""
SELECT c.id, c.title, c.updated_at, {PINNED_SQL} AS is_pinned,
       coalesce(c.model, (SELECT l.model FROM messages AS l WHERE l.id = c.leaf_id)),
       {PROJECT_SQL}
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
_ATTACHMENTS: Final = _MESSAGES.replace("FROM messages AS m", f"{ATTACHED}").replace(
    "m.content", SEARCHED
)
_ELSEWHERE: Final = """
 AND m.seq < ? AND m.conversation_id NOT IN (SELECT value FROM json_each(?))
"""
_TAGGED: Final = " AND m.conversation_id IN (SELECT t.id FROM conversations AS t WHERE TRUE"
_NEWEST_FIRST: Final = " ORDER BY m.seq DESC LIMIT ?"
_NEWEST_INDEXED: Final = " ORDER BY messages_fts.rowid DESC LIMIT ?"


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A matching conversation or message."""

    conversation_id: str
    title: str
    moment: datetime
    """The last use of the conversation, or the time of the message."""
    is_pinned: bool = False
    message_id: str | None = None
    """None for the conversation itself, which matches by its title or an empty query."""
    role: Role | None = None
    line: str = ""
    """An excerpt of the message around the match, not sanitized."""
    model: str = ""
    """The model of a conversation, not sanitized; empty for a message, or if it is unknown."""
    project: str = ""
    """The project of a conversation, not sanitized; empty for a message, or without one."""


class SearchQueries(ABC):
    """The part of the store that searches."""

    _connection: sqlite3.Connection
    _has_index: bool

    @abstractmethod
    def _attempt(self, action: Callable[[], T]) -> T:
        """Run an action on the database; translate its errors."""

    def search(self, query: Query, limit: int) -> list[SearchHit]:
        """Search outside of the trash; see find_hits.

        Raises:
            StorageError: The database cannot be read.
        """
        return self._attempt(
            lambda: find_hits(self._connection, query, limit, has_index=self._has_index)
        )


def find_hits(
    connection: sqlite3.Connection, query: Query, limit: int, *, has_index: bool
) -> list[SearchHit]:
    """Search outside of the trash; return hits, best first.

    An empty query matches all conversations: pinned ones first, then the most recently used. All
    words must be in the title, or all in one message; tags must be in the title.

    Args:
        connection: The database.
        query: The parsed query.
        limit: The maximum number of hits.
        has_index: Use the search index.

    Raises:
        sqlite3.Error: The database cannot be read, or the query was interrupted.
    """
    hits = _found(connection, query, limit, has_index=has_index)
    if hits or not query.tags:
        return hits
    # No title has the tag: it may be a word such as `#include`.
    plain = Query((*query.tags, *query.words))
    return _found(connection, plain, limit, has_index=has_index)


def _found(
    connection: sqlite3.Connection, query: Query, limit: int, *, has_index: bool
) -> list[SearchHit]:
    hits = _title_hits(connection, query, limit)
    if query.words and len(hits) < limit:
        by_title = {hit.conversation_id for hit in hits}
        others = _message_hits(connection, query, limit, has_index=has_index)
        # Skip a question that became the title of its conversation.
        hits += [it for it in others if not (it.conversation_id in by_title and _is_title(it))]
    if query.words and len(hits) < limit:
        known = {hit.message_id for hit in hits}
        attached = _attachment_hits(connection, query, limit)
        hits += [hit for hit in attached if hit.message_id not in known]
    return hits[:limit]


def _attachment_hits(connection: sqlite3.Connection, query: Query, limit: int) -> list[SearchHit]:
    """Return the newest messages with all words in the name or the text of one attachment."""
    wanted = _likes(SEARCHED, query.words)
    if query.tags:
        tagged = _likes("t.title", query.tags)
        wanted += SqlFragment(f"{_TAGGED}{tagged.sql})", tagged.values)
    sql = f"{_ATTACHMENTS}{wanted.sql} GROUP BY m.id{_NEWEST_FIRST}"
    rows = connection.execute(sql, (*wanted.values, limit)).fetchall()
    return convert_rows(rows, lambda row: _message_hit(row, query), SkippedRows())


def _is_title(hit: SearchHit) -> bool:
    return hit.role is Role.USER and title_from(hit.line) == hit.title


def _title_hits(connection: sqlite3.Connection, query: Query, limit: int) -> list[SearchHit]:
    wanted = _likes("c.title", query.terms)
    # Single questions of scripts can be found, but are not listed without a query.
    kinds = "" if query.terms else f" AND {IS_CHAT}"
    sql = _TITLES + wanted.sql + kinds + _PINNED_FIRST
    rows = connection.execute(sql, (*wanted.values, limit))
    return convert_rows(rows, _title_hit, SkippedRows())


def _message_hits(
    connection: sqlite3.Connection, query: Query, limit: int, *, has_index: bool
) -> list[SearchHit]:
    rows = _candidates(connection, query, limit, has_index=has_index)
    # Newest first.
    rows = [row for row in rows if isinstance(row[6], str)]
    scores = [_score(row[6][:_SCORED], query.words) - n / len(rows) for n, row in enumerate(rows)]
    ranked = sorted(range(len(rows)), key=scores.__getitem__, reverse=True)
    counts: Counter[str] = Counter()
    hits: list[SearchHit] = []
    for row in (rows[index] for index in ranked):
        counts[row[0]] += 1
        if counts[row[0]] <= _MAX_PER_CONVERSATION and len(hits) < limit:
            hits += convert_rows([row], lambda row: _message_hit(row, query), SkippedRows())
    return hits


def _candidates(
    connection: sqlite3.Connection, query: Query, limit: int, *, has_index: bool
) -> list[Row]:
    """Return the newest matching messages, from enough conversations to fill the limit."""
    rows: list[Row] = []
    for _ in range(_ROUNDS):
        counts = Counter(row[0] for row in rows)
        if sum(min(count, _MAX_PER_CONVERSATION) for count in counts.values()) >= limit:
            break
        # One long conversation may fill the candidates: the next round excludes those seen.
        before = SqlFragment("", ())
        if rows:
            seen = json.dumps(list(counts))
            before = SqlFragment(_ELSEWHERE, (rows[-1][7], seen))
        found = _newest(connection, query, before, has_index=has_index)
        rows += found
        if len(found) < _CANDIDATES:
            break
    return rows


def _newest(
    connection: sqlite3.Connection, query: Query, before: SqlFragment, *, has_index: bool
) -> list[Row]:
    """Return the newest matching messages, after those of the previous rounds."""
    phrases, others = phrases_of(query.words, has_index=has_index)
    tagged = _likes("t.title", query.tags)
    if query.tags:
        # A subquery, so that titles are not checked once per message.
        tagged = SqlFragment(f"{_TAGGED}{tagged.sql})", tagged.values)
    wanted = before + tagged + _likes("m.content", others)
    if phrases:
        sql = _INDEXED + wanted.sql.replace("m.seq <", "messages_fts.rowid <") + _NEWEST_INDEXED
        return connection.execute(sql, (phrases, *wanted.values, _CANDIDATES)).fetchall()

    def scan(where: str, values: tuple[str | int, ...], count: int) -> list[Row]:
        sql = f"{_MESSAGES}{wanted.sql} AND {where}{_NEWEST_FIRST}"
        return connection.execute(sql, (*wanted.values, *values, count)).fetchall()

    word = rarest(others)
    if not word or not has_short_terms(connection):
        return scan("TRUE", (), _CANDIDATES)
    newest = connection.execute("SELECT coalesce(max(seq), 0) FROM messages").fetchone()[0]
    rows = scan("m.seq > ?", (newest - _SCANNED,), _CANDIDATES)
    if len(rows) < _CANDIDATES:
        # The word is rare, so there are few older messages to look up.
        older = rows_with(word)
        where = f"m.seq <= ? AND m.seq IN ({older.sql})"
        values = (newest - _SCANNED, *older.values)
        rows += scan(where, values, _CANDIDATES - len(rows))
    return rows


def _title_hit(row: Row) -> SearchHit:
    title, moment, _ = title_and_moment(row)
    model = row[4] if isinstance(row[4], str) else ""
    project = row[5] if isinstance(row[5], str) else ""
    return SearchHit(row[0], title, moment, bool(row[3]), model=model, project=project)


def _message_hit(row: Row, query: Query) -> SearchHit:
    title, moment, role = title_and_moment(row, row[5])
    line = excerpt(row[6], query.words)
    return SearchHit(row[0], title, moment, bool(row[3]), row[4], role, line)


def _score(text: str, words: tuple[str, ...]) -> float:
    """Score a message: number of matches, whole words, and the words together as typed."""
    spans = find_matches(text, words)
    if not spans:
        return 0.0
    whole = sum(
        not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())
        for start, end in spans[:20]
    )
    together = len(words) > 1 and find_matches(text, [" ".join(words)])
    return min(len(spans), 5) * 0.1 + 0.5 * bool(whole) + 1.0 * bool(together)


def _likes(column: str, words: Sequence[str]) -> SqlFragment:
    sql: list[str] = []
    values: list[str] = []
    for word in words:
        patterns = patterns_of(word)
        sql.append(" OR ".join([f"{column} LIKE ? ESCAPE '\\'"] * len(patterns)))
        values += patterns
    return SqlFragment("".join(f" AND ({part})" for part in sql), tuple(values))
