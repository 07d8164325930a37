"""Checks whether a schema is in the subset that endpoints accept with `strict`.

The rules are those of OpenAI's structured outputs: the root is an object, every object lists all of
its properties as required and allows no others, and only some keywords are supported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

_KNOWN: Final = frozenset({
    "$defs", "$ref", "$schema", "additionalProperties", "anyOf", "const", "default", "definitions",
    "description", "enum", "exclusiveMaximum", "exclusiveMinimum", "format", "items", "maxItems",
    "maximum", "minItems", "minimum", "multipleOf", "pattern", "properties", "required", "title",
    "type",
})  # fmt: skip
_FORMATS: Final = frozenset({
    "date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid",
})  # fmt: skip
_DEEPEST: Final = 10
_MOST_PROPERTIES: Final = 5_000
_MOST_ENUM_VALUES: Final = 1_000
_LONG_ENUM: Final = 250
"""From this number of texts, their total length is limited."""
_LONG_ENUM_CHARACTERS: Final = 15_000
_MOST_CHARACTERS: Final = 120_000
"""Limit for the names of properties and definitions, and the texts of enum and const."""
_KINDS: Final = frozenset({"type", "anyOf", "$ref"})
"""One of them is required in every part of a schema."""
_LOOKAROUND: Final = re.compile(r"\(\?[=!<]")


def is_strict(schema: dict[str, Any]) -> bool:
    """Return whether a schema may be sent with `strict: true`."""
    if schema.get("type") != "object" or "anyOf" in schema:
        return False
    counts = _Counts()
    return _is_strict(schema, 0, counts) and counts.are_within_limits


@dataclass
class _Counts:
    """Sizes of a schema that are limited."""

    properties: int = 0
    enum_values: int = 0
    characters: int = 0

    @property
    def are_within_limits(self) -> bool:
        return (
            self.properties <= _MOST_PROPERTIES
            and self.enum_values <= _MOST_ENUM_VALUES
            and self.characters <= _MOST_CHARACTERS
        )


def _is_strict(schema: Any, depth: int, counts: _Counts) -> bool:
    if not isinstance(schema, dict) or depth > _DEEPEST or not set(schema) <= _KNOWN:
        return False
    if not (_has_strict_keywords(schema) and _counted_values(schema, counts)):
        return False
    properties = schema.get("properties", {})
    inner = [*properties.values(), *schema.get("anyOf", ())]
    counts.properties += len(properties)
    counts.characters += sum(map(len, properties))
    for name in ("$defs", "definitions"):
        inner.extend(schema.get(name, {}).values())
        counts.characters += sum(map(len, schema.get(name, {})))
    if "items" in schema:
        inner.append(schema["items"])
    return all(_is_strict(part, depth + 1, counts) for part in inner)


def _has_strict_keywords(schema: dict[str, Any]) -> bool:
    """Return whether the keywords of one part are supported in this combination."""
    if "$ref" in schema:
        # Not even a description is allowed beside it.
        return len(schema) == 1
    if not _KINDS & set(schema) or "default" in schema:
        return False
    if schema.get("format", "date") not in _FORMATS:
        return False
    if _LOOKAROUND.search(str(schema.get("pattern", ""))):
        return False
    types = schema.get("type")
    types = types if isinstance(types, list) else [types]
    if ("object" in types or "properties" in schema) and (
        schema.get("additionalProperties") is not False
        or set(schema.get("required", ())) != set(schema.get("properties", {}))
    ):
        return False
    return "array" not in types or "items" in schema


def _counted_values(schema: dict[str, Any], counts: _Counts) -> bool:
    """Count the values of an enum or const; return False if one enum is too long."""
    values = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
    length = sum(len(value) for value in values if isinstance(value, str))
    counts.enum_values += len(values)
    counts.characters += length
    return len(values) <= _LONG_ENUM or length <= _LONG_ENUM_CHARACTERS
