"""Converts between database rows and the dataclasses of the core.

Times are ISO 8601 text in UTC with microseconds, which sorts chronologically and is readable in
other programs. Lone surrogates, which SQLite cannot store, are replaced; everything else in a text,
including NUL and escape characters, is kept.
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
    PROJECT,
    Conversation,
    Message,
    MessageStatus,
    Role,
)
from tui_chat.core.cost.cost import cost_from, cost_record
from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _
from tui_chat.core.reply_extras import extra_records, extras_from
from tui_chat.core.text.sanitize import replace_surrogates, sanitize_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tui_chat.core.cost.cost import Cost

Row = tuple[Any, ...]
T = TypeVar("T")

SELECT_CONVERSATION: Final = """
SELECT id, title, profile, model, system_prompt, settings, leaf_id, draft,
       created_at, updated_at, deleted_at, imported_at
FROM conversations
"""

# Damaged settings have no pin, and must not abort the query.
PINNED_SQL: Final = """
CASE WHEN typeof(c.settings) = 'text' AND json_valid(c.settings)
     THEN coalesce(json_extract(c.settings, '$.pinned'), 0) ELSE 0 END
"""

CONVERSATION_COLUMNS: Final = (
    "id", "title", "profile", "model", "system_prompt", "settings", "leaf_id", "draft",
    "created_at", "updated_at", "deleted_at",
)  # fmt: skip


def _setting(name: str) -> str:
    """Return the SQL for a setting of conversation `c`; NULL if the settings are damaged."""
    is_readable = "typeof(c.settings) = 'text' AND json_valid(c.settings)"
    return f"CASE WHEN {is_readable} THEN json_extract(c.settings, '$.{name}') END"


PROJECT_SQL: Final = _setting(PROJECT)

# A single question of `tui-chat ask` becomes a chat once the user continues it.
IS_CHAT: Final = f"""
(coalesce({_setting(ONE_SHOT)}, 0) = 0 OR c.draft <> '' OR (
  SELECT count(*) FROM messages AS q
  WHERE q.conversation_id = c.id AND q.role = 'user' AND q.deleted_at IS NULL) > 1)
"""  # noqa: S608 - names of our own
# An imported conversation is used here once the user continues it.
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
       created_at, first_token_at, finished_at, deleted_at, edited_from, sources, cost
FROM messages
"""

# Identity and position of a message never change; saving a reply does not undelete it.
UPSERT_MESSAGE: Final = """
INSERT INTO messages (id, conversation_id, parent_id, role, status, content, reasoning,
                      finish_reason, error_kind, error_text, profile, model, input_tokens,
                      output_tokens, structured, created_at, first_token_at, finished_at,
                      deleted_at, edited_from, sources, cost, writer)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
  status = excluded.status, content = excluded.content, reasoning = excluded.reasoning,
  finish_reason = excluded.finish_reason, error_kind = excluded.error_kind,
  error_text = excluded.error_text, profile = excluded.profile, model = excluded.model,
  input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,
  structured = excluded.structured, first_token_at = excluded.first_token_at,
  finished_at = excluded.finished_at, sources = excluded.sources, cost = excluded.cost,
  writer = excluded.writer
"""


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """An entry of a list of conversations."""

    id: str
    title: str
    updated_at: datetime
    message_count: int
    """All versions, without deleted messages."""
    model: str | None = None
    """The conversation's own model, or the last one that replied on the shown path."""


def conversation_row(conversation: Conversation) -> Row:
    """Return the values of CONVERSATION_COLUMNS."""
    return (
        conversation.id,
        replace_surrogates(conversation.title),
        _clean(conversation.profile),
        _clean(conversation.model),
        _clean(conversation.system_prompt),
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
        message: The message to save.
        writer: The ID of the writer; stored only while the message is streaming.
    """
    return (
        message.id,
        message.conversation_id,
        message.parent_id,
        message.role.value,
        message.status.value,
        replace_surrogates(message.content),
        replace_surrogates(message.reasoning),
        _clean(message.finish_reason),
        _clean(message.error_kind),
        _clean(message.error_text),
        _clean(message.profile),
        _clean(message.model),
        message.input_tokens,
        message.output_tokens,
        None if message.structured is None else _json(message.structured),
        time_text(message.created_at),
        _time_text(message.first_token_at),
        _time_text(message.finished_at),
        _time_text(message.deleted_at),
        message.edited_from,
        _json_list(extra_records(message.extras)) if message.extras else None,
        None if message.cost is None else _json(cost_record(message.cost)),
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
            extras=() if row[20] is None else extras_from(list_from(row[20])),
            cost=stored_cost(row[21]),
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
    """Parse the title and the time of a row of ID, title and time, and an optional role."""
    try:
        return _text(row[1]), moment_from(row[2]), None if role is None else Role(_text(role))
    except (ValueError, TypeError) as error:
        raise unreadable_row("conversation", row[0], error) from error


def time_text(moment: datetime) -> str:
    """Return a time in its stored form: in UTC and of constant length, so that it sorts."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment_from(text: object) -> datetime:
    """Parse a stored time; UTC is the default zone.

    Raises:
        ValueError: The text is not a time.
        TypeError: The value is not text.
    """
    moment = datetime.fromisoformat(_text(text))
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is out of range") from error


def mapping_from(text: object) -> dict[str, Any]:
    """Parse a stored JSON object.

    Raises:
        ValueError: The text is not JSON.
        TypeError: The value is not text, or not an object.
    """
    value = _parsed(text)
    if not isinstance(value, dict):
        raise TypeError(_("the JSON is not an object"))
    return value


def stored_cost(text: object) -> Cost | None:
    """Parse a stored cost; None if there is none, or if it is damaged."""
    try:
        return None if text is None else cost_from(_parsed(text))
    except (ValueError, TypeError):
        return None


def list_from(text: object) -> list[Any]:
    """Parse a stored JSON list.

    Raises:
        ValueError: The text is not JSON.
        TypeError: The value is not text, or not a list.
    """
    value = _parsed(text)
    if not isinstance(value, list):
        raise TypeError(_("the JSON is not a list"))
    return value


def convert_rows(
    rows: Iterable[Row], made_from: Callable[[Row], T], unreadable: SkippedRows
) -> list[T]:
    """Convert rows; skip and collect those with invalid values."""
    converted: list[T] = []
    for row in rows:
        try:
            converted.append(made_from(row))
        except StorageError as error:
            unreadable.add(row[0], error)
    return converted


class SkippedRows:
    """Rows of a database that were skipped because of invalid values."""

    def __init__(self) -> None:
        self._errors: dict[str, str] = {}
        self._reported = 0

    @property
    def count(self) -> int:
        """The number of rows skipped so far."""
        return len(self._errors)

    def add(self, row_id: object, error: StorageError) -> None:
        """Record a skipped row."""
        self._errors.setdefault(repr(row_id), error.message)

    def report(self) -> str:
        """Return a message about the rows skipped since the last call; empty if there are none."""
        errors = list(self._errors.values())[self._reported :]
        self._reported = len(self._errors)
        if not errors:
            return ""
        if len(errors) == 1:
            return _("{error} It was skipped and is unchanged in the database.").format(
                error=errors[0]
            )
        return _(
            "{count} stored rows cannot be read. They were skipped and are unchanged in the "
            "database. The first: {error}"
        ).format(count=len(errors), error=errors[0])


def _time_text(moment: datetime | None) -> str | None:
    return None if moment is None else time_text(moment)


def _time(text: object) -> datetime | None:
    return None if text is None else moment_from(text)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(_("{kind} instead of text").format(kind=_kind(value)))
    return value


def _optional_text(value: object) -> str | None:
    return None if value is None else _text(value)


def _count(value: object) -> int | None:
    if value is None or isinstance(value, int):
        return value
    raise TypeError(_("{kind} instead of a number").format(kind=_kind(value)))


def _kind(value: object) -> str:
    names = {bytes: _("binary data"), type(None): _("nothing"), str: _("text")}
    return names.get(type(value), _("a number"))


def _clean(text: str | None) -> str | None:
    return None if text is None else replace_surrogates(text)


def _json(value: Mapping[str, Any]) -> str:
    # ASCII escapes keep lone surrogates.
    return json.dumps(dict(value), separators=(",", ":"))


def _json_list(value: list[Any]) -> str:
    return json.dumps(value, separators=(",", ":"))


def _parsed(text: object) -> Any:
    try:
        return json.loads(_text(text))
    except RecursionError as error:
        raise ValueError(_("the JSON is nested too deeply")) from error


def unreadable_row(kind: str, row_id: object, error: Exception | str) -> StorageError:
    """Return the error for a row with invalid values; `kind` is `conversation` or `message`."""
    text = (
        _("The stored conversation {id} cannot be read: {error}.")
        if kind == "conversation"
        else _("The stored message {id} cannot be read: {error}.")
    )
    return StorageError(text.format(id=sanitize_line(str(row_id), 60), error=error))
