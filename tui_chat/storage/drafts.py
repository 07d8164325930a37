"""Drafts: each has one owner, the window whose prompt holds it, and a version.

An older version never replaces a newer one, so a late write cannot bring back a sent draft. The
column `conversations.draft` holds all drafts of a conversation as one text, for lists, exports and
recovery. A text there without rows in `drafts` (an import, an older version) has no owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.core.text.sanitize import replace_surrogates

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

DRAFT_SEPARATOR: Final = "\n\n— and in another window —\n\n"
"""Separator between the drafts of two windows."""
NOBODY: Final = ""
"""Owner of a draft in no prompt; the next window that opens the conversation takes it."""

_SELECT: Final = "SELECT owner, version, text FROM drafts WHERE conversation_id = ? ORDER BY rowid"
_UPSERT: Final = """
INSERT INTO drafts (conversation_id, owner, version, text) VALUES (?, ?, ?, ?)
ON CONFLICT (conversation_id, owner) DO UPDATE SET version = excluded.version, text = excluded.text
WHERE excluded.version > version
"""
_DELETE: Final = "DELETE FROM drafts WHERE conversation_id = ? AND owner = ?"
_SHOW: Final = "UPDATE conversations SET draft = ?1 WHERE id = ?2 AND draft <> ?1"


@dataclass(frozen=True, slots=True)
class Draft:
    """The draft of one window; empty once it was sent or deleted."""

    owner: str
    version: str
    """An ID created when the text was typed; IDs sort by time."""
    text: str


def put_draft(connection: sqlite3.Connection, conversation_id: str, draft: Draft) -> None:
    """Replace an older version of an owner's draft, inside a transaction.

    Does nothing if the conversation is not stored.
    """
    known = _known(connection, conversation_id)
    if known is None:
        return
    for one in (*known, draft):
        text = replace_surrogates(one.text)
        connection.execute(_UPSERT, (conversation_id, one.owner, one.version, text))
    show_drafts(connection, conversation_id)


def claimable(
    connection: sqlite3.Connection,
    conversation_id: str,
    owner: str | None,
    is_alive: Callable[[str], bool],
) -> list[Draft]:
    """Return the drafts a window may take: its own first, then those without a living owner.

    Args:
        connection: The database; only read.
        conversation_id: The conversation.
        owner: The window; None if it never wrote a draft.
        is_alive: Returns whether a window still runs.
    """
    drafts = [draft for draft in _known(connection, conversation_id) or () if draft.text]
    own = [draft for draft in drafts if draft.owner == owner]
    others = [draft for draft in drafts if draft.owner != owner]
    return own + [it for it in others if it.owner == NOBODY or not is_alive(it.owner)]


def claim(
    connection: sqlite3.Connection, conversation_id: str, taken: list[Draft], new: Draft
) -> None:
    """Replace drafts by one that contains them, inside a transaction."""
    for draft in taken:
        connection.execute(_DELETE, (conversation_id, draft.owner))
    # Otherwise the joined text would count as a draft without an owner.
    connection.execute(_SHOW, ("", conversation_id))
    put_draft(connection, conversation_id, new)


def release(connection: sqlite3.Connection, conversation_id: str, owner: str) -> None:
    """Give up an owner's draft, so that the next window takes it; inside a transaction."""
    drafts = [it for it in _known(connection, conversation_id) or () if it.owner in (owner, NOBODY)]
    if any(it.owner == owner for it in drafts):
        version = max(it.version for it in drafts)
        claim(connection, conversation_id, drafts, Draft(NOBODY, version, joined(drafts)))


def joined(drafts: list[Draft]) -> str:
    """Return distinct drafts as one text."""
    return DRAFT_SEPARATOR.join(dict.fromkeys(draft.text for draft in drafts if draft.text))


def _known(connection: sqlite3.Connection, conversation_id: str) -> list[Draft] | None:
    """Return the drafts of a conversation; None if it is not stored."""
    sql = "SELECT draft FROM conversations WHERE id = ?"
    row = connection.execute(sql, (conversation_id,)).fetchone()
    if row is None:
        return None
    drafts = [Draft(*found) for found in connection.execute(_SELECT, (conversation_id,))]
    if not drafts and row[0]:
        return [Draft(NOBODY, "", row[0])]
    return drafts


def show_drafts(connection: sqlite3.Connection, conversation_id: str) -> None:
    """Put the drafts of a conversation as one text beside it. Inside a transaction."""
    drafts = [Draft(*found) for found in connection.execute(_SELECT, (conversation_id,))]
    connection.execute(_SHOW, (joined(drafts), conversation_id))
