"""Measures how fast Esc stops an answer while another program keeps the database locked.

`python -m tests.pty.locked_escape 20` asks and stops so many times and prints the figures.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.providers.wire import delta
from tests.pty.program import PtyProgram
from tests.pty.serving import Serving
from tests.pty.test_endpoint import CHAT
from tests.pty.test_storage_trouble import locked
from tests.sse_server import Answer, Stall

PROMISED_MS = 100


def main() -> int:
    """Measure, print, and return 1 when an Esc took longer than promised."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    shown, stopped = [], []
    with tempfile.TemporaryDirectory() as home:
        for variable in ("CONFIG", "DATA", "STATE", "CACHE"):
            os.environ[f"XDG_{variable}_HOME"] = str(Path(home, variable))
        with Serving(Answer((delta("Half,"), Stall()))) as serving:
            with PtyProgram(CHAT, env=serving.env()) as chat:
                chat.seen("Ask anything")
                chat.send("first\r")
                chat.seen("Half,")
                chat.send("\x1b\x11")
                chat.ended()
            with PtyProgram(CHAT, env=serving.env()) as chat, locked():
                chat.seen("stopped by you")
                for number in range(count):
                    chat.send(f"question {number}\r")
                    shown.append(1000 * chat.seen(f"▎ question {number}"))
                    serving.asked(number + 2)
                    chat.seen("answering")
                    chat.send("\x1b")
                    stopped.append(1000 * chat.until(lambda: "answering" not in chat.text))
                    chat.seen("Enter send")
    for what, times in (("question shown", shown), ("Esc acts", stopped)):
        sys.stdout.write(f"{what}: median {median(times):.0f} ms, longest {max(times):.0f} ms\n")
    return 1 if max(stopped) > PROMISED_MS else 0


if __name__ == "__main__":
    sys.exit(main())
