"""Validates the messages of a request, and drops their unset fields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_MESSAGES: Final = 10_000
_ROLES: Final = ("system", "developer", "user", "assistant", "tool")
_MESSAGE_TEXTS: Final = frozenset(
    {"role", "name", "refusal", "reasoning_content", "reasoning", "tool_call_id"}
)
_DETAILS: Final = "reasoning_details"
_MESSAGE_FLAGS: Final = frozenset({"prefix", "partial"})
"""These request the continuation of a reply (`core.profile.Continuing`)."""
MESSAGE_FIELDS: Final = (
    frozenset({"content", "tool_calls", _DETAILS}) | _MESSAGE_TEXTS | _MESSAGE_FLAGS
)
_PART_TYPES: Final = frozenset({"text", "image_url", "input_audio", "file", "refusal"})
_IGNORED_IN_MESSAGE: Final = frozenset({"annotations"})
"""Part of replies that clients send back unchanged; no endpoint reads it."""
_PICTURE: Final = re.compile(r"(?:data:|https?://)", re.IGNORECASE)
_REMOTE: Final = re.compile(r"(?!data:)[a-z][a-z0-9+.-]*://|//", re.IGNORECASE)
_SAY_NOTHING: Final[tuple[Any, ...]] = (False, "", [], {})


def drop_unset(
    fields: dict[str, Any], known: Collection[str], ignored: Collection[str]
) -> dict[str, Any]:
    """Return the fields that are set.

    Args:
        fields: The fields.
        known: Fields that are unset only if null; others also if false or empty.
        ignored: Fields that are always dropped.
    """
    return {
        name: value
        for name, value in fields.items()
        if value is not None
        and name not in ignored
        and (name in known or value not in _SAY_NOTHING)
    }


def drop_unset_in_messages(messages: Any) -> Any:
    """Return messages without unset fields, which replies contain that clients send back.

    A value that is not a list of messages is returned unchanged.
    """
    if not isinstance(messages, list):
        return messages
    return [
        {name: None for name in ("content",) if name in message}
        | drop_unset(message, MESSAGE_FIELDS, _IGNORED_IN_MESSAGE)
        if isinstance(message, dict)
        else message
        for message in messages
    ]


def are_messages(value: Any) -> bool:
    """Return whether a value is a list of valid messages."""
    if not isinstance(value, list) or not 0 < len(value) <= MAX_MESSAGES:
        return False
    return all(map(_is_message, value))


def _is_message(value: Any) -> bool:
    if not isinstance(value, dict) or not MESSAGE_FIELDS.issuperset(value):
        return False
    content = value.get("content")
    return (
        value.get("role") in _ROLES
        and (content is None or isinstance(content, str) or _are_parts(content))
        and (value.get("tool_calls") is None or _are_calls(value["tool_calls"]))
        and (value.get(_DETAILS) is None or are_objects(value[_DETAILS]))
        and all(isinstance(value.get(name), str | None) for name in _MESSAGE_TEXTS)
        and all(isinstance(value.get(name), bool | None) for name in _MESSAGE_FLAGS)
    )


def _are_parts(content: Any) -> bool:
    """Return whether all parts are allowed, and none refers to a file stored at the endpoint."""
    return are_objects(content) and all(map(_is_part, content))


def _is_part(part: dict[str, Any]) -> bool:
    kind = part.get("type")
    if not isinstance(kind, str) or kind not in _PART_TYPES:
        return False
    value = part.get(kind)
    if kind in ("text", "refusal"):
        return isinstance(value, str)
    if kind == "image_url":
        url = value.get("url") if isinstance(value, dict) else value
        # A path would make the endpoint read a file of its own machine.
        return isinstance(url, str) and _PICTURE.match(url) is not None
    # A file id would refer to a file of the key's owner.
    return isinstance(value, dict) and not (kind == "file" and value.get("file_id"))


def _are_calls(value: Any) -> bool:
    return are_objects(value) and all(map(_is_call, value))


def _is_call(call: dict[str, Any]) -> bool:
    kind = call.get("type")
    if not isinstance(kind, str) or not isinstance(call.get("id", ""), str):
        return False
    inner = call.get(kind)
    return (
        isinstance(inner, dict)
        and isinstance(inner.get("name"), str)
        and isinstance(inner.get("arguments" if kind == "function" else "input"), str)
    )


def is_text_only(messages: list[dict[str, Any]]) -> bool:
    """Return whether messages contain only text, which every model accepts."""
    return all(
        part["type"] in ("text", "refusal")
        for message in messages
        if isinstance(message.get("content"), list)
        for part in message["content"]
    )


def url_parts(messages: list[dict[str, Any]]) -> bool:
    """Return whether messages contain pictures or files by URL, not as data URIs."""
    return any(
        _is_remote(part)
        for message in messages
        if isinstance(message.get("content"), list)
        for part in message["content"]
    )


def _is_remote(part: dict[str, Any]) -> bool:
    value = part.get(part["type"])
    texts = value.values() if isinstance(value, dict) else (value,)
    return part["type"] not in ("text", "refusal") and any(
        isinstance(text, str) and _REMOTE.match(text.strip()) is not None for text in texts
    )


def are_objects(value: Any, most: int = MAX_MESSAGES) -> bool:
    """Return whether a value is a list of objects within a length limit."""
    if not isinstance(value, list) or len(value) > most:
        return False
    return all(isinstance(item, dict) for item in value)
