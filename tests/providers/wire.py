"""Builds responses of endpoints for the cases: chunks, events, whole completions."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.sse_server import Answer

DONE: Final = b"data: [DONE]\n\n"
STOP: Final = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
END: Final = STOP + DONE
KEY: Final = "sk-test-9fQ2/x+Y7=abcDEF0123456789zyx"
"""A key with every character that encodings change."""


def event(value: object, name: str = "") -> bytes:
    """Return an event with JSON as its data."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(value)}\n\n".encode()


def delta(content: object = None, *, finish: str | None = None, **fields: object) -> bytes:
    """Return the event of an ordinary chunk."""
    inner: dict[str, object] = dict(fields)
    if content is not None:
        inner["content"] = content
    return chunk([{"index": 0, "delta": inner, "finish_reason": finish}])


def chunk(choices: object, **fields: object) -> bytes:
    """Return an event with choices of any kind."""
    value = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "test-model",
        "choices": choices,
    }
    return event(value | fields)


def completion(content: object = "Hello.", **fields: object) -> dict[str, Any]:
    """Return a whole completion."""
    message = {"role": "assistant", "content": content}
    value: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "test-model",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
    }
    return value | fields


def hello(*tail: bytes) -> bytes:
    """Return the events of “Hello.” in two deltas, followed by the given ones."""
    return delta("Hel", role="assistant") + delta("lo.") + b"".join(tail)


def json_answer(value: object, status: int = 200, **headers: str) -> Answer:
    """Return a response that is one JSON document."""
    return Answer(
        (json.dumps(value).encode(),),
        status=status,
        content_type="application/json",
        headers=headers,
        framing="length",
    )


def error_answer(
    status: int, message: str, *, headers: dict[str, str] | None = None, **fields: object
) -> Answer:
    """Return an HTTP error in OpenAI's shape."""
    error = {"message": message, "type": "error", "param": None, "code": None} | fields
    return json_answer({"error": error}, status, **(headers or {}))


def page(text: str, status: int = 200, content_type: str = "text/html") -> Answer:
    """Return a response that is text."""
    return Answer((text.encode(),), status=status, content_type=content_type, framing="length")
