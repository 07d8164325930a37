"""Between rows and the dataclasses of the core.

Times are ISO 8601 text in UTC with microseconds: it sorts as it reads, and a person who opens the
file with another program understands it. Text is mended on its way in, SQLite cannot hold half a
character; everything else in it, NUL and escape characters too, stays as it came.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Conversation, Message, MessageStatus, Role
from tui_chat.core.errors import StorageError
from tui_chat.core.text.sanitize import mended

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = tuple[Any, ...]

SELECT_CONVERSATION: Final = """
SELECT id, title, profile, model, system_prompt, settings, leaf_id, draft,
       created_at, updated_at, deleted_at
FROM conversations
"""

CONVERSATION_COLUMNS: Final = (
    "id", "title", "profile", "model", "system_prompt", "settings", "leaf_id", "draft",
    "created_at", "updated_at", "deleted_at",
)  # fmt: skip

INSERT_CONVERSATION: Final = """
INSERT INTO conversations (id, title, profile, model, system_prompt, settings, leaf_id, draft,
                           created_at, updated_at, deleted_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING
"""

SELECT_MESSAGE: Final = """
SELECT id, conversation_id, parent_id, role, status, content, reasoning, finish_reason,
       error_kind, error_text, profile, model, input_tokens, output_tokens, structured,
       created_at, first_token_at, finished_at, deleted_at, edited_from
FROM messages
"""

# What a message is never changes, nor does saving a reply bring a deleted one back.
UPSERT_MESSAGE: Final = """
INSERT INTO messages (id, conversation_id, parent_id, role, status, content, reasoning,
                      finish_reason, error_kind, error_text, profile, model, input_tokens,
                      output_tokens, structured, created_at, first_token_at, finished_at,
                      deleted_at, edited_from, writer)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
  status = excluded.status, content = excluded.content, reasoning = excluded.reasoning,
  finish_reason = excluded.finish_reason, error_kind = excluded.error_kind,
  error_text = excluded.error_text, profile = excluded.profile, model = excluded.model,
  input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,
  structured = excluded.structured, first_token_at = excluded.first_token_at,
  finished_at = excluded.finished_at, writer = excluded.writer
"""


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """What a list of conversations shows of one."""

    id: str
    title: str
    updated_at: datetime
    message_count: int
    """All versions counted, deleted messages not."""
    model: str | None = None
    """The conversation's own, or the one that answered last on the shown path."""


def conversation_row(conversation: Conversation) -> Row:
    """Return the values of CONVERSATION_COLUMNS."""
    return (
        conversation.id,
        mended(conversation.title),
        _mended(conversation.profile),
        _mended(conversation.model),
        _mended(conversation.system_prompt),
        _json(conversation.settings),
        conversation.leaf_id,
        mended(conversation.draft),
        time_text(conversation.created_at),
        time_text(conversation.updated_at),
        _time_text(conversation.deleted_at),
    )


def conversation_from(row: Row) -> Conversation:
    """Return the conversation of a SELECT_CONVERSATION row."""
    try:
        conversation = Conversation(
            id=row[0],
            title=row[1],
            profile=row[2],
            model=row[3],
            system_prompt=row[4],
            settings=json.loads(row[5]),
            leaf_id=row[6],
            draft=row[7],
            created_at=datetime.fromisoformat(row[8]),
            updated_at=datetime.fromisoformat(row[9]),
            deleted_at=_time(row[10]),
        )
    except (ValueError, TypeError) as error:
        raise _unreadable("conversation", row[0], error) from error
    return replace(conversation, stored=conversation)


def message_row(message: Message, writer: str | None) -> Row:
    """Return the values for UPSERT_MESSAGE.

    Args:
        message: What is to be saved.
        writer: Who saves it; kept only while the message is streaming.
    """
    return (
        message.id,
        message.conversation_id,
        message.parent_id,
        message.role.value,
        message.status.value,
        mended(message.content),
        mended(message.reasoning),
        _mended(message.finish_reason),
        _mended(message.error_kind),
        _mended(message.error_text),
        _mended(message.profile),
        _mended(message.model),
        message.input_tokens,
        message.output_tokens,
        None if message.structured is None else _json(message.structured),
        time_text(message.created_at),
        _time_text(message.first_token_at),
        _time_text(message.finished_at),
        _time_text(message.deleted_at),
        message.edited_from,
        writer if message.status is MessageStatus.STREAMING else None,
    )


def message_from(row: Row) -> Message:
    """Return the message of a SELECT_MESSAGE row."""
    try:
        return Message(
            id=row[0],
            conversation_id=row[1],
            parent_id=row[2],
            role=Role(row[3]),
            status=MessageStatus(row[4]),
            content=row[5],
            reasoning=row[6],
            finish_reason=row[7],
            error_kind=row[8],
            error_text=row[9],
            profile=row[10],
            model=row[11],
            input_tokens=row[12],
            output_tokens=row[13],
            structured=None if row[14] is None else json.loads(row[14]),
            created_at=datetime.fromisoformat(row[15]),
            first_token_at=_time(row[16]),
            finished_at=_time(row[17]),
            deleted_at=_time(row[18]),
            edited_from=row[19],
        )
    except (ValueError, TypeError) as error:
        raise _unreadable("message", row[0], error) from error


def summary_from(row: Row) -> ConversationSummary:
    """Return the summary of a row of id, title, time, count and model."""
    try:
        return ConversationSummary(row[0], row[1], datetime.fromisoformat(row[2]), row[3], row[4])
    except (ValueError, TypeError) as error:
        raise _unreadable("conversation", row[0], error) from error


def time_text(moment: datetime) -> str:
    """Return a moment as it is stored: in UTC, always of the same length, so that it sorts."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _time_text(moment: datetime | None) -> str | None:
    return None if moment is None else time_text(moment)


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _mended(text: str | None) -> str | None:
    return None if text is None else mended(text)


def _json(value: Mapping[str, Any]) -> str:
    # Escaped to ASCII, so half a character inside it survives as it is.
    return json.dumps(dict(value), separators=(",", ":"))


def _unreadable(kind: str, row_id: object, error: Exception) -> StorageError:
    return StorageError(f"The stored {kind} {row_id} cannot be read: {error}.")
