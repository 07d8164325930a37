"""Parses one chunk of a reply, tolerating the dialects of endpoints."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from tui_chat.core.stream_events import Usage

_NO_PARTS: Final[tuple[Any, ...]] = ()
_NO_REASONS: Final = ("", "null", "none", "undefined")
"""Texts that some endpoints send instead of a null finish_reason."""
_MAX_AMOUNT: Final = 1_000_000
"""A larger cost is a mistake."""


@dataclass(slots=True)
class ChunkParts:
    """The parsed content of one chunk."""

    text: str = ""
    reasoning: str = ""
    finish_reason: str | None = None
    usage: Usage | None = None
    error: Any = None
    """An error object or text instead of content."""
    refusal: bool = False
    is_message: bool = False
    """The content is in a `message` instead of a `delta`."""
    calls: list[Any] = field(default_factory=list)
    """Pieces of tool calls, as received."""
    model: str | None = None
    id: str | None = None
    index: int | None = None
    """The index of the choice that was read; None without one."""
    choice: dict[str, Any] = field(default_factory=dict)
    delta: dict[str, Any] = field(default_factory=dict)
    is_thought: bool = False
    """The endpoint marks the text as reasoning, although it is where an answer is."""


def ordinary_text(chunk: dict[str, Any], index: int | None = 0) -> str | None:
    """Return the text of a chunk that contains only text; None for any other chunk.

    A fast path for nearly all chunks, four times as fast as `read_chunk`.

    Args:
        chunk: The chunk.
        index: The index of the choice that is the reply.
    """
    try:
        (choice,) = chunk["choices"]
        delta = choice["delta"]
        text = delta["content"]
        if choice["index"] != index or choice["finish_reason"] is not None:
            return None
    except (KeyError, TypeError, ValueError):
        return None
    if type(text) is not str or len(delta) != 1 or chunk.get("usage") or "error" in chunk:
        return None
    if "citations" in chunk or "search_results" in chunk:
        return None
    return None if "error" in choice else text


def read_chunk(chunk: dict[str, Any], index: int | None = None) -> ChunkParts:
    """Parse a chunk, a whole completion or a line of NDJSON.

    Never raises: a field of an unexpected type counts as absent.

    Args:
        chunk: The decoded chunk.
        index: The index of the choice that is the reply; None if none has arrived yet. Then it is
            the first choice, whatever its index.
    """
    parts = ChunkParts(model=_text(chunk.get("model")) or None, id=_text(chunk.get("id")) or None)
    choices = chunk.get("choices")
    if isinstance(choices, dict):
        choices = [choices]
    if isinstance(choices, list) and choices:
        found = [choice for choice in choices if isinstance(choice, dict)]
        for choice in found:
            own = _index(choice)
            # A choice without an index is the reply if it is alone or the first one.
            if index is None or own == index or (own is None and choice is found[0]):
                parts.index = own
                _read_choice(choice, parts)
                break
    else:
        _read_bare(chunk, parts)
    parts.usage = parts.usage or _usage(chunk)
    error = chunk.get("error")
    if error:
        parts.error = error
    return parts


def _read_choice(choice: dict[str, Any], parts: ChunkParts) -> None:
    parts.choice = choice
    delta = choice.get("delta")
    if isinstance(delta, str):
        delta = {"content": delta}
    if not isinstance(delta, dict) or not delta:
        message = choice.get("message")
        parts.is_message = isinstance(message, dict)
        delta = message if isinstance(message, dict) else {}
    parts.delta = delta
    content = delta.get("content")
    parts.is_thought = _is_thought(delta)
    if type(content) is str:
        parts.text = content
    elif content is not None:
        _read_parts(content, parts)
    if not parts.text and isinstance(choice.get("text"), str):
        parts.text = choice["text"]
    _read_reasoning(delta, parts)
    refusal = delta.get("refusal")
    if isinstance(refusal, str) and refusal:
        parts.text += refusal
        parts.refusal = True
    _read_tools(delta, parts)
    parts.finish_reason = _reason(choice.get("finish_reason"))
    parts.usage = _usage(choice)
    if choice.get("error"):
        parts.error = choice["error"]


def _read_bare(chunk: dict[str, Any], parts: ChunkParts) -> None:
    """Parse a line of Ollama's own format, or an error object without an `error` field."""
    message = chunk.get("message")
    if isinstance(message, dict):
        parts.text = _text(message.get("content"))
        _read_reasoning(message, parts)
        _read_tools(message, parts)
    elif isinstance(chunk.get("response"), str) and "done" in chunk:
        parts.text = chunk["response"]
    elif chunk.get("object") in ("error", None) and not chunk.get("choices"):
        for name in ("detail", "message", "errors", "error_message", "error_msg"):
            if chunk.get(name):
                parts.error = chunk
    if chunk.get("done") is True:
        parts.finish_reason = _text(chunk.get("done_reason")) or "stop"


def _read_parts(content: Any, parts: ChunkParts) -> None:
    """Parse content that is a list of parts, or a number without quotes."""
    if isinstance(content, int | float) and not isinstance(content, bool):
        parts.text = str(content)
    if isinstance(content, dict):
        content = [content]
    for part in content if isinstance(content, list) else _NO_PARTS:
        if isinstance(part, str | list):
            parts.text += _deep_text(part)
        elif isinstance(part, dict):
            kind = part.get("type")
            if kind in ("thinking", "reasoning"):
                parts.reasoning += _deep_text(part.get("thinking") or part.get("text"))
            elif kind == "refusal":
                parts.text += _text(part.get("refusal"))
                parts.refusal = True
            else:
                parts.text += _deep_text(part.get("text") or part.get("content"))


def _index(choice: dict[str, Any]) -> int | None:
    value = choice.get("index")
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        return int(value)
    return value if type(value) is int else None


def _is_thought(delta: dict[str, Any]) -> bool:
    """Return whether Gemini marks the content of a delta as reasoning."""
    extra = delta.get("extra_content")
    google = extra.get("google") if isinstance(extra, dict) else None
    return isinstance(google, dict) and google.get("thought") is True


def _reason(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("type") or value.get("reason")
    text = _text(value)
    return None if text.strip().lower() in _NO_REASONS else text


def _read_reasoning(delta: dict[str, Any], parts: ChunkParts) -> None:
    for name in ("reasoning_content", "reasoning", "thinking", "reasoning_details"):
        value = delta.get(name)
        if value:
            parts.reasoning += _deep_text(value)
            return


def _read_tools(delta: dict[str, Any], parts: ChunkParts) -> None:
    calls = delta.get("tool_calls")
    parts.calls = calls if isinstance(calls, list) else [calls] if isinstance(calls, dict) else []
    if not parts.calls and isinstance(delta.get("function_call"), dict):
        parts.calls = [{"function": delta["function_call"]}]


def _usage(holder: dict[str, Any]) -> Usage | None:
    found = holder.get("usage")
    if not isinstance(found, dict):
        groq = holder.get("x_groq")
        found = groq.get("usage") if isinstance(groq, dict) else None
    if isinstance(found, dict):
        usage = Usage(
            _count(found, "prompt_tokens", "input_tokens"),
            _count(found, "completion_tokens", "output_tokens"),
            _cached(found),
            _cost(found),
        )
    elif isinstance(holder.get("timings"), dict):
        # llama.cpp sends timings with the last chunk even if no usage was requested.
        timings = holder["timings"]
        counted, cached = _count(timings, "prompt_n"), _count(timings, "cache_n") or 0
        usage = Usage(None if counted is None else counted + cached, _count(timings, "predicted_n"))
    else:
        usage = Usage(_count(holder, "prompt_eval_count"), _count(holder, "eval_count"))
    return usage if usage != Usage() else None


def _count(holder: dict[str, Any], *names: str) -> int | None:
    for name in names:
        value = holder.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1 << 53:
            return int(value)
    return None


def _cached(usage: dict[str, Any]) -> int | None:
    for name in ("prompt_tokens_details", "input_tokens_details"):
        details = usage.get(name)
        if isinstance(details, dict) and (found := _count(details, "cached_tokens")) is not None:
            return found
    # DeepSeek.
    return _count(usage, "prompt_cache_hit_tokens")


def _cost(usage: dict[str, Any]) -> float | None:
    """Return the cost that OpenRouter, Perplexity and LiteLLM report, in US dollars."""
    value = usage.get("cost")
    if isinstance(value, dict):
        value = value.get("total_cost")
    cost = _amount(value)
    details = usage.get("cost_details")
    if cost is not None and usage.get("is_byok") is True and isinstance(details, dict):
        # With a key of the user's own, OpenRouter's figure is only its fee.
        cost += _amount(details.get("upstream_inference_cost")) or 0.0
    return cost


def _amount(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = float(value)
    except (ValueError, OverflowError):
        return None
    return amount if 0 <= amount < _MAX_AMOUNT else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _deep_text(value: Any) -> str:
    """Return the text of a string, an object or a list of these."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        for name in ("text", "content", "summary", "thinking", "value"):
            if isinstance(value.get(name), str):
                return str(value[name])
        return ""
    if isinstance(value, list):
        return "".join(_deep_text(item) for item in value if not isinstance(item, list))
    return ""
