"""Checks that a schema is valid before it is sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from tui_chat.config.problems import nearest
from tui_chat.core.labels import _, join_list
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.structured.lossless_json import dumps
from tui_chat.structured.verdict import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator

_REFERRING: Final = ("$ref", "$dynamicRef", "$recursiveRef")
_NAMING: Final = ("$id", "id", "$anchor", "$dynamicAnchor")
_NAMED_SCHEMAS: Final = frozenset(
    {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"}
)
_DATA: Final = frozenset({"const", "enum", "default", "examples", "required"})
_TYPES: Final = ("object", "array", "string", "integer", "number", "boolean", "null")


def find_problem(schema: dict[str, Any]) -> str:
    """Return what is wrong with a schema and where, as a sentence; empty when it is valid."""
    from jsonschema import exceptions

    from tui_chat.structured.schemas.validate_value import validator_class

    made = validator_class(schema)
    if made is None:
        shown = sanitize_line(str(schema.get("$schema")), 100)
        return _(
            "Unknown dialect “{dialect}”; supported are draft-03 to 07, 2019-09 and 2020-12."
        ).format(dialect=shown)
    try:
        made.check_schema(schema)
    except exceptions.SchemaError as error:
        at = format_path(tuple(error.absolute_path))
        problem = f"{sanitize_line(error.message, 200).rstrip('.')}."
        if list(error.absolute_path)[-1:] == ["type"]:
            problem = _type_problem(error.instance)
        if not at:
            return problem
        return _("At {path}: {problem}").format(path=sanitize_line(at, 100), problem=problem)
    except RecursionError:
        return _("It is nested too deeply.")
    if schema and not schema.keys() & {*made.VALIDATORS, "$schema", "$id", "$defs", "definitions"}:
        return _("It has no keyword such as “type” or “properties”.")
    return _problem_within(schema)


def _type_problem(given: Any) -> str:
    names = given if isinstance(given, list) else [given]
    wrong = next((name for name in names if name not in _TYPES), None)
    if wrong is None:
        return _("A type is missing or repeated.")
    if not isinstance(wrong, str):
        shown = sanitize_line(dumps(wrong), 60)
        unknown = _("{type} is not a type. Types are: {types}.")
        return unknown.format(type=shown, types=join_list(_TYPES))
    shown = sanitize_line(wrong, 60)
    if meant := nearest(wrong, _TYPES):
        similar = _("“{type}” is not a type. Did you mean “{meant}”?")
        return similar.format(type=shown, meant=meant)
    unknown = _("“{type}” is not a type. Types are: {types}.")
    return unknown.format(type=shown, types=join_list(_TYPES))


def _problem_within(schema: dict[str, Any]) -> str:
    """Return what is wrong with a reference or a pattern, which the meta-schemas do not check.

    Nothing is fetched, so a reference must point into the schema. Takes linear time.
    """
    nodes = list(_nodes(schema))
    names = {
        node[key]
        for node in nodes
        for key in _NAMING
        if isinstance(node.get(key), str) and node[key]
    }
    for node in nodes:
        for key in _REFERRING:
            target = node.get(key)
            if isinstance(target, str) and not _is_defined(schema, target, names):
                shown = sanitize_line(target, 100)
                return _(
                    "{keyword} refers to “{target}”, which the schema lacks; nothing is fetched."
                ).format(keyword=key, target=shown)
        patterns = [node.get("pattern"), *_keys(node.get("patternProperties"))]
        for pattern in patterns:
            if isinstance(pattern, str) and (reason := _pattern_problem(pattern)):
                return _("Invalid pattern “{pattern}”: {reason}.").format(
                    pattern=sanitize_line(pattern, 60), reason=reason
                )
    return ""


def _nodes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a schema and its subschemas, without plain data such as enums."""
    waiting: list[Any] = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            yield node
            for key, value in node.items():
                if key in _NAMED_SCHEMAS and isinstance(value, dict):
                    waiting.extend(value.values())
                elif key not in _DATA:
                    waiting.append(value)


def _keys(value: Any) -> list[str]:
    return list(value) if isinstance(value, dict) else []


def _pattern_problem(pattern: str) -> str:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return sanitize_line(str(error), 80)
    return ""


def _is_defined(schema: dict[str, Any], target: str, names: set[str]) -> bool:
    if target == "#" or target in names or (target.startswith("#") and target[1:] in names):
        return True
    return target.startswith("#/") and any(
        _resolves(schema, pointer) for pointer in {target[2:], unquote(target[2:])}
    )


def _resolves(schema: dict[str, Any], pointer: str) -> bool:
    node: Any = schema
    for part in pointer.split("/"):
        step = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict) and step in node:
            node = node[step]
        elif isinstance(node, list) and step.isdecimal() and int(step[:9]) < len(node):
            node = node[int(step)]
        else:
            return False
    return True
