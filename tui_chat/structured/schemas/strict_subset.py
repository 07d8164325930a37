"""Checks whether a schema is in the subset that endpoints accept with `strict`.

The rules are those of OpenAI's structured outputs: the root is an object, every object lists all of
its properties as required and allows no others, and only some keywords are supported.
"""

from __future__ import annotations

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
_MOST_PROPERTIES: Final = 5000


def is_strict(schema: dict[str, Any]) -> bool:
    """Return whether a schema may be sent with `strict: true`."""
    if schema.get("type") != "object":
        return False
    counts = [0]
    return _is_strict(schema, 0, counts) and counts[0] <= _MOST_PROPERTIES


def _is_strict(schema: Any, depth: int, counts: list[int]) -> bool:
    if not isinstance(schema, dict) or depth > _DEEPEST or not set(schema) <= _KNOWN:
        return False
    if "default" in schema or schema.get("format", "date") not in _FORMATS:
        return False
    properties = schema.get("properties", {})
    is_object = schema.get("type") == "object" or "properties" in schema
    if is_object and (
        schema.get("additionalProperties") is not False
        or set(schema.get("required", ())) != set(properties)
    ):
        return False
    counts[0] += len(properties)
    inner = [*properties.values(), *schema.get("anyOf", ())]
    for name in ("$defs", "definitions"):
        inner.extend(schema.get(name, {}).values())
    if "items" in schema:
        inner.append(schema["items"])
    if schema.get("type") == "array" and "items" not in schema:
        return False
    return all(_is_strict(part, depth + 1, counts) for part in inner)
