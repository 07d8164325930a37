"""Three-way merge of a conversation that several processes have open.

Each process has its own copy. Writing a whole copy back would undo the changes of others, so a
field is written only if it differs from the base: the values read from the database, or last
written here. If two processes change the same field, the last one wins.
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

# Excluded from the generic merge: merged separately, or immutable.
_EXCLUDED: Final = frozenset({"id", "created_at", "updated_at", "settings", "draft"})
_ABSENT: Final = object()
# Local to a window until it opens the conversation again: its endpoint and its draft.
_OWN: Final = ("profile", "model", "draft")
_OWN_SETTINGS: Final = frozenset({"editing"})

# A conversation that is continued here is undeleted, if another process deleted it. Deleting a
# message also deletes its descendants, so the deleted ancestors are contiguous.
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
    """The last version written here of a copy, and the version it was read from."""

    read: Conversation | None
    last: Conversation


class ConversationMerger:
    """Merges and writes conversations; keeps the last version written of each."""

    def __init__(self) -> None:
        self._written: dict[str, _Written] = {}

    def write(self, connection: sqlite3.Connection, conversation: Conversation) -> None:
        """Write the fields changed here, except for the draft, inside a transaction.

        Call `mark_saved` after the commit, or the same fields are written again, without harm.
        """
        # Drafts have their own table and versions.
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

    def mark_saved(self, conversation: Conversation) -> None:
        """Make a conversation that was committed the base of the next merge."""
        self._written[conversation.id] = _Written(conversation.stored, conversation)

    def merged(self, own: Conversation, fresh: Conversation) -> Conversation:
        """Return the stored conversation with the unwritten changes of this process.

        Args:
            own: This process's copy.
            fresh: The same conversation as just read.
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


def undelete(connection: sqlite3.Connection, conversation_id: str, parent_id: str | None) -> None:
    """Undelete a conversation and the ancestors of a new message."""
    connection.execute(_REVIVE_CONVERSATION, (conversation_id,))
    if parent_id is not None:
        connection.execute(_REVIVE_MESSAGES, (parent_id,))


def without_missing_parents(
    connection: sqlite3.Connection, messages: Sequence[Message]
) -> list[Message]:
    """Return messages without parents that no longer exist.

    Another process may have purged them from the trash; the messages themselves are kept.
    """
    own = {message.id for message in messages}
    above = {it.parent_id for it in messages if it.parent_id and it.parent_id not in own}
    exists = "SELECT 1 FROM messages WHERE id = ?"
    gone = {it for it in above if connection.execute(exists, (it,)).fetchone() is None}
    return [replace(it, parent_id=None) if it.parent_id in gone else it for it in messages]


def _changes(known: Conversation | None, conversation: Conversation) -> list[str]:
    """Return the names of the fields that were changed here."""
    return [
        field.name
        for field in fields(Conversation)
        if field.compare
        and field.name not in _EXCLUDED
        and (known is None or getattr(known, field.name) != getattr(conversation, field.name))
    ]


def _changed_settings(known: Conversation | None, conversation: Conversation) -> dict[str, Any]:
    """Return the settings that were changed here; _ABSENT for a removed one."""
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
    """Return settings with the window-local ones taken from that window."""
    shared = {name: value for name, value in settings.items() if name not in _OWN_SETTINGS}
    return shared | {name: value for name, value in own.items() if name in _OWN_SETTINGS}


def _stored(connection: sqlite3.Connection, column: str, conversation_id: str) -> str | None:
    sql = f"SELECT {column} FROM conversations WHERE id = ?"  # noqa: S608 - a name of our own
    row = connection.execute(sql, (conversation_id,)).fetchone()
    if row is not None and not isinstance(row[0], str):
        raise unreadable_row("conversation", conversation_id, f"{column} is not text")
    return None if row is None else row[0]
