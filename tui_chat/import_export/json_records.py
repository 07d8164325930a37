"""Conversations and messages as JSON objects, every field by its own name, and back.

The fields are those of the dataclasses: one that is added there is written and read here without
more ado, and a file that was written before it gets its default.
"""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, Field, dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tui_chat.core.conversation import Conversation, Message, MessageStatus, Role
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T", Conversation, Message)

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LARGEST: Final = 2**63
_OPTIONAL: Final = " | None"


def saved_fields(entry: Conversation | Message | type) -> list[Field[Any]]:
    """Return the fields that belong to what is saved; one that does not is not compared either."""
    return [field for field in fields(entry) if field.compare]


def record_of(entry: Conversation | Message) -> dict[str, Any]:
    """Return all fields of a conversation or a message as JSON has them.

    Times are ISO 8601 in UTC with microseconds.
    """
    return {field.name: _plain(getattr(entry, field.name)) for field in saved_fields(entry)}


def conversation_from(record: Mapping[str, Any]) -> Conversation:
    """Return the conversation of a record.

    Raises:
        Malformed: A field is missing or is not what it should be.
    """
    return _entry_from(Conversation, record)


def message_from(record: Mapping[str, Any]) -> Message:
    """Return the message of a record.

    Raises:
        Malformed: A field is missing or is not what it should be.
    """
    return _entry_from(Message, record)


def _entry_from(kind: type[T], record: Mapping[str, Any]) -> T:
    values = {}
    for name, plan in _PLANS[kind].items():
        if name in record:
            values[name] = plan.value(record[name])
        elif not plan.has_default:
            raise Malformed(f"`{name}` is missing")
    return kind(**values)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How one field is read."""

    name: str
    read: Callable[[object], Any]
    wanted: str
    is_optional: bool
    has_default: bool

    def value(self, value: object) -> Any:
        if value is None and self.is_optional:
            return None
        try:
            return self.read(value)
        except (ValueError, TypeError, OverflowError, RecursionError):
            raise Malformed(f"`{self.name}` is not {self.wanted}") from None


def _plan(field: Field[Any]) -> _Plan:
    annotation = str(field.type)
    kind = annotation.removesuffix(_OPTIONAL)
    read, wanted = _id_reader if _names_an_id(field.name) else READERS[kind]
    has_default = field.default is not MISSING or field.default_factory is not MISSING
    return _Plan(field.name, read, wanted, annotation != kind, has_default)


def _names_an_id(name: str) -> bool:
    return name == "id" or name.endswith("_id")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _id(value: object) -> str:
    # Ids become parts of the names of files.
    if not _ID.fullmatch(_text(value)):
        raise ValueError
    return str(value)


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -_LARGEST <= value < _LARGEST:
        raise TypeError
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    json.dumps(value)  # what can be read can be nested too deeply to be written
    return value


READERS: Final[Mapping[str, tuple[Callable[[object], Any], str]]] = {
    "str": (_text, "a text"),
    "int": (_whole, "a whole number"),
    "bool": (_flag, "true or false"),
    "datetime": (_moment, "a time with its zone (2026-01-31T12:00:00+00:00)"),
    "Mapping[str, Any]": (_mapping, "an object"),
    "Role": (lambda value: Role(_text(value)), "system, user or assistant"),
    "MessageStatus": (
        lambda value: MessageStatus(_text(value)),
        f"one of {', '.join(MessageStatus)}",
    ),
}
"""How a field is read, by the words of its annotation, and what it should be."""
_id_reader: Final = (_id, "an id (letters, digits, - and _, at most 64)")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, StrEnum):
        return value.value
    return value


_PLANS: Final[Mapping[type, Mapping[str, _Plan]]] = {
    kind: {field.name: _plan(field) for field in saved_fields(kind)}
    for kind in (Conversation, Message)
}
