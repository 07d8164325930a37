"""A schema in one line, for a person who does not want to write a schema.

``name, age int, tags list, mood good|bad, note? : what else was said`` has one field between two
commas (or in each line): its name, `?` when it may be missing, its type, and after a colon what it
means. Without a type it is a text. `age: int`, `int?` and `int[]` are understood too.
"""

from __future__ import annotations

import re
from typing import Any, Final

from tui_chat.core.errors import ConfigError
from tui_chat.core.text.sanitize import sanitize_line

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
_LIST: Final = re.compile(
    r"list(?:\s*\[\s*(?P<within>.*?)\s*\]|\s+(?:of\s+)?(?P<after>.+))?\Z"
    r"|(?P<before>.*\S)\s*\[\s*\]\Z",
    re.DOTALL | re.IGNORECASE,
)
_CHOICES: Final = re.compile(r"[^\s|]+(?:\s*\|\s*[^\s|]+)+\??\Z")
_NESTED: Final = re.compile(r"[{}]|\[[^\]]*,")
_WIDE: Final = str.maketrans("，、：？｜", ",,:?|")
_LOOKS_SHORT: Final = re.compile(
    r"[,\n?:|]|\[\s*\]|\s(?:" + "|".join(TYPE_NAMES) + r")\b", re.IGNORECASE
)


def is_shorthand(text: str) -> bool:
    """Say whether a text is meant as fields, and not as the name of a schema."""
    return bool(_LOOKS_SHORT.search(text.strip().translate(_WIDE)))


def is_type(text: str) -> bool:
    """Say whether a text is a type of the short form, or a choice of words."""
    words = text.strip()
    if _CHOICES.match(words):
        return True
    words = words.removesuffix("?").strip()
    if words.lower() in _TYPES:
        return True
    listed = _LIST.match(words)
    inner = listed and (listed["within"] or listed["after"] or listed["before"])
    return listed is not None and (not inner or is_type(inner))


def expand(text: str) -> dict[str, Any]:
    """Return the schema that a short form stands for.

    Raises:
        ConfigError: A field cannot be understood.
    """
    # As a Chinese keyboard writes it.
    text = text.translate(_WIDE)
    if _NESTED.search(text):
        raise ConfigError(
            "The short form of the schema has no objects within objects.",
            "Write a JSON Schema for those, in a file or here.",
        )
    properties: dict[str, Any] = {}
    required: list[str] = []
    for part in re.split(r",(?![^\[]*\])|\n", text):
        if not part.strip():
            continue
        found = _FIELD.match(part)
        if found is None:
            raise _wrong(part, "cannot be understood")
        name, kind, meaning = found["name"], found["type"], found["meaning"] or ""
        if kind is None:
            kind, meaning = _kind_first(meaning)
        if name in properties:
            raise ConfigError(
                f"The short form of the schema names “{sanitize_line(name, 60)}”, which is there "
                "already.",
                "Give each field a name of its own.",
            )
        is_optional = bool(found["optional"]) or kind.endswith("?")
        schema = _type(kind.removesuffix("?").strip() or "text", part)
        if meaning:
            schema = {**schema, "description": meaning}
        properties[name] = schema
        if not is_optional:
            required.append(name)
    if not properties:
        raise ConfigError("The short form of the schema names no field.", "Such as: name, age int.")
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _kind_first(meaning: str) -> tuple[str, str]:
    """Return the type and the meaning in what stands after a colon: `age: int` is a type."""
    kind, _, rest = meaning.partition(":")
    return (kind.strip(), rest.strip()) if is_type(kind) else ("text", meaning)


def _type(words: str, part: str) -> dict[str, Any]:
    known = _TYPES.get(words.lower())
    if known is not None:
        return dict(known)
    listed = _LIST.match(words)
    if listed and "|" not in words.partition("[")[0]:
        inner = listed["within"] or listed["after"] or listed["before"] or "text"
        return {"type": "array", "items": _type(inner, part)}
    if "|" in words:
        choices = [choice.strip().strip("\"'“”") for choice in words.split("|")]
        if not all(choices):
            raise _wrong(part, "has an empty choice")
        return {"type": "string", "enum": list(dict.fromkeys(choices))}
    raise _wrong(part, f"has a type that is not known, “{sanitize_line(words, 40)}”")


def _wrong(part: str, what: str) -> ConfigError:
    return ConfigError(
        f"In the short form of the schema, “{sanitize_line(part.strip(), 60)}” {what}.",
        f"A type is one of {', '.join(TYPE_NAMES)}, list[int] or a choice such as good|bad.",
    )
