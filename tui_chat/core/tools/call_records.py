"""Converts tool calls to JSON objects and back, field by field; defaults are left out."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.tools.call import Approver, CallState, ResultKind, ResultPart, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def call_records(calls: Iterable[ToolCall]) -> list[dict[str, Any]]:
    """Return calls as JSON objects: times as ISO 8601 in UTC, bytes as Base64."""
    return [_record(call) for call in calls]


def calls_from(value: object) -> tuple[ToolCall, ...]:
    """Parse a list of JSON objects; unknown fields are ignored.

    Raises:
        TypeError: A value has a wrong type.
        ValueError: A value is impossible, or a required field is missing.
    """
    return tuple(_parsed(ToolCall, record) for record in _list(value))


def _record(entry: ToolCall | ResultPart) -> dict[str, Any]:
    values = ((field, getattr(entry, field.name)) for field in fields(entry))
    return {field.name: _to_json(value) for field, value in values if value != field.default}


def _to_json(value: Any) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    if isinstance(value, tuple):
        return [_record(part) for part in value]
    return value.value if isinstance(value, StrEnum) else value


def _parsed(kind: type[Any], record: object) -> Any:
    if not isinstance(record, dict):
        raise TypeError
    values = {}
    for field in fields(kind):
        if field.name in record:
            values[field.name] = _PARSERS[str(field.type)](record[field.name])
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(field.name)
    return kind(**values)


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _of(kind: type[Any]) -> Callable[[object], Any]:
    def parse(value: object) -> Any:
        # A bool is an int in Python, but not in JSON.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise TypeError
        return value

    return parse


_text: Final = _of(str)


def _time(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


_PARSERS: Final[Mapping[str, Callable[[object], Any]]] = {
    "str": _text,
    "str | None": lambda value: None if value is None else _text(value),
    "int": _of(int),
    "bool": _of(bool),
    "bytes": lambda value: b64decode(_text(value), validate=True),
    "datetime | None": lambda value: None if value is None else _time(value),
    "CallState": lambda value: CallState(_text(value)),
    "Approver | None": lambda value: None if value is None else Approver(_text(value)),
    "ResultKind": lambda value: ResultKind(_text(value)),
    "tuple[ResultPart, ...]": lambda value: tuple(
        _parsed(ResultPart, part) for part in _list(value)
    ),
}
"""Parser for each annotation of the two dataclasses."""
