"""Whether a schema is one, before anything is sent."""

from __future__ import annotations

from typing import Any, Final

from tui_chat.config.problems import nearest
from tui_chat.core.text.sanitize import visible_line
from tui_chat.structured.lossless_json import dumps
from tui_chat.structured.verdict import path_words

_TYPES: Final = ("object", "array", "string", "integer", "number", "boolean", "null")


def problem_of(schema: dict[str, Any]) -> str:
    """Return what is wrong with a schema and where, as a sentence; an empty text if nothing is."""
    from jsonschema import exceptions

    from tui_chat.structured.schemas.validate import validator_class

    made = validator_class(schema)
    if made is None:
        shown = visible_line(str(schema.get("$schema")), 100)
        return f"“{shown}” is no dialect that is known; those are draft-03 to 07, 2019-09, 2020-12."
    try:
        made.check_schema(schema)
    except exceptions.SchemaError as error:
        at = path_words(tuple(error.absolute_path))
        where = f"at {visible_line(at, 100)}: " if at else ""
        if list(error.absolute_path)[-1:] == ["type"]:
            return f"{where}{_type_words(error.instance)}"
        return f"{where}{visible_line(error.message, 200).rstrip('.')}."
    except RecursionError:
        return "it is nested too deep."
    if schema and not schema.keys() & {*made.VALIDATORS, "$schema", "$id", "$defs", "definitions"}:
        return "it has none of its words, such as “type” and “properties”."
    return _broken_reference(schema)


def _type_words(given: Any) -> str:
    """Return what is wrong with a type."""
    names = given if isinstance(given, list) else [given]
    wrong = next((name for name in names if name not in _TYPES), None)
    if wrong is None:
        return "it names no type, or one twice."
    if not isinstance(wrong, str):
        return f"{visible_line(dumps(wrong), 60)} is no type. Types are: {', '.join(_TYPES)}."
    meant = nearest(wrong, _TYPES)
    todo = f"Did you mean “{meant}”?" if meant else f"Types are: {', '.join(_TYPES)}."
    return f"“{visible_line(wrong, 60)}” is no type. {todo}"


def _broken_reference(schema: dict[str, Any]) -> str:
    """Return what is wrong with a `$ref`: nothing is fetched, so it must point into the schema."""
    waiting: list[Any] = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting.extend(node.values())
            target = node.get("$ref")
            if isinstance(target, str) and not _is_there(schema, target):
                shown = visible_line(target, 100)
                return f"$ref points to “{shown}”, which is not in it, and nothing is fetched."
        elif isinstance(node, list):
            waiting.extend(node)
    return ""


def _is_there(schema: dict[str, Any], target: str) -> bool:
    if not target.startswith("#"):
        return _names(schema, target)
    if not target.startswith("#/"):
        return target == "#" or _names(schema, target[1:])
    node: Any = schema
    for part in target[2:].split("/"):
        step = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict) and step in node:
            node = node[step]
        elif isinstance(node, list) and step.isdecimal() and int(step) < len(node):
            node = node[int(step)]
        else:
            return False
    return True


def _names(schema: dict[str, Any], name: str) -> bool:
    """Say whether a part of the schema has an id or an anchor of a name."""
    waiting: list[Any] = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if name in (node.get("$id"), node.get("$anchor"), node.get("$dynamicAnchor")):
                return True
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return False
