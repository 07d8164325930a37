"""Parses the body of a request within limits on its size, depth and number of values.

`json` parses megabytes of small values in seconds and never releases the interpreter meanwhile, so
no thread would help. Therefore the values are counted first, in steps between which other requests
proceed; text, which is cheap to parse, is skipped.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from typing import Any, Final

from tui_chat.gateway.http.errors import ErrorReply

BODY_LIMIT: Final = 8_000_000
"""Largest accepted request in bytes: a long conversation with some images."""
VALUE_LIMIT: Final = 100_000
"""Most values of a body: 10,000 messages have 40,000. Parsing them takes about 20 ms."""
_MAX_DEPTH: Final = 50
_STEP: Final = 20_000
"""Tokens that are counted before other requests may proceed: about 10 ms."""
# A string, or a run of other characters. Possessive, so that no input takes quadratic time.
_TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^"]++', re.DOTALL)
_OPENING, _CLOSING = b"[{", b"]}"
_SEPARATORS: Final = (b":", b",", b": ", b", ")


async def parse_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in a body.

    Raises:
        ErrorReply: The body is not a JSON object, is nested too deeply, or has too many values.
    """
    await _check_structure(body)
    try:
        value = json.loads(body, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        # The parser's message only has a position, which is useless to a client.
        raise ErrorReply(400, "invalid_json", "The body is not JSON.") from None
    if not isinstance(value, dict):
        raise ErrorReply(400, "invalid_json", "The body must be a JSON object.")
    return value


async def _check_structure(body: bytes) -> None:
    at, count, depth = 0, 1, 0
    was_text = False
    while at < len(body):
        for _step in range(_STEP):
            token = _TOKEN.match(body, at)
            if token is None:
                if at >= len(body):
                    break
                raise ErrorReply(400, "invalid_json", "The body is not JSON.")
            at = token.end()
            text = token[0]
            is_text = text[:1] == b'"'
            if is_text and was_text:
                raise ErrorReply(400, "invalid_json", "The body is not JSON.")
            was_text = is_text
            if is_text:
                continue
            # Each value but the first follows a comma or begins a list or object.
            count += text.count(b",") + text.count(b"[") + text.count(b"{")
            if count > VALUE_LIMIT:
                message = f"The body has more than {VALUE_LIMIT} values."
                raise ErrorReply(413, "body_too_large", message)
            depth = _depth_after(text, depth)
        await asyncio.sleep(0)


def _depth_after(text: bytes, depth: int) -> int:
    if text in _SEPARATORS:
        return depth
    for character in text:
        if character in _OPENING:
            depth += 1
            if depth > _MAX_DEPTH:
                raise ErrorReply(400, "invalid_json", "The body is nested too deeply.")
        elif character in _CLOSING:
            depth -= 1
    return depth


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return number
