"""Validates an object against a schema and phrases the errors."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.labels import N_, _, join_list
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.structured.lossless_json import Number, describe_type, scalar_text
from tui_chat.structured.verdict import MOST_ERRORS, Path, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jsonschema import exceptions

_MOST_COUNTED: Final = 10_000
"""Errors that are counted at most."""
_QUOTE_LIMIT: Final = 60


def validator_class(schema: dict[str, Any]) -> Any:
    """Return jsonschema's validator class for the dialect of a schema; None if it is unknown.

    The default is JSON Schema 2020-12. As the specification says, 1.0 is an integer.
    """
    from jsonschema import Draft202012Validator, validators

    # The stubs lack the default None and the arguments of extend.
    find: Any = validators.validator_for
    extend: Any = validators.extend
    named = schema.get("$schema")
    made: Any = Draft202012Validator
    if named is not None:
        made = find({"$schema": named}, default=None) if isinstance(named, str) else None
        if made is None:
            return None
    checker = made.TYPE_CHECKER.redefine("integer", _is_integer).redefine("number", _is_number)
    return extend(made, type_checker=checker)


def validate(value: Any, schema: dict[str, Any]) -> tuple[list[ValidationError], int]:
    """Validate a value.

    Args:
        value: A value of `lossless_json.loads`.
        schema: A value of `lossless_json.loads`, so that 0.1 in it is exact.

    Returns:
        The first MOST_ERRORS errors, and the count of all.
    """
    import decimal

    import referencing

    made = validator_class(schema)
    # The empty registry prevents that references are fetched.
    checker = made(schema, registry=referencing.Registry(), format_checker=made.FORMAT_CHECKER)
    found: list[ValidationError] = []
    count = 0
    with decimal.localcontext() as context:
        # multipleOf needs all digits of long numbers.
        context.prec = 5000
        for error in islice(_flatten(checker.iter_errors(value)), _MOST_COUNTED):
            count += 1
            if len(found) < MOST_ERRORS:
                found.append(error)
    return found, count


def _flatten(errors: Iterable[exceptions.ValidationError]) -> Iterator[ValidationError]:
    for error in errors:
        path = tuple(error.absolute_path)
        name = str(error.validator)
        if name in {"anyOf", "oneOf"} and error.context:
            yield from _choice_errors(error, path, name)
        elif name == "additionalProperties" and isinstance(error.instance, dict):
            yield from _extra_key_errors(error, path)
        else:
            yield ValidationError(path, _message(error, name), name)


def _choice_errors(
    error: exceptions.ValidationError, path: Path, name: str
) -> Iterator[ValidationError]:
    """Yield the errors of the closest choice: the one whose errors are deepest."""
    choices: dict[Any, list[exceptions.ValidationError]] = {}
    for inner in error.context or ():
        choices.setdefault(inner.schema_path[0] if inner.schema_path else 0, []).append(inner)
    deepest = {at: max(len(e.path) for e in errors) for at, errors in choices.items()}
    if len(choices) == 1 or any(deepest.values()):
        yield from _flatten(choices[max(deepest, key=lambda at: deepest[at])])
        return
    kinds = [str(e.validator_value) for errors in choices.values() for e in errors[:1]
             if e.validator == "type"]  # fmt: skip
    if len(kinds) == len(choices):
        message = _type_message(error.instance, kinds)
    else:
        message = _("{value} matches none of the {count} alternatives.").format(
            value=_shown(error.instance), count=len(choices)
        )
    yield ValidationError(path, message, name)


def _extra_key_errors(error: exceptions.ValidationError, path: Path) -> Iterator[ValidationError]:
    allowed = error.validator_value
    known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    patterns = error.schema.get("patternProperties", {}) if isinstance(error.schema, dict) else {}
    if allowed is not False or patterns:
        yield ValidationError(path, _message(error, "additionalProperties"), "additionalProperties")
        return
    instance: Any = error.instance
    for key in instance:
        if key not in known:
            message = _("“{key}” is not allowed.").format(key=sanitize_line(key, _QUOTE_LIMIT))
            yield ValidationError((*path, key), message, "additionalProperties")


def _message(error: exceptions.ValidationError, name: str) -> str:
    wanted: Any = error.validator_value
    value: Any = error.instance
    match name:
        case "type":
            return _type_message(value, [wanted] if isinstance(wanted, str) else wanted)
        case "required":
            # jsonschema reports each missing key, in quotes at the start of its message.
            key = error.message.rpartition(" is a required property")[0].strip("'\"")
            return _("“{key}” is missing.").format(key=sanitize_line(key, _QUOTE_LIMIT))
        case "enum":
            choices = join_list(_shown(choice) for choice in wanted[:10])
            more = ", …" if len(wanted) > 10 else ""
            return _("{value} is not one of {choices}.").format(
                value=_shown(value), choices=choices + more
            )
        case "const":
            return _("{value} must be {wanted}.").format(value=_shown(value), wanted=_shown(wanted))
        case "pattern":
            return _("{value} does not match the pattern {pattern}.").format(
                value=_shown(value), pattern=sanitize_line(wanted, 80)
            )
        case "format":
            return _("{value} is not in the format {format}.").format(
                value=_shown(value), format=sanitize_line(str(wanted), 40)
            )
        case "uniqueItems":
            return _("The list contains duplicates.")
        case _ if name in _BOUNDS:
            return _(_BOUNDS[name]).format(value=_shown(value), wanted=_shown(wanted))
        case _:
            return sanitize_line(f"{error.message[:300].rstrip('.')}.", 300)


_KINDS: Final = {
    "object": N_("an object"),
    "array": N_("a list"),
    "string": N_("a string"),
    "integer": N_("an integer"),
    "number": N_("a number"),
    "boolean": N_("true or false"),
    "null": N_("null"),
}
_BOUNDS: Final = {
    "minimum": N_("{value} is less than the minimum {wanted}."),
    "maximum": N_("{value} is more than the maximum {wanted}."),
    "exclusiveMinimum": N_("{value} is not greater than {wanted}."),
    "exclusiveMaximum": N_("{value} is not less than {wanted}."),
    "multipleOf": N_("{value} is not a multiple of {wanted}."),
    "minLength": N_("{value} is shorter than {wanted} characters."),
    "maxLength": N_("{value} is longer than {wanted} characters."),
    "minItems": N_("The list has fewer than {wanted} entries."),
    "maxItems": N_("The list has more than {wanted} entries."),
    "minProperties": N_("The object has fewer than {wanted} keys."),
    "maxProperties": N_("The object has more than {wanted} keys."),
}


def _type_message(value: Any, kinds: Iterable[str]) -> str:
    expected = _(" or ").join(_(_KINDS[kind]) if kind in _KINDS else kind for kind in kinds)
    found = scalar_text(value) if isinstance(value, bool) else describe_type(value)
    if isinstance(value, str | int | Number) and not isinstance(value, bool):
        message = _("Expected {expected}, got {type}: {value}.")
        return message.format(expected=expected, type=found, value=_shown(value))
    return _("Expected {expected}, got {type}.").format(expected=expected, type=found)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return _("The object") if value else _("The empty object")
    if isinstance(value, list):
        return _("The list") if value else _("The empty list")
    if isinstance(value, str):
        return f"“{sanitize_line(value, _QUOTE_LIMIT)}”"
    return sanitize_line(scalar_text(value), _QUOTE_LIMIT)


def _is_integer(_checker: Any, value: Any) -> bool:
    if isinstance(value, Number):
        return value.is_finite() and value == value.to_integral_value()
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_checker: Any, value: Any) -> bool:
    return isinstance(value, int | Number) and not isinstance(value, bool)
