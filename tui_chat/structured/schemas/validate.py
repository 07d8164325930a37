"""What a schema does not allow in an object, in words, at the node it belongs to."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.structured.lossless_json import Number, describe_type, scalar_text
from tui_chat.structured.verdict import MOST_ERRORS, Path, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jsonschema import exceptions

_MOST_COUNTED: Final = 10_000
"""Where counting errors ends; an answer with more is wrong enough."""
_QUOTE_LIMIT: Final = 60


def validator_class(schema: dict[str, Any]) -> Any:
    """Return jsonschema's class for the dialect a schema names; None for one it does not know.

    JSON Schema 2020-12 when it names none. A number with a point counts by its value, so 1.0 is a
    whole number, as the specification says.
    """
    from jsonschema import Draft202012Validator, validators

    # Their stubs know neither a default of None nor what extend takes.
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
    """Return what is wrong with a value, and how much it is in all.

    Args:
        value: Of the types of `exact.loads`.
        schema: As `exact.loads` reads it, so that 0.1 in it is a tenth.

    Returns:
        The first MOST_ERRORS errors, each node's once, and the count of all.
    """
    import decimal

    import referencing

    made = validator_class(schema)
    # An empty registry: nothing is ever fetched.
    checker = made(schema, registry=referencing.Registry(), format_checker=made.FORMAT_CHECKER)
    found: list[ValidationError] = []
    count = 0
    with decimal.localcontext() as context:
        # A remainder of long numbers needs all their digits.
        context.prec = 5000
        for error in islice(_flat(checker.iter_errors(value)), _MOST_COUNTED):
            count += 1
            if len(found) < MOST_ERRORS:
                found.append(error)
    return found, count


def _flat(errors: Iterable[exceptions.ValidationError]) -> Iterator[ValidationError]:
    for error in errors:
        path = tuple(error.absolute_path)
        name = str(error.validator)
        if name in {"anyOf", "oneOf"} and error.context:
            yield from _of_choices(error, path, name)
        elif name == "additionalProperties" and isinstance(error.instance, dict):
            yield from _of_extra(error, path)
        else:
            yield ValidationError(path, _words(error, name), name)


def _of_choices(
    error: exceptions.ValidationError, path: Path, name: str
) -> Iterator[ValidationError]:
    """Tell of the choice that is nearest: the one whose first error lies deepest."""
    choices: dict[Any, list[exceptions.ValidationError]] = {}
    for inner in error.context or ():
        choices.setdefault(inner.schema_path[0] if inner.schema_path else 0, []).append(inner)
    deepest = {at: max(len(e.path) for e in errors) for at, errors in choices.items()}
    if len(choices) == 1 or any(deepest.values()):
        yield from _flat(choices[max(deepest, key=lambda at: deepest[at])])
        return
    kinds = [str(e.validator_value) for errors in choices.values() for e in errors[:1]
             if e.validator == "type"]  # fmt: skip
    if len(kinds) == len(choices):
        wanted = " or ".join(_KINDS.get(kind, kind) for kind in kinds)
        words = f"{_kind_of(error.instance)}; wanted is {wanted}."
    else:
        words = f"{_shown(error.instance)} fits none of the {len(choices)} forms that are allowed."
    yield ValidationError(path, words, name)


def _of_extra(error: exceptions.ValidationError, path: Path) -> Iterator[ValidationError]:
    allowed = error.validator_value
    known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    patterns = error.schema.get("patternProperties", {}) if isinstance(error.schema, dict) else {}
    if allowed is not False or patterns:
        yield ValidationError(path, _words(error, "additionalProperties"), "additionalProperties")
        return
    instance: Any = error.instance
    for key in instance:
        if key not in known:
            words = f"There is no place for “{sanitize_line(key, _QUOTE_LIMIT)}”."
            yield ValidationError((*path, key), words, "additionalProperties")


def _words(error: exceptions.ValidationError, name: str) -> str:
    wanted: Any = error.validator_value
    value: Any = error.instance
    match name:
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else wanted
            named = " or ".join(_KINDS.get(kind, kind) for kind in kinds)
            return f"{_kind_of(value)}; wanted is {named}."
        case "required":
            # jsonschema tells each missing key by itself, in quotes at the start of its message.
            key = error.message.rpartition(" is a required property")[0].strip("'\"")
            return f"“{sanitize_line(key, _QUOTE_LIMIT)}” is missing."
        case "enum":
            choices = ", ".join(_shown(choice) for choice in wanted[:10])
            more = ", …" if len(wanted) > 10 else ""
            return f"{_shown(value)} is none of {choices}{more}."
        case "const":
            return f"{_shown(value)} should be {_shown(wanted)}."
        case "pattern":
            return f"{_shown(value)} does not match the pattern {sanitize_line(wanted, 80)}."
        case "format":
            return f"{_shown(value)} is not of the format {sanitize_line(str(wanted), 40)}."
        case "uniqueItems":
            return "The list holds something twice."
        case _ if name in _BOUNDS:
            return _BOUNDS[name].format(value=_shown(value), wanted=_shown(wanted))
        case _:
            return sanitize_line(f"{error.message[:300].rstrip('.')}.", 300)


_KINDS: Final = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
_BOUNDS: Final = {
    "minimum": "{value} is less than {wanted}.",
    "maximum": "{value} is more than {wanted}.",
    "exclusiveMinimum": "{value} is not more than {wanted}.",
    "exclusiveMaximum": "{value} is not less than {wanted}.",
    "multipleOf": "{value} is not a multiple of {wanted}.",
    "minLength": "{value} is shorter than {wanted} characters.",
    "maxLength": "{value} is longer than {wanted} characters.",
    "minItems": "The list has fewer than {wanted} entries.",
    "maxItems": "The list has more than {wanted} entries.",
    "minProperties": "The object has fewer than {wanted} keys.",
    "maxProperties": "The object has more than {wanted} keys.",
}


def _kind_of(value: Any) -> str:
    """Return what a value is, as the beginning of a sentence."""
    if isinstance(value, str | int | Number) and not isinstance(value, bool):
        return f"{_shown(value)} is {describe_type(value)}"
    return f"It is {scalar_text(value) if isinstance(value, bool) else describe_type(value)}"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "The object" if value else "The empty object"
    if isinstance(value, list):
        return "The list" if value else "The empty list"
    if isinstance(value, str):
        return f"“{sanitize_line(value, _QUOTE_LIMIT)}”"
    return sanitize_line(scalar_text(value), _QUOTE_LIMIT)


def _is_integer(_checker: Any, value: Any) -> bool:
    if isinstance(value, Number):
        return value.is_finite() and value == value.to_integral_value()
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_checker: Any, value: Any) -> bool:
    return isinstance(value, int | Number) and not isinstance(value, bool)
