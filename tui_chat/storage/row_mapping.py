"""Between rows and the dataclasses of the core.

Times are ISO 8601 text in UTC with microseconds: it sorts as it reads, and a person who opens the
file with another program understands it. Text is mended on its way in, SQLite cannot hold half a
character; everything else in it, NUL and escape characters too, stays as it came.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tui_chat.core.conversation import (
    ENDPOINT,
    IMPORTED,
    ONE_SHOT,
    Conversation,
    Message,
    MessageStatus,
    Role,
)
from tui_chat.core.errors import StorageError
from tui_chat.core.text.sanitize import replace_surrogates, sanitize_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Row = tuple[Any, ...]
T = TypeVar("T")

SELECT_CONVERSATION: Final = """
SELECT id, title, profile, model, system_prompt, settings, leaf_id, draft,
       created_at, updated_at, deleted_at, imported_at
FROM conversations
"""

# What is no JSON object has no pin, and must not end the reading of all others.
PINNED_SQL: Final = """
CASE WHEN typeof(c.settings) = 'text' AND json_valid(c.settings)
     THEN coalesce(json_extract(c.settings, '$.pinned'), 0) ELSE 0 END
"""

CONVERSATION_COLUMNS: Final = (
    "id", "title", "profile", "model", "system_prompt", "settings", "leaf_id", "draft",
    "created_at", "updated_at", "deleted_at",
)  # fmt: skip


def _setting(name: str) -> str:
    """Return the SQL of a setting of conversation `c`; NULL where the settings are damaged."""
    is_readable = "typeof(c.settings) = 'text' AND json_valid(c.settings)"
    return f"CASE WHEN {is_readable} THEN json_extract(c.settings, '$.{name}') END"


# A single question of `tui-chat ask` is no chat until the user goes on with it.
IS_CHAT: Final = f"""
(coalesce({_setting(ONE_SHOT)}, 0) = 0 OR c.draft <> '' OR (
  SELECT count(*) FROM messages AS q
  WHERE q.conversation_id = c.id AND q.role = 'user' AND q.deleted_at IS NULL) > 1)
"""  # noqa: S608 - names of our own
# An import is no conversation with an endpoint of this program until the user goes on with it.
IS_USED_HERE: Final = f"""
(c.imported_at IS NULL AND ({_setting(IMPORTED)} IS NULL OR {_setting(ENDPOINT)} IS NOT NULL))
"""

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
        replace_surrogates(conversation.title),
        _mended(conversation.profile),
        _mended(conversation.model),
        _mended(conversation.system_prompt),
        _json(conversation.settings),
        conversation.leaf_id,
        replace_surrogates(conversation.draft),
        time_text(conversation.created_at),
        time_text(conversation.updated_at),
        _time_text(conversation.deleted_at),
    )


def conversation_from(row: Row) -> Conversation:
    """Return the conversation of a SELECT_CONVERSATION row."""
    try:
        conversation = Conversation(
            id=_text(row[0]),
            title=_text(row[1]),
            profile=_optional_text(row[2]),
            model=_optional_text(row[3]),
            system_prompt=_optional_text(row[4]),
            settings=mapping_from(row[5]),
            leaf_id=_optional_text(row[6]),
            draft=_text(row[7]),
            created_at=moment_from(row[8]),
            updated_at=moment_from(row[9]),
            deleted_at=_time(row[10]),
            is_imported=row[11] is not None,
        )
    except (ValueError, TypeError) as error:
        raise unreadable_row("conversation", row[0], error) from error
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
        replace_surrogates(message.content),
        replace_surrogates(message.reasoning),
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
            id=_text(row[0]),
            conversation_id=_text(row[1]),
            parent_id=_optional_text(row[2]),
            role=Role(row[3]),
            status=MessageStatus(row[4]),
            content=_text(row[5]),
            reasoning=_text(row[6]),
            finish_reason=_optional_text(row[7]),
            error_kind=_optional_text(row[8]),
            error_text=_optional_text(row[9]),
            profile=_optional_text(row[10]),
            model=_optional_text(row[11]),
            input_tokens=_count(row[12]),
            output_tokens=_count(row[13]),
            structured=None if row[14] is None else mapping_from(row[14]),
            created_at=moment_from(row[15]),
            first_token_at=_time(row[16]),
            finished_at=_time(row[17]),
            deleted_at=_time(row[18]),
            edited_from=_optional_text(row[19]),
        )
    except (ValueError, TypeError) as error:
        raise unreadable_row("message", row[0], error) from error


def summary_from(row: Row) -> ConversationSummary:
    """Return the summary of a row of id, title, time, count and model."""
    try:
        model = _optional_text(row[4])
        return ConversationSummary(
            _text(row[0]), _text(row[1]), moment_from(row[2]), int(row[3]), model
        )
    except (ValueError, TypeError) as error:
        raise unreadable_row("conversation", row[0], error) from error


def title_and_moment(row: Row, role: object = None) -> tuple[str, datetime, Role | None]:
    """Return the title and the time of a row of id, title and time; a role as what it is."""
    try:
        return _text(row[1]), moment_from(row[2]), None if role is None else Role(_text(role))
    except (ValueError, TypeError) as error:
        raise unreadable_row("conversation", row[0], error) from error


def time_text(moment: datetime) -> str:
    """Return a moment as it is stored: in UTC, always of the same length, so that it sorts."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment_from(text: object) -> datetime:
    """Return a stored moment; one without a zone is in UTC.

    Raises:
        ValueError: It is none.
        TypeError: It is not a text.
    """
    moment = datetime.fromisoformat(_text(text))
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is beyond the calendar") from error


def mapping_from(text: object) -> dict[str, Any]:
    """Return a stored JSON object.

    Raises:
        ValueError: It is none.
        TypeError: It is not a text.
    """
    try:
        value = json.loads(_text(text))
    except RecursionError as error:
        raise ValueError("the JSON is nested too deep") from error
    if not isinstance(value, dict):
        raise TypeError("the JSON is not an object")
    return value


def readable(rows: Iterable[Row], made_from: Callable[[Row], T], unreadable: Unreadable) -> list[T]:
    """Return what rows hold; those that hold no possible values are left out and noted."""
    found: list[T] = []
    for row in rows:
        try:
            found.append(made_from(row))
        except StorageError as error:
            unreadable.note(row[0], error)
    return found


class Unreadable:
    """The rows of a database that were left out because of their values."""

    def __init__(self) -> None:
        self._words: dict[str, str] = {}
        self._told = 0

    @property
    def count(self) -> int:
        """How many rows were left out so far."""
        return len(self._words)

    def note(self, row_id: object, error: StorageError) -> None:
        """Take in that a row cannot be read."""
        self._words.setdefault(repr(row_id), error.message)

    def news(self) -> str:
        """Return words for what was left out since the last time; empty when nothing was."""
        words = list(self._words.values())[self._told :]
        self._told = len(self._words)
        if not words:
            return ""
        if len(words) == 1:
            return f"{words[0]} It is left out here and stays in the database as it is."
        return (
            f"{len(words)} stored rows cannot be read and are left out; they stay in the database "
            f"as they are. The first: {words[0]}"
        )


def _time_text(moment: datetime | None) -> str | None:
    return None if moment is None else time_text(moment)


def _time(text: object) -> datetime | None:
    return None if text is None else moment_from(text)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{_named(value)} where a text should be")
    return value


def _optional_text(value: object) -> str | None:
    return None if value is None else _text(value)


def _count(value: object) -> int | None:
    if value is None or isinstance(value, int):
        return value
    raise TypeError(f"{_named(value)} where a number should be")


def _named(value: object) -> str:
    names = {bytes: "binary data", type(None): "nothing", str: "a text"}
    return names.get(type(value), "a number")


def _mended(text: str | None) -> str | None:
    return None if text is None else replace_surrogates(text)


def _json(value: Mapping[str, Any]) -> str:
    # Escaped to ASCII, so half a character inside it survives as it is.
    return json.dumps(dict(value), separators=(",", ":"))


def unreadable_row(kind: str, row_id: object, error: Exception | str) -> StorageError:
    """Return the failure of a row whose values are none that the program writes."""
    name = sanitize_line(str(row_id), 60)
    return StorageError(f"The stored {kind} {name} cannot be read: {error}.")
