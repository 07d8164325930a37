"""A schema in one line, for a person who does not want to write a schema.

``name, age int, tags list, mood good|bad, note? : what else was said`` has one field between two
commas (or in each line): its name, `?` when it may be missing, its type, and after a colon what it
means. Without a type it is a text.
"""

from __future__ import annotations

import re
from typing import Any, Final

from tui_chat.core.errors import ConfigError
from tui_chat.core.visible import visible_line

_TYPES: Final[dict[str, dict[str, Any]]] = {
    "str": {"type": "string"},
    "text": {"type": "string"},
    "string": {"type": "string"},
    "int": {"type": "integer"},
    "integer": {"type": "integer"},
    "float": {"type": "number"},
    "number": {"type": "number"},
    "bool": {"type": "boolean"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "email": {"type": "string", "format": "email"},
}
TYPE_NAMES: Final = (*_TYPES, "list")
_FIELD: Final = re.compile(
    r"""\s*(?P<name>[^\s?:,]+)(?P<optional>\?)?
        (?:\s+(?P<type>[^\s:,][^:,]*?))?
        \s*(?::\s*(?P<meaning>.*?))?\s*\Z""",
    re.VERBOSE | re.DOTALL,
)
_LIST: Final = re.compile(r"list(?:\s*(?:\[\s*(.*?)\s*\]|of\s+(.+)))?\Z", re.DOTALL)
_LOOKS_SHORT: Final = re.compile(r"[,\n?:|]|\s(?:" + "|".join(TYPE_NAMES) + r")\b")


def looks_short(text: str) -> bool:
    """Say whether a text is meant as fields, and not as the name of a schema."""
    return bool(_LOOKS_SHORT.search(text.strip()))


def expand(text: str) -> dict[str, Any]:
    """Return the schema that a short form stands for.

    Raises:
        ConfigError: A field cannot be understood.
    """
    properties: dict[str, Any] = {}
    required: list[str] = []
    for part in re.split(r",(?![^\[]*\])|\n", text):
        if not part.strip():
            continue
        found = _FIELD.match(part)
        if found is None:
            raise _wrong(part, "cannot be understood")
        name = found["name"]
        if name in properties:
            raise _wrong(part, "names a field that is there already")
        schema = _type((found["type"] or "text").strip(), part)
        if found["meaning"]:
            schema = {**schema, "description": found["meaning"]}
        properties[name] = schema
        if not found["optional"]:
            required.append(name)
    if not properties:
        raise ConfigError("The short form of the schema names no field.", "Such as: name, age int.")
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _type(words: str, part: str) -> dict[str, Any]:
    known = _TYPES.get(words.lower())
    if known is not None:
        return dict(known)
    listed = _LIST.match(words)
    if listed:
        return {"type": "array", "items": _type(listed[1] or listed[2] or "text", part)}
    if "|" in words:
        return {"type": "string", "enum": [choice.strip() for choice in words.split("|")]}
    raise _wrong(part, f"has a type that is not known, “{visible_line(words, 40)}”")


def _wrong(part: str, what: str) -> ConfigError:
    return ConfigError(
        f"In the short form of the schema, “{visible_line(part.strip(), 60)}” {what}.",
        f"A type is one of {', '.join(TYPE_NAMES)}, list[int] or a choice such as good|bad.",
    )
