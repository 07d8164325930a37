"""Writes a conversation that other programs may have open too: only what was changed here.

Each program has a copy of its own, and none is told at once what the others change. A whole copy
written back would undo their changes, so a field is written only if it differs from what the store
held when the copy was read, or from what was last written of it here. Of two who change one field
the later counts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Conversation
from tui_chat.storage.row_mapping import (
    CONVERSATION_COLUMNS,
    INSERT_CONVERSATION,
    conversation_row,
    mapping_from,
    unreadable_row,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from tui_chat.core.conversation import Message

# Merged in ways of their own, or never changed.
_MERGED: Final = frozenset({"id", "created_at", "updated_at", "settings", "draft"})
_ABSENT: Final = object()
# A window keeps its own until it opens the conversation anew: it asks its own endpoint, and holds
# its own text.
_OWN: Final = ("profile", "model", "draft")
_OWN_SETTINGS: Final = frozenset({"editing"})

# What a person goes on with is not deleted, though another program thought so. A deletion takes
# what follows along, so deleted ones above it stand together.
_REVIVE_CONVERSATION: Final = "UPDATE conversations SET deleted_at = NULL WHERE id = ?"
_REVIVE_MESSAGES: Final = """
WITH RECURSIVE gone (id, parent_id) AS (
  SELECT id, parent_id FROM messages WHERE id = ? AND deleted_at IS NOT NULL
  UNION
  SELECT m.id, m.parent_id FROM messages AS m JOIN gone ON m.id = gone.parent_id
  WHERE m.deleted_at IS NOT NULL
)
UPDATE messages SET deleted_at = NULL WHERE id IN (SELECT id FROM gone)
"""


@dataclass(frozen=True, slots=True)
class _Written:
    """What was last written here of a copy that began with one reading."""

    read: Conversation | None
    last: Conversation


class ConversationMerger:
    """Knows of each conversation what was last written of it here."""

    def __init__(self) -> None:
        self._written: dict[str, _Written] = {}

    def write(self, connection: sqlite3.Connection, conversation: Conversation) -> None:
        """Write what was changed here, but for the draft. Inside a transaction.

        After its end `note` must be told, or the same is written again: that does no harm.
        """
        # Drafts are written by `drafts` alone.
        row = conversation_row(replace(conversation, draft=""))
        if connection.execute(INSERT_CONVERSATION, row).rowcount:
            return
        known = self._known(conversation)
        changes = _changes(known, conversation)
        given = dict(zip(CONVERSATION_COLUMNS, row, strict=True))
        assignments = ["updated_at = max(updated_at, ?)"]
        values: list[Any] = [given["updated_at"]]
        for name in changes:
            assignments.append(f"{name} = ?")
            values.append(given[name])
        settings = _changed_settings(known, conversation)
        if settings:
            stored = _stored(connection, "settings", conversation.id)
            assignments.append("settings = ?")
            values.append(_merged_settings(stored, settings, conversation.id))
        if known is not None and known.is_imported and not conversation.is_imported:
            assignments.append("imported_at = NULL")
        # The names are the columns of our own table.
        sql = f"UPDATE conversations SET {', '.join(assignments)} WHERE id = ?"  # noqa: S608
        connection.execute(sql, (*values, conversation.id))

    def note(self, conversation: Conversation) -> None:
        """Take in that a conversation is written."""
        self._written[conversation.id] = _Written(conversation.stored, conversation)

    def taken_in(self, own: Conversation, fresh: Conversation) -> Conversation:
        """Return a conversation as others left it, with what is changed here and not written yet.

        Args:
            own: This program's copy.
            fresh: The same conversation, just read.
        """
        known = self._known(own) or Conversation(own.id, own.created_at, own.updated_at)
        kept: dict[str, Any] = {name: getattr(own, name) for name in _changes(known, own)}
        settings = _without_absent({**fresh.settings, **_changed_settings(known, own)})
        stored = replace(
            fresh,
            stored=None,
            settings=_with_own(fresh.settings, known.settings),
            **{name: getattr(known, name) for name in _OWN} | {"draft": own.draft},
        )
        return replace(
            fresh,
            **kept | {name: getattr(own, name) for name in _OWN},
            settings=_with_own(settings, own.settings),
            updated_at=max(own.updated_at, fresh.updated_at),
            stored=stored,
        )

    def _known(self, conversation: Conversation) -> Conversation | None:
        written = self._written.get(conversation.id)
        if written is not None and written.read is conversation.stored:
            return written.last
        return conversation.stored


def revive(connection: sqlite3.Connection, conversation_id: str, parent_id: str | None) -> None:
    """Bring back a conversation, and the messages above a new one, that were deleted meanwhile."""
    connection.execute(_REVIVE_CONVERSATION, (conversation_id,))
    if parent_id is not None:
        connection.execute(_REVIVE_MESSAGES, (parent_id,))


def with_present_parents(
    connection: sqlite3.Connection, messages: Sequence[Message]
) -> list[Message]:
    """Return messages of which each has its parent in the store or among them, or has none.

    Another program may have emptied the trash of what they followed. What is said now is kept.
    """
    own = {message.id for message in messages}
    above = {it.parent_id for it in messages if it.parent_id and it.parent_id not in own}
    exists = "SELECT 1 FROM messages WHERE id = ?"
    gone = {it for it in above if connection.execute(exists, (it,)).fetchone() is None}
    return [replace(it, parent_id=None) if it.parent_id in gone else it for it in messages]


def _changes(known: Conversation | None, conversation: Conversation) -> list[str]:
    """Return the names of the plain fields that were changed here."""
    return [
        field.name
        for field in fields(Conversation)
        if field.compare
        and field.name not in _MERGED
        and (known is None or getattr(known, field.name) != getattr(conversation, field.name))
    ]


def _changed_settings(known: Conversation | None, conversation: Conversation) -> dict[str, Any]:
    """Return the settings that were changed here; _ABSENT stands for one that was taken away."""
    before: Mapping[str, Any] = known.settings if known is not None else {}
    now = conversation.settings
    return {
        name: now.get(name, _ABSENT)
        for name in dict.fromkeys([*before, *now])
        if before.get(name, _ABSENT) != now.get(name, _ABSENT)
    }


def _merged_settings(stored: str | None, changes: Mapping[str, Any], row_id: str) -> str:
    try:
        before = mapping_from(stored or "{}")
    except (ValueError, TypeError) as error:
        raise unreadable_row("conversation", row_id, error) from error
    settings = _without_absent({**before, **changes})
    return json.dumps(settings, separators=(",", ":"))


def _without_absent(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not _ABSENT}


def _with_own(settings: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with those of a window's own as that window has them."""
    shared = {name: value for name, value in settings.items() if name not in _OWN_SETTINGS}
    return shared | {name: value for name, value in own.items() if name in _OWN_SETTINGS}


def _stored(connection: sqlite3.Connection, column: str, conversation_id: str) -> str | None:
    sql = f"SELECT {column} FROM conversations WHERE id = ?"  # noqa: S608 - a name of our own
    row = connection.execute(sql, (conversation_id,)).fetchone()
    if row is not None and not isinstance(row[0], str):
        raise unreadable_row("conversation", conversation_id, f"its {column} is not a text")
    return None if row is None else row[0]
