"""The full-text index: FTS5 with the trigram tokenizer, because Chinese has no spaces.

Creates the index, rebuilds it and keeps it current by triggers; builds the SQL that selects
matching conversations, unranked. The index stores no text (external content). A message is indexed
once it is no longer streaming, so checkpoints of a long reply cost nothing. If the SQLite library
lacks FTS5 or trigrams, the same queries use LIKE, which is slower.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.core.search_query import split_query
from tui_chat.storage.search.attached_text import ATTACHED, SEARCHED

if TYPE_CHECKING:
    from collections.abc import Sequence

TRIGRAM: Final = 3
"""Shorter words are not in the index; LIKE finds them."""

_TABLES: Final = (
    """
    CREATE VIRTUAL TABLE messages_fts USING fts5 (
      content, content = 'messages', content_rowid = 'seq', tokenize = 'trigram'
    )
    """,
    """
    CREATE VIRTUAL TABLE titles_fts USING fts5 (
      title, content = 'conversations', content_rowid = 'seq', tokenize = 'trigram'
    )
    """,
)

# Deleting from an external-content index needs exactly the text that was inserted.
_TRIGGERS: Final = {
    "messages_fts_insert": """
    CREATE TRIGGER messages_fts_insert AFTER INSERT ON messages
    WHEN new.status <> 'streaming' BEGIN
      INSERT INTO messages_fts (rowid, content) VALUES (new.seq, new.content);
    END
    """,
    # One trigger for both steps: SQLite does not define the order of two triggers.
    "messages_fts_update": """
    CREATE TRIGGER messages_fts_update AFTER UPDATE OF content, status ON messages
    WHEN (old.status <> 'streaming' OR new.status <> 'streaming')
      AND (old.content <> new.content OR 'streaming' IN (old.status, new.status)) BEGIN
      INSERT INTO messages_fts (messages_fts, rowid, content)
      SELECT 'delete', old.seq, old.content WHERE old.status <> 'streaming';
      INSERT INTO messages_fts (rowid, content)
      SELECT new.seq, new.content WHERE new.status <> 'streaming';
    END
    """,
    "messages_fts_delete": """
    CREATE TRIGGER messages_fts_delete AFTER DELETE ON messages
    WHEN old.status <> 'streaming' BEGIN
      INSERT INTO messages_fts (messages_fts, rowid, content)
      VALUES ('delete', old.seq, old.content);
    END
    """,
    "titles_fts_insert": """
    CREATE TRIGGER titles_fts_insert AFTER INSERT ON conversations BEGIN
      INSERT INTO titles_fts (rowid, title) VALUES (new.seq, new.title);
    END
    """,
    "titles_fts_replace": """
    CREATE TRIGGER titles_fts_replace AFTER UPDATE OF title ON conversations
    WHEN old.title <> new.title BEGIN
      INSERT INTO titles_fts (titles_fts, rowid, title) VALUES ('delete', old.seq, old.title);
      INSERT INTO titles_fts (rowid, title) VALUES (new.seq, new.title);
    END
    """,
    "titles_fts_delete": """
    CREATE TRIGGER titles_fts_delete AFTER DELETE ON conversations BEGIN
      INSERT INTO titles_fts (titles_fts, rowid, title) VALUES ('delete', old.seq, old.title);
    END
    """,
}

# Dropping works on a damaged index; emptying it does not.
_DROP: Final = ("DROP TABLE IF EXISTS messages_fts", "DROP TABLE IF EXISTS titles_fts")
_FILL: Final = (
    """
    INSERT INTO messages_fts (rowid, content)
    SELECT seq, content FROM messages WHERE status <> 'streaming'
    """,
    "INSERT INTO titles_fts (rowid, title) SELECT seq, title FROM conversations",
)


def can_index(connection: sqlite3.Connection) -> bool:
    """Return whether this SQLite library has FTS5 with trigrams (3.34 or later, if enabled)."""
    try:
        connection.execute(
            "CREATE VIRTUAL TABLE temp.trigram_probe USING fts5 (text, tokenize = 'trigram')"
        )
        connection.execute("DROP TABLE temp.trigram_probe")
    except sqlite3.OperationalError:
        return False
    return True


def prepare_index(connection: sqlite3.Connection) -> bool:
    """Create the index if it is missing; return whether there is one.

    Without FTS5 the triggers are dropped, since every write would fail. A library with FTS5 finds
    them missing and rebuilds the index.
    """
    if not can_index(connection):
        remove_triggers(connection)
        return False
    if not has_index(connection):
        rebuild_index(connection)
    return True


def remove_triggers(connection: sqlite3.Connection) -> None:
    """Stop updating the index; `prepare_index` rebuilds it."""
    for name in _present_triggers(connection):
        connection.execute(f"DROP TRIGGER IF EXISTS {name}")


def has_index(connection: sqlite3.Connection) -> bool:
    """Return whether a database has an index that is kept current."""
    return len(_present_triggers(connection)) == len(_TRIGGERS)


def rebuild_index(connection: sqlite3.Connection) -> None:
    """Rebuild the index from the tables, in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in (*_DROP, *_TABLES, *_FILL):
            connection.execute(statement)
        for name, statement in _TRIGGERS.items():
            connection.execute(f"DROP TRIGGER IF EXISTS {name}")
            connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@dataclass(frozen=True, slots=True)
class SqlFragment:
    """A piece of SQL with its values."""

    sql: str
    values: tuple[str | int, ...]

    def __add__(self, other: SqlFragment) -> SqlFragment:
        return SqlFragment(self.sql + other.sql, self.values + other.values)


def ids_matching(query: str, *, has_index: bool) -> SqlFragment | None:
    """Return the SQL that selects the IDs of conversations with all words of a query.

    All words are in the title, or all in one message or attachment. Quotes, operators and wildcards
    are literal.

    Args:
        query: The query as typed.
        has_index: Use the index.

    Returns:
        None if the query has no words.
    """
    words = split_query(query)
    if not words:
        return None
    phrases, others = phrases_of(words, has_index=has_index)
    parts = [
        _part(_MESSAGES_BY_INDEX if phrases else _MESSAGES, "m.content", phrases, others),
        _part(_TITLES_BY_INDEX if phrases else _TITLES, "t.title", phrases, others),
        _part(_ATTACHMENTS, SEARCHED, "", words),
    ]
    return SqlFragment(
        " UNION ".join(part.sql for part in parts),
        tuple(value for part in parts for value in part.values),
    )


def phrases_of(words: Sequence[str], *, has_index: bool) -> tuple[str, list[str]]:
    """Return an FTS5 query (empty without indexed words), and the words too short for the index."""
    indexed = [word for word in words if len(word) >= TRIGRAM] if has_index else []
    phrases = " AND ".join('"' + word.replace('"', '""') + '"' for word in indexed)
    return phrases, [word for word in words if word not in indexed]


_MESSAGES: Final = "SELECT m.conversation_id FROM messages AS m WHERE m.deleted_at IS NULL"
_MESSAGES_BY_INDEX: Final = """
SELECT m.conversation_id FROM messages_fts JOIN messages AS m ON m.seq = messages_fts.rowid
WHERE messages_fts MATCH ? AND m.deleted_at IS NULL
"""
_ATTACHMENTS: Final = f"SELECT m.conversation_id {ATTACHED} WHERE m.deleted_at IS NULL"
_TITLES: Final = "SELECT t.id FROM conversations AS t WHERE t.deleted_at IS NULL"
_TITLES_BY_INDEX: Final = """
SELECT t.id FROM titles_fts JOIN conversations AS t ON t.seq = titles_fts.rowid
WHERE titles_fts MATCH ? AND t.deleted_at IS NULL
"""


def _part(select: str, column: str, phrases: str, words: Sequence[str]) -> SqlFragment:
    sql = [select]
    values = [phrases] if phrases else []
    for word in words:
        patterns = patterns_of(word)
        alternatives = " OR ".join([f"{column} LIKE ? ESCAPE '\\'"] * len(patterns))
        sql.append(f"({alternatives})")
        values += patterns
    return SqlFragment(" AND ".join(sql), tuple(values))


def patterns_of(word: str) -> list[str]:
    """Return LIKE patterns for a word; LIKE itself ignores case for ASCII only."""
    cases = [word] if word.isascii() else [word, word.lower(), word.upper(), word.capitalize()]
    return [
        "%" + case.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        for case in dict.fromkeys(cases)
    ]


def _present_triggers(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    return [name for (name,) in rows if name in _TRIGGERS]
