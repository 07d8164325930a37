"""Runs one MCP server for the program: `python -m tui_chat.tools.host.main`.

Reads JSON lines from standard input, the configuration first, and writes JSON lines to standard
output. It ends with its input, also if the program was killed, and takes all processes of the
server with it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any


def main() -> None:
    """Serve until standard input ends."""
    line = sys.stdin.buffer.readline()
    if not line:
        return
    output = os.fdopen(os.dup(1), "wb", buffering=0)
    # Whatever a library prints must not reach the program as a message.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def send(message: dict[str, Any]) -> None:
        output.write(json.dumps(message).encode() + b"\n")

    try:
        from tui_chat.tools.host.serve import run
    except ImportError as error:
        send({"event": "failed", "problem": "not_installed", "reason": str(error)})
        return
    try:
        run(json.loads(line), send)
    finally:
        # The group consists of this process and the server with its children.
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
