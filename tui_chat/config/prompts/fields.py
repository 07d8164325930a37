"""The fields of a prompt: `{{text}}`, `{{date}}`, `{{language=English}}`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIELD: Final = re.compile(r"\{\{[ \t]*(\w[\w-]*)[ \t]*(?:=([^{}\n]*))?\}\}")
TEXT: Final = "text"
"""The text that the user gives: after the name, or on standard input."""
CLIPBOARD: Final = "clipboard"
DATE: Final = "date"
SELECTION: Final = "selection"
AUTOMATIC: Final = (TEXT, CLIPBOARD, DATE, SELECTION)
"""The fields that are filled without a question, if there is something to fill in."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field at its place in a text."""

    name: str
    default: str | None
    """None if the user has to fill it in."""
    start: int
    end: int


def today() -> str:
    """Return the date of today where the user is: `2026-12-01`."""
    return datetime.now(UTC).astimezone().date().isoformat()


def fields_in(text: str) -> list[Field]:
    """Return all fields of a text in their order, repeated ones too."""
    return [
        Field(match[1], None if match[2] is None else match[2].strip(), *match.span())
        for match in _FIELD.finditer(text)
    ]


def field_names(text: str) -> list[str]:
    """Return the names of the fields of a text, each once."""
    return list(dict.fromkeys(field.name for field in fields_in(text)))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with the values of some fields. Fields inside a value are not filled."""
    return _FIELD.sub(lambda match: values.get(match[1], match[0]), text)


def with_defaults(text: str) -> str:
    """Return a text in which the fields that have a default are filled with it.

    The first default of a name counts for all fields of that name.
    """
    defaults: dict[str, str] = {}
    for field in fields_in(text):
        if field.default is not None:
            defaults.setdefault(field.name, field.default)
    return filled(text, defaults)


def with_text(body: str, given: str) -> str:
    """Return a prompt that contains the user's text: in its field, else at the end."""
    if TEXT in field_names(body):
        return filled(body, {TEXT: given}) if given else body
    return f"{body.rstrip()}\n\n{given}" if given else body
