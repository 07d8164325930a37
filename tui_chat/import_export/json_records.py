"""Converts conversations and messages to JSON objects and back, field by field.

The fields are those of the dataclasses: a new field is written and read without a change here,
and a file without it gets the default. Hand-written because pydantic rejects lone surrogates,
which text from models can hold, and because its import (70 ms) takes longer than a whole export.
"""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, Field, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tui_chat.core.attachments import Attachment
from tui_chat.core.conversation import Conversation, Message, MessageStatus, Role
from tui_chat.core.cost.cost import Cost, cost_from, cost_record
from tui_chat.core.labels import N_, _
from tui_chat.core.reply_extras import ReplyExtra, extra_records, extras_from
from tui_chat.core.tools.call import ToolCall
from tui_chat.core.tools.call_records import call_records, calls_from
from tui_chat.import_export.attachment_records import attachment_record, attachments_from
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T", Conversation, Message)

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_INT64: Final = 2**63
_OPTIONAL: Final = " | None"
_SUBSTITUTES: Final = {"status": MessageStatus.INTERRUPTED}
"""Values in place of wrong ones, where the default would say too much: not all replies ended."""


def saved_fields(entry: Conversation | Message | type) -> list[Field[Any]]:
    """Return the fields that are exported: those that take part in comparisons."""
    return [field for field in fields(entry) if field.compare]


def record_of(entry: Conversation | Message) -> dict[str, Any]:
    """Return a conversation or a message as a JSON object; times are ISO 8601 in UTC."""
    return {field.name: _to_json(getattr(entry, field.name)) for field in saved_fields(entry)}


def _to_json(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, Cost):
        return cost_record(value)
    if isinstance(value, tuple):
        return _list_to_json(value)
    return value.value if isinstance(value, StrEnum) else value


def _list_to_json(values: tuple[Any, ...]) -> list[Any]:
    match values[:1]:
        case (Attachment(),):
            return [attachment_record(item) for item in values]
        case (ToolCall(),):
            return call_records(values)
        case _:
            return extra_records(values)


def conversation_from(record: Mapping[str, Any], report: Callable[[str], None]) -> Conversation:
    """Parse the JSON object of a conversation.

    Args:
        record: The object.
        report: Called with each problem of a field that gets its default instead.

    Raises:
        Malformed: A required field is missing or has a wrong value.
    """
    return _parse(Conversation, record, report)


def message_from(record: Mapping[str, Any], report: Callable[[str], None]) -> Message:
    """Parse the JSON object of a message; see `conversation_from`.

    Raises:
        Malformed: A required field is missing or has a wrong value.
    """
    return _parse(Message, record, report)


def _parse(kind: type[T], record: Mapping[str, Any], report: Callable[[str], None]) -> T:
    values = {}
    for field in _FIELDS[kind]:
        is_required = field.default is MISSING and field.default_factory is MISSING
        if field.name in record:
            try:
                values[field.name] = _parse_field(field, record[field.name])
            except Malformed as error:
                if is_required:
                    raise
                report(str(error))
                if field.name in _SUBSTITUTES:
                    values[field.name] = _SUBSTITUTES[field.name]
        elif is_required:
            raise Malformed(_("`{name}` is missing").format(name=field.name))
    return kind(**values)


def _parse_field(field: Field[Any], value: object) -> Any:
    annotation = str(field.type)
    type_name = annotation.removesuffix(_OPTIONAL)
    if value is None and annotation != type_name:
        return None
    is_id = field.name == "id" or field.name.endswith("_id")
    parse, requirement = PARSERS["id" if is_id else type_name]
    try:
        return parse(value)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise Malformed(_(requirement).format(name=field.name, choices=_CHOICES)) from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _id(value: object) -> str:
    # IDs become parts of file names.
    if not _ID.fullmatch(_text(value)):
        raise ValueError
    return str(value)


def _time(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -_INT64 <= value < _INT64:
        raise TypeError
    return value


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    json.dumps(value)  # raises if it is nested too deeply to be written again
    return value


def _extras(value: object) -> tuple[ReplyExtra, ...]:
    if not isinstance(value, list):
        raise TypeError
    return extras_from(value)


def _cost(value: object) -> Cost:
    if (cost := cost_from(value)) is None:
        raise ValueError
    return cost


_CHOICES: Final = ", ".join(MessageStatus)
PARSERS: Final[Mapping[str, tuple[Callable[[object], Any], str]]] = {
    "id": (_id, N_("`{name}` must be an ID (at most 64 letters, digits, - and _)")),
    "str": (_text, N_("`{name}` must be a string")),
    "int": (_integer, N_("`{name}` must be an integer")),
    "bool": (_boolean, N_("`{name}` must be true or false")),
    "datetime": (_time, N_("`{name}` must be a time with a zone, as in 2026-01-31T12:00:00+00:00")),
    "Mapping[str, Any]": (_object, N_("`{name}` must be an object")),
    "tuple[Attachment, ...]": (
        attachments_from,
        N_("`{name}` must be a list of attachments with the bytes that their `sha256` means"),
    ),
    "tuple[ToolCall, ...]": (calls_from, N_("`{name}` must be a list of tool calls")),
    "tuple[ReplyExtra, ...]": (_extras, N_("`{name}` must be a list of objects")),
    "Cost": (_cost, N_("`{name}` must be an object with amount, currency and source")),
    "Role": (lambda value: Role(_text(value)), N_("`{name}` must be system, user or assistant")),
    "MessageStatus": (
        lambda value: MessageStatus(_text(value)),
        N_("`{name}` must be one of {choices}"),
    ),
}
"""Parser and requirement for each annotation; `id` is for every field that holds an ID."""
_FIELDS: Final = {kind: saved_fields(kind) for kind in (Conversation, Message)}
