"""The process in which answers are judged: it can be ended, whatever an answer does to a parser.

It reads requests from stdin and writes verdicts to stdout, each as a length of eight bytes and that
much JSON, until stdin closes, which means that the parent is gone.
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
from tui_chat.structured.judge import judge

# Loaded before the first answer comes, so that they do not count as its time.
import json_repair  # noqa: F401  isort: skip
import jsonschema  # noqa: F401  isort: skip

LENGTH: Final = struct.Struct(">Q")
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
        request = read_message(requests)
        if request is None:
            return 0
        verdicts.write(packed(_judged(request)))
        verdicts.flush()


def packed(message: dict[str, Any]) -> bytes:
    """Return a message as it goes over the pipe."""
    body = json.dumps(message).encode()
    return LENGTH.pack(len(body)) + body


def read_message(stream: BinaryIO) -> dict[str, Any] | None:
    """Return the next message; None at the end."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    message: dict[str, Any] = json.loads(stream.read(LENGTH.unpack(head)[0]))
    return message


def _judged(request: dict[str, Any]) -> dict[str, Any]:
    asked = ResponseFormat.from_mapping(request["asked"])
    try:
        return judge(
            request["raw"],
            asked,
            finish_reason=request["finish_reason"],
            is_whole=request["is_whole"],
            sent_as=request["sent_as"],
        ).as_mapping()
    except MemoryError:
        return {"failed": "it needs more memory than there is for it"}
    except RecursionError:
        return {"failed": "it is nested too deep"}


def _limit_memory() -> None:
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    code = main()
    os._exit(code)
