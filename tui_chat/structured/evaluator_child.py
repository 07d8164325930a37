"""Child process that evaluates replies, so that a hostile reply can be stopped by killing it.

It reads requests from stdin and writes verdicts to stdout until stdin closes, which means that the
parent is gone. A request is a piece of JSON and the answer itself, a verdict a piece of JSON and
the object's text; a piece is a length of eight bytes and that many bytes. The long ones are not
within the JSON, for encoding them would hold up the screen of the parent.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from contextlib import suppress
from typing import Any, BinaryIO, Final

from tui_chat.core.request import ResponseFormat
from tui_chat.structured.evaluate import evaluate

# Loaded before the first answer comes, so that they do not count as its time.
import json_repair  # noqa: F401  isort: skip
import jsonschema  # noqa: F401  isort: skip

LENGTH: Final = struct.Struct(">Q")
CODEC: Final = ("utf-8", "surrogatepass")
TEXT_FOLLOWS: Final = "the text follows"
_MOST_BYTES: Final = 2 << 30
"""Memory that the process may take; a hostile answer ends it, not the machine."""


def main() -> int:
    """Judge until stdin closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, verdicts = sys.stdin.buffer, sys.stdout.buffer
    # Whatever a library prints must not be taken for a verdict.
    sys.stdout = sys.stderr
    _limit_memory()
    verdicts.write(b".")
    verdicts.flush()
    while True:
        request = _next_request(requests)
        if request is None:
            return 0
        verdict = _evaluation(*request)
        text = verdict.get("json")
        if isinstance(text, str):
            verdict["json"] = TEXT_FOLLOWS
        verdicts.write(packed(json.dumps(verdict).encode()))
        verdicts.write(packed((text if isinstance(text, str) else "").encode(*CODEC)))
        verdicts.flush()


def packed(piece: bytes) -> bytes:
    """Return a piece as it goes over the pipe."""
    return LENGTH.pack(len(piece)) + piece


def _next_request(stream: BinaryIO) -> tuple[dict[str, Any], str] | None:
    """Return the next request; None at the end."""
    pieces: list[bytes] = []
    for _ in range(2):
        head = stream.read(LENGTH.size)
        if len(head) < LENGTH.size:
            return None
        pieces.append(stream.read(LENGTH.unpack(head)[0]))
    return json.loads(pieces[0]), pieces[1].decode(*CODEC)


def _evaluation(request: dict[str, Any], raw: str) -> dict[str, Any]:
    response_format = ResponseFormat.from_mapping(request["asked"])
    try:
        return evaluate(
            raw,
            response_format,
            finish_reason=request["finish_reason"],
            is_whole=request["is_whole"],
            sent_as=request["sent_as"],
        ).as_mapping()
    except MemoryError:
        return {"failed": "it needs more memory than there is for it"}
    except RecursionError:
        return {"failed": "it is nested too deep"}
    except Exception as error:  # noqa: BLE001 - any schema may come, and one must not end the process
        return {"failed": f"its schema cannot be applied ({type(error).__name__})"}


def _limit_memory() -> None:
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    code = main()
    os._exit(code)
