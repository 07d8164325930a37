"""Recognizes in an error that an endpoint accepts no tools, and writes requests without them."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOT: Final = (
    r"(?:not (?:yet |currently )?(?:support|enabled|available|allow|permit|accept)|unsupported|"
    r"(?:does ?n[o']t|do not|don[o']?'?t|cannot|can't) (?:support|accept|allow|use)|"
    r"no endpoints found|unrecognized|unknown|unexpected|extra inputs|requires?|disabled|"
    r"must be set|is not a valid|不支持)"
)
_TOOLS: Final = (
    r"(?:\btools?\b|tool[ _-]?(?:use|call\w*|choice|param\w*)|function[ _-]?call\w*|\bfunctions\b|"
    r"工具|函数调用)"
)
_REFUSED: Final = re.compile(
    rf"{_NOT}.{{0,80}}{_TOOLS}|{_TOOLS}.{{0,80}}{_NOT}", re.IGNORECASE | re.DOTALL
)
_OTHER: Final = re.compile(
    # One tool, or their combination with something else.
    r"response[_ ]?(?:format|mime)|json[_ ]?(?:mode|schema|object)|structured|grammar|"
    r"tool_call_id|tool[ _-]call[ _-]ids?\b|invalid schema|"
    r"tools\[\d+\]|tools\.\d+\.|array too long|too many tools|reasoning_content|"
    r"role ['\"]?tool",
    re.IGNORECASE,
)
_IDS: Final = re.compile(
    r"tool[ _-]?call[ _.-]?ids?.{0,120}(?:length|alphanumeric|a-z|pattern|invalid|must be|too "
    r"long)|"
    r"(?:length|alphanumeric|pattern|invalid|too long).{0,80}tool[ _-]?call[ _.-]?ids?",
    re.IGNORECASE | re.DOTALL,
)
_FIELDS: Final = ("tools", "tool_choice", "parallel_tool_calls")
_ID_LENGTH: Final = 9
"""Mistral accepts no other length."""
_RESULT_LIMIT: Final = 4_000


def refuses_tools(text: str, sent: Mapping[str, Any]) -> bool:
    """Return whether a refusal is about the tools of a request as such.

    Args:
        text: The error of the endpoint.
        sent: The refused body.
    """
    has_tools = bool(sent.get("tools")) or any(map(_is_about_call, sent.get("messages", ())))
    return has_tools and bool(_REFUSED.search(text)) and not _OTHER.search(text)


def refuses_ids(text: str, sent: Mapping[str, Any]) -> bool:
    """Return whether a refusal is about the form of the ids of earlier calls."""
    return any(map(_is_about_call, sent.get("messages", ()))) and bool(_IDS.search(text))


def without_tools(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body that offers no tools; earlier calls and results become text."""
    changed = {name: value for name, value in body.items() if name not in _FIELDS}
    messages: list[dict[str, Any]] = []
    for message in body.get("messages", ()):
        _append_text(messages, message)
    changed["messages"] = messages
    return changed


def with_short_ids(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body whose ids of calls have nine letters and digits."""
    messages = []
    for message in body.get("messages", ()):
        if "tool_call_id" in message:
            message = {**message, "tool_call_id": _short(message["tool_call_id"])}
        elif message.get("tool_calls"):
            calls = [{**call, "id": _short(call["id"])} for call in message["tool_calls"]]
            message = {**message, "tool_calls": calls}
        messages.append(message)
    return {**body, "messages": messages}


def _short(call_id: str) -> str:
    if len(call_id) == _ID_LENGTH and call_id.isascii() and call_id.isalnum():
        return call_id
    return hashlib.sha256(call_id.encode()).hexdigest()[:_ID_LENGTH]


def _is_about_call(message: Any) -> bool:
    return isinstance(message, dict) and bool(
        message.get("role") == "tool" or message.get("tool_calls")
    )


def _append_text(messages: list[dict[str, Any]], message: Mapping[str, Any]) -> None:
    """Append a message; a round of calls joins the text of the reply that it belongs to."""
    is_result = message.get("role") == "tool"
    text = message.get("content")
    if is_result:
        text = f"[result: {str(text)[:_RESULT_LIMIT]}]"
    elif calls := message.get("tool_calls"):
        text = "\n".join([*filter(None, [text]), *map(_call_text, calls)])
    changed = {name: value for name, value in message.items() if name != "tool_calls"}
    last = messages[-1] if messages else {}
    is_reply = is_result or message.get("role") == "assistant"
    if is_reply and last.get("role") == "assistant" and isinstance(last.get("content"), str):
        messages[-1] = {**last, "content": f"{last['content']}\n{text or ''}".strip()}
    else:
        messages.append({**changed, "content": text})


def _call_text(call: Mapping[str, Any]) -> str:
    function = call.get("function", {})
    return f"[call: {function.get('name')} {_compact(function.get('arguments', ''))}]"


def _compact(arguments: str) -> str:
    try:
        return json.dumps(json.loads(arguments), ensure_ascii=False)
    except (ValueError, RecursionError):
        return arguments


def without_reasoning(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body without the reasoning of earlier replies."""
    messages = [
        {name: it for name, it in message.items() if name != "reasoning_content"}
        for message in body.get("messages", ())
    ]
    return {**body, "messages": messages}
