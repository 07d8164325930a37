"""Child process that evaluates replies, so that a hostile reply can be stopped by killing it.

It reads requests from stdin and writes evaluations to stdout until stdin closes, which means that
the parent is gone. A request is one frame of JSON and one with the reply; an evaluation is one
frame of JSON and one with the JSON text of the object. A frame is a length of eight bytes and as
many bytes. Long texts stay out of the JSON because encoding them would block the parent's loop.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from contextlib import suppress
from typing import Any, BinaryIO, Final

from tui_chat.core.labels import _
from tui_chat.core.request import ResponseFormat
from tui_chat.structured.evaluate_reply import evaluate

# Imported early, so that their load time does not count against the first reply.
import json_repair  # noqa: F401  isort: skip
import jsonschema  # noqa: F401  isort: skip

LENGTH: Final = struct.Struct(">Q")
CODEC: Final = ("utf-8", "surrogatepass")
TEXT_FOLLOWS: Final = "in the next frame"
_MOST_BYTES: Final = 2 << 30
"""Memory limit: a hostile reply ends the process, not the machine."""


def main() -> int:
    """Evaluate replies until stdin closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, results = sys.stdin.buffer, sys.stdout.buffer
    # Output of a library must not mix with the results.
    sys.stdout = sys.stderr
    _limit_memory()
    results.write(b".")
    results.flush()
    while True:
        request = _next_request(requests)
        if request is None:
            return 0
        result = _evaluate(*request)
        text = result.get("json")
        if isinstance(text, str):
            result["json"] = TEXT_FOLLOWS
        results.write(packed(json.dumps(result).encode()))
        results.write(packed((text if isinstance(text, str) else "").encode(*CODEC)))
        results.flush()


def packed(frame: bytes) -> bytes:
    """Return a frame with its length."""
    return LENGTH.pack(len(frame)) + frame


def _next_request(stream: BinaryIO) -> tuple[dict[str, Any], str] | None:
    """Return the next request; None once stdin is closed."""
    frames: list[bytes] = []
    for _frame in range(2):
        head = stream.read(LENGTH.size)
        if len(head) < LENGTH.size:
            return None
        frames.append(stream.read(LENGTH.unpack(head)[0]))
    return json.loads(frames[0]), frames[1].decode(*CODEC)


def _evaluate(request: dict[str, Any], raw: str) -> dict[str, Any]:
    response_format = ResponseFormat.from_mapping(request["response_format"])
    try:
        return evaluate(
            raw,
            response_format,
            finish_reason=request["finish_reason"],
            is_whole=request["is_whole"],
            sent_as=request["sent_as"],
        ).as_mapping()
    except MemoryError:
        return {"failed": _("it needs more memory than allowed")}
    except RecursionError:
        return {"failed": _("it is nested too deeply")}
    except Exception as error:  # noqa: BLE001 - no schema may end the process
        failure = _("its schema cannot be applied ({error})")
        return {"failed": failure.format(error=type(error).__name__)}


def _limit_memory() -> None:
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    code = main()
    os._exit(code)
