"""Allowlist for the fields of a request: no other field reaches the endpoint.

Endpoints have fields that cost extra, store the conversation, or read files of the key's owner.
Those are refused. The fields that clients need are listed with their valid values. Any other field
is left out and named to the client in a header, so that every OpenAI client works.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn

from tui_chat.gateway.http.errors import ErrorReply
from tui_chat.gateway.proxy.message_fields import (
    MAX_MESSAGES,
    MESSAGE_FIELDS,
    are_messages,
    are_objects,
    drop_unset,
    drop_unset_in_messages,
)

Check = Callable[[Any], bool]

_MAX_TOOLS: Final = 128
_MAX_BIASES: Final = 10_000
_NAME_LIMIT: Final = 200
_TOOL_TYPES: Final = frozenset({"function", "custom"})
"""The endpoint runs tools of other types itself (a search, a program) at the key owner's cost."""
_MAX_METADATA: Final = 64
_TIERS: Final = ("auto", "default", "flex", "standard", "standard_only")
"""Service tiers that cost no extra."""
_COST: Final = "it costs extra"
_ELSEWHERE: Final = "it would let the endpoint reach elsewhere, or keep data there"
_REFUSED: Final = {
    **dict.fromkeys(("best_of", "web_search_options", "plugins", "audio", "modalities"), _COST),
    **dict.fromkeys(("enable_search", "search_parameters", "web_search", "prediction"), _COST),
    **dict.fromkeys(
        (
            "store", "background", "webhook", "webhook_url", "callback_url", "conversation",
            "previous_response_id", "file_ids", "container", "mcp_servers", "data_sources",
            "models", "route", "provider", "transforms", "preset", "fallbacks", "api_base",
            "base_url", "api_key",
        ),
        _ELSEWHERE,
    ),
}  # fmt: skip
"""Fields that cost money or reach elsewhere, with the reason."""
_IGNORED: Final = frozenset({"user", "safety_identifier", "prompt_cache_key"})
"""Common clients send these to identify the user, without effect on the reply. They are dropped,
because the access code identifies the user here."""


def checked_completion(body: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the fields of a request to send to the endpoint, and the names of ignored ones.

    Null fields count as absent, as do unknown fields that are false or empty, because libraries
    send fields that their users never set.

    Raises:
        ErrorReply: A field is not allowed or has an invalid value.
    """
    given = drop_unset(body, _FIELDS, _IGNORED)
    refused = [name for name in given if name in _REFUSED]
    if refused:
        name = refused[0]
        _refuse(name, f"“{name}” is not allowed here: {_REFUSED[name]}.")
    ignored = [name for name in given if name not in _FIELDS]
    for name in ignored:
        del given[name]
    if "messages" not in given:
        _refuse("messages", "“messages” is missing.")
    given["messages"] = drop_unset_in_messages(given["messages"])
    for name, value in given.items():
        is_valid, expected = _FIELDS[name]
        if not is_valid(value):
            _refuse(name, f"“{name}” must be {expected}.")
    if "stream_options" in given and not given.get("stream"):
        _refuse("stream_options", "“stream_options” requires “stream”.")
    given.pop("n", None)
    if given.get("service_tier") not in (None, *_TIERS):
        ignored.append("service_tier")
        del given["service_tier"]
    return given, [name[:_NAME_LIMIT] for name in ignored]


def checked_chat(body: dict[str, Any]) -> tuple[str, list[dict[str, Any]], bool]:
    """Return nickname, messages and whether to stream from a body for /api/chat.

    Raises:
        ErrorReply: A field is unknown or has an invalid value.
    """
    unknown = [name for name in body if name not in ("nickname", "messages", "stream")]
    if unknown:
        _refuse(
            unknown[0][:_NAME_LIMIT],
            f"“{unknown[0][:60]}” is not supported. Supported: nickname, messages, stream.",
        )
    nickname = body.get("nickname") or ""
    if not isinstance(nickname, str) or len(nickname) > _NAME_LIMIT:
        _refuse("nickname", f"“nickname” must be a text of at most {_NAME_LIMIT} characters.")
    stream = body.get("stream")
    if stream is not None and not isinstance(stream, bool):
        _refuse("stream", "“stream” must be true or false.")
    messages = body.get("messages")
    if not _are_turns(messages):
        _refuse(
            "messages",
            "“messages” must be a list of objects with a role (user or assistant) and a content "
            "(a text), and the last must be the user's.",
        )
    assert isinstance(messages, list)  # noqa: S101 - for the type checker
    return " ".join(nickname.split()), messages, stream is not False


def _refuse(field: str, message: str) -> NoReturn:
    raise ErrorReply(400, "invalid_field", message, param=field)


def _number(low: float, high: float) -> tuple[Check, str]:
    def is_valid(value: Any) -> bool:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and low <= value <= high

    return is_valid, f"a number from {low:g} to {high:g}"


def _whole(low: int, high: int) -> tuple[Check, str]:
    def is_valid(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

    return is_valid, f"a whole number from {low} to {high}"


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _NAME_LIMIT


def _are_tools(value: Any) -> bool:
    return are_objects(value, _MAX_TOOLS) and all(map(_is_tool, value))


def _is_tool(tool: dict[str, Any]) -> bool:
    kind = tool.get("type", "function")
    if not isinstance(kind, str) or kind not in _TOOL_TYPES:
        return False
    inner = tool.get(kind)
    return (
        isinstance(inner, dict)
        and _is_name(inner.get("name"))
        and isinstance(inner.get("description"), str | None)
        and isinstance(inner.get("parameters"), dict | None)
    )


def _is_format(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return False
    schema = value.get("json_schema")
    return schema is None or (
        isinstance(schema, dict) and isinstance(schema.get("schema"), dict | None)
    )


def _are_turns(value: Any) -> bool:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_MESSAGES:
        return False
    return value[-1:] != [] and _role_of(value[-1]) == "user" and all(map(_role_of, value))


def _role_of(value: Any) -> str:
    """Return the role of a message of /api/chat; empty if it is not one."""
    if not isinstance(value, dict) or set(value) != {"role", "content"}:
        return ""
    is_valid = value["role"] in ("user", "assistant") and isinstance(value["content"], str)
    return value["role"] if is_valid else ""


def _is_stop(value: Any) -> bool:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not 0 < len(texts) <= 16:
        return False
    return all(isinstance(text, str) and text for text in texts)


def _is_bias(value: Any) -> bool:
    is_valid, _ = _number(-100, 100)
    return (
        isinstance(value, dict) and len(value) <= _MAX_BIASES and all(map(is_valid, value.values()))
    )


def _is_flat(value: Any) -> bool:
    """Return whether a value is an object of texts, numbers and flags."""
    return (
        isinstance(value, dict)
        and len(value) <= _MAX_METADATA
        and all(isinstance(inner, str | int | float | None) for inner in value.values())
    )


_FLAT: Final = (_is_flat, "an object of texts, numbers or flags")
_NUMBER_OF_TOKENS: Final = _whole(1, 100_000_000)
_FIELDS: Final[dict[str, tuple[Check, str]]] = {
    "model": (_is_name, "a text"),
    "messages": (
        are_messages,
        "a list of objects with a role and a content; known in one are "
        + ", ".join(sorted(MESSAGE_FIELDS)),
    ),
    "stream": (_is_flag, "true or false"),
    "stream_options": (
        lambda value: isinstance(value, dict)
        and set(value) <= {"include_usage", "include_obfuscation"}
        and all(map(_is_flag, value.values())),
        "an object with include_usage: true or false",
    ),
    "temperature": _number(0, 2),
    "top_p": _number(0, 1),
    "top_k": _whole(-1, 1_000_000),
    "min_p": _number(0, 1),
    "repetition_penalty": _number(0, 100),
    "repeat_penalty": _number(0, 100),
    "logit_bias": (_is_bias, "an object with a number from -100 to 100 for each token"),
    "max_tokens": _NUMBER_OF_TOKENS,
    "max_completion_tokens": _NUMBER_OF_TOKENS,
    "frequency_penalty": _number(-2, 2),
    "presence_penalty": _number(-2, 2),
    "seed": _whole(-(2**63), 2**63 - 1),
    "reasoning_effort": (_is_name, "a text"),
    "reasoning": _FLAT,
    "thinking": _FLAT,
    "enable_thinking": (_is_flag, "true or false"),
    "thinking_budget": _whole(0, 100_000_000),
    "chat_template_kwargs": _FLAT,
    "verbosity": (_is_name, "a text"),
    "service_tier": (_is_name, "a text"),
    "metadata": _FLAT,
    "logprobs": (_is_flag, "true or false"),
    "top_logprobs": _whole(0, 20),
    "stop": (_is_stop, "a text or a list of up to 16 texts"),
    "response_format": (_is_format, "an object with a type, such as json_object"),
    "tools": (_are_tools, "a list of up to 128 tools of type function or custom, with a name"),
    "tool_choice": (lambda value: isinstance(value, str | dict), "a text or an object"),
    "parallel_tool_calls": (_is_flag, "true or false"),
    "continue_final_message": (_is_flag, "true or false"),
    "add_generation_prompt": (_is_flag, "true or false"),
    "n": (lambda value: value == 1 and not isinstance(value, bool), "1, or be left out"),
}  # fmt: skip
