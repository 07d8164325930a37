"""The fields of the form that a server asks the user to fill in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_FIELDS: Final = 20
MOST_CHOICES: Final = 100
_LABEL: Final = 60
_DESCRIPTION: Final = 200


class FieldKind(Enum):
    """The way in which a value is entered."""

    TEXT = auto()
    NUMBER = auto()
    WHOLE_NUMBER = auto()
    CHOICE = auto()
    """One of a few values; `choices` holds them."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One value that a server asks for. Its texts are sanitized, its choices are not."""

    name: str
    label: str
    description: str
    kind: FieldKind
    choices: tuple[tuple[Any, str], ...] = ()
    """Values with their labels."""
    default: Any = None
    is_required: bool = False
    least: float | None = None
    most: float | None = None


class InvalidValue(Exception):
    """A value that a field does not take; the message is for the user."""


def form_fields(schema: Mapping[str, Any]) -> list[FormField]:
    """Return the fields of a flat schema. What cannot be entered is left out."""
    properties = schema.get("properties")
    required = schema.get("required")
    names = {it for it in required if isinstance(it, str)} if isinstance(required, list) else set()
    if not isinstance(properties, dict):
        return []
    fields = [
        _field(name, it, is_required=name in names)
        for name, it in islice(properties.items(), MOST_FIELDS)
        if isinstance(name, str) and isinstance(it, dict)
    ]
    return [it for it in fields if it is not None]


def _field(name: str, schema: Mapping[str, Any], *, is_required: bool) -> FormField | None:
    kind = schema.get("type")
    choices = tuple(islice(_choices(schema), MOST_CHOICES))
    if kind == "boolean":
        choices = ((True, _("yes")), (False, _("no")))
    known = {
        "string": FieldKind.TEXT,
        "number": FieldKind.NUMBER,
        "integer": FieldKind.WHOLE_NUMBER,
    }
    found = FieldKind.CHOICE if choices else known.get(str(kind))
    if found is None:
        return None
    is_text = found is FieldKind.TEXT
    return FormField(
        name,
        sanitize_line(str(schema.get("title") or name), _LABEL),
        sanitize_line(str(schema.get("description") or ""), _DESCRIPTION),
        found,
        choices,
        schema.get("default"),
        is_required,
        _number(schema.get("minLength" if is_text else "minimum")),
        _number(schema.get("maxLength" if is_text else "maximum")),
    )


def _choices(schema: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    values = schema.get("enum")
    if isinstance(values, list):
        names = schema.get("enumNames")
        labels = names if isinstance(names, list) and len(names) == len(values) else values
        for value, label in zip(values, labels, strict=True):
            yield value, sanitize_line(str(label), _LABEL)
    for key in ("oneOf", "anyOf"):
        options = schema.get(key)
        for option in options if isinstance(options, list) else ():
            if isinstance(option, dict) and "const" in option:
                label = str(option.get("title") or option["const"])
                yield option["const"], sanitize_line(label, _LABEL)


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


def entered_value(field: FormField, text: str) -> Any:
    """Return the value of a typed text; None for an optional field that was left empty.

    Raises:
        InvalidValue: The field does not take the text.
    """
    if not text.strip():
        if field.is_required:
            raise InvalidValue(_("{field} is needed.").format(field=field.label))
        return None
    if field.kind is FieldKind.TEXT:
        _check_range(field, len(text), _("{field} is too short."), _("{field} is too long."))
        return text
    whole = field.kind is FieldKind.WHOLE_NUMBER
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        words = _("{field} is a whole number.") if whole else _("{field} is a number.")
        raise InvalidValue(words.format(field=field.label)) from None
    _check_range(field, number, _("{field} is too small."), _("{field} is too large."))
    return number


def _check_range(field: FormField, size: float, small: str, large: str) -> None:
    if field.least is not None and size < field.least:
        raise InvalidValue(small.format(field=field.label))
    if field.most is not None and size > field.most:
        raise InvalidValue(large.format(field=field.label))
