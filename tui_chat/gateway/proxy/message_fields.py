"""What a message of a request may have, and what in it says nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection

MOST_MESSAGES: Final = 10_000
_ROLES: Final = ("system", "developer", "user", "assistant", "tool")
_MESSAGE_TEXTS: Final = frozenset(
    {"role", "name", "refusal", "reasoning_content", "reasoning", "tool_call_id"}
)
_DETAILS: Final = "reasoning_details"
_MESSAGE_FLAGS: Final = frozenset({"prefix", "partial"})
"""With these an endpoint is asked to write on from an answer (`core.profile.Continuing`)."""
MESSAGE_FIELDS: Final = (
    frozenset({"content", "tool_calls", _DETAILS}) | _MESSAGE_TEXTS | _MESSAGE_FLAGS
)
_PART_TYPES: Final = frozenset({"text", "image_url", "input_audio", "file", "refusal"})
_IGNORED_IN_MESSAGE: Final = frozenset({"annotations"})
"""Of an answer that a client sends back as it got it; no endpoint reads it."""
_PICTURE: Final = re.compile(r"(?:data:|https?://)", re.IGNORECASE)
_SAY_NOTHING: Final[tuple[Any, ...]] = (False, "", [], {})


def said(
    record: dict[str, Any], known: Collection[str], ignored: Collection[str]
) -> dict[str, Any]:
    """Return the fields that say something.

    Args:
        record: The fields.
        known: Those that may say anything but null; of others, what is off or empty says nothing.
        ignored: Those that are left out whatever they say.
    """
    return {
        name: value
        for name, value in record.items()
        if value is not None
        and name not in ignored
        and (name in known or value not in _SAY_NOTHING)
    }


def said_in_messages(messages: Any) -> Any:
    """Return messages without what says nothing; what is no list of messages as it is.

    An answer that a client sends back holds all fields that it was given.
    """
    if not isinstance(messages, list):
        return messages
    return [
        {name: None for name in ("content",) if name in message}
        | said(message, MESSAGE_FIELDS, _IGNORED_IN_MESSAGE)
        if isinstance(message, dict)
        else message
        for message in messages
    ]


def are_messages(value: Any) -> bool:
    """Say whether a value is a list of messages as they may go to an endpoint."""
    if not isinstance(value, list) or not 0 < len(value) <= MOST_MESSAGES:
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
    """Say whether a content is made of known parts, and none of them is kept at the endpoint."""
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
        # By a path, a picture would be read from where the endpoint is.
        return isinstance(url, str) and _PICTURE.match(url) is not None
    # A file by its id would be one of the key's owner.
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
    """Say whether messages hold nothing but text, such as any model reads."""
    return all(
        part["type"] in ("text", "refusal")
        for message in messages
        if isinstance(message.get("content"), list)
        for part in message["content"]
    )


def are_objects(value: Any, most: int = MOST_MESSAGES) -> bool:
    """Say whether a value is a list of objects, and no longer than that."""
    if not isinstance(value, list) or len(value) > most:
        return False
    return all(isinstance(item, dict) for item in value)
