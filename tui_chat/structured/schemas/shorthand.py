"""Shorthand for schemas: one line instead of a JSON Schema.

``name, age int, tags list, mood good|bad, note? : what else was said`` lists one field between
commas (or per line): a name, `?` if it is optional, a type, and a description after a colon. The
default type is a string. `age: int`, `int?` and `int[]` are accepted too.
"""

from __future__ import annotations

import re
from typing import Any, Final

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, join_list
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
        \s*(?::\s*(?P<description>.*?))?\s*\Z""",
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
    """Return whether a text is a list of fields, not the name of a schema."""
    return bool(_LOOKS_SHORT.search(text.strip().translate(_WIDE)))


def is_type(text: str) -> bool:
    """Return whether a text is a type of the shorthand, or a choice such as `good|bad`."""
    name = text.strip()
    if _CHOICES.match(name):
        return True
    name = name.removesuffix("?").strip()
    if name.lower() in _TYPES:
        return True
    listed = _LIST.match(name)
    inner = listed and (listed["within"] or listed["after"] or listed["before"])
    return listed is not None and (not inner or is_type(inner))


def expand(text: str) -> dict[str, Any]:
    """Return the schema for a shorthand.

    Raises:
        ConfigError: A field cannot be parsed.
    """
    # Fullwidth punctuation of Chinese keyboards.
    text = text.translate(_WIDE)
    if _NESTED.search(text):
        raise ConfigError(
            _("The schema shorthand does not support nested objects."),
            _("Write a JSON Schema instead, in a file or here."),
        )
    properties: dict[str, Any] = {}
    required: list[str] = []
    for part in re.split(r",(?![^\[]*\])|\n", text):
        if not part.strip():
            continue
        found = _FIELD.match(part)
        if found is None:
            raise _invalid(_("In the schema shorthand, “{field}” cannot be parsed."), part)
        name, kind, description = found["name"], found["type"], found["description"] or ""
        if kind is None:
            kind, description = _split_type(description)
        if name in properties:
            raise ConfigError(
                _("The schema shorthand has the field “{name}” twice.").format(
                    name=sanitize_line(name, 60)
                ),
                _("Give each field a unique name."),
            )
        is_optional = bool(found["optional"]) or kind.endswith("?")
        schema = _type(kind.removesuffix("?").strip() or "text", part)
        if description:
            schema = {**schema, "description": description}
        properties[name] = schema
        if not is_optional:
            required.append(name)
    if not properties:
        raise ConfigError(
            _("The schema shorthand has no field."), _("Write, for example: name, age int.")
        )
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _split_type(description: str) -> tuple[str, str]:
    """Split the text after a colon into type and description: `age: int` has a type."""
    kind, _colon, rest = description.partition(":")
    return (kind.strip(), rest.strip()) if is_type(kind) else ("text", description)


def _type(type_text: str, part: str) -> dict[str, Any]:
    known = _TYPES.get(type_text.lower())
    if known is not None:
        return dict(known)
    listed = _LIST.match(type_text)
    if listed and "|" not in type_text.partition("[")[0]:
        inner = listed["within"] or listed["after"] or listed["before"] or "text"
        return {"type": "array", "items": _type(inner, part)}
    if "|" in type_text:
        choices = [choice.strip().strip("\"'“”") for choice in type_text.split("|")]
        if not all(choices):
            raise _invalid(_("In the schema shorthand, “{field}” has an empty choice."), part)
        return {"type": "string", "enum": list(dict.fromkeys(choices))}
    raise _invalid(
        _("In the schema shorthand, “{field}” has the unknown type “{type}”."), part, type_text
    )


def _invalid(message: str, part: str, type_text: str = "") -> ConfigError:
    types = _("A type is one of {types}, list[int] or a choice such as good|bad.")
    return ConfigError(
        message.format(field=sanitize_line(part.strip(), 60), type=sanitize_line(type_text, 40)),
        types.format(types=join_list(TYPE_NAMES)),
    )
