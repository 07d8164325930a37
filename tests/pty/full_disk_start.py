"""Starts the real program on a full disk, asks, frees the disk, and kills the program.

`python -m tests.pty.full_disk_start FOLDER` fills a small file system of its own, for example one
made by `mount -t tmpfs -o size=2m tmpfs FOLDER`. It prints how long after the disk was freed
everything was saved, and fails when something is lost.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import time
from pathlib import Path

from tests.providers.wire import END, delta
from tests.pty.program import PtyProgram
from tests.pty.serving import Serving
from tests.pty.test_endpoint import CHAT, rows
from tests.sse_server import Answer

QUIT = "\x11"
LARGEST = 100_000_000


def main() -> int:
    """Run it with a database that exists and with none; return 1 when something was lost."""
    folder = Path(sys.argv[1])
    status = os.statvfs(folder)
    if status.f_frsize * status.f_blocks > LARGEST:
        sys.exit(f"{folder} is on a large disk: mount a small one there.")
    lost = [_run(folder / name, folder / "ballast", is_new=is_new) for name, is_new in _CASES]
    return 1 if any(lost) else 0


_CASES = (("new", True), ("existing", False))


def _run(home: Path, ballast: Path, *, is_new: bool) -> bool:
    home.mkdir()
    for variable in ("CONFIG", "DATA", "STATE", "CACHE"):
        os.environ[f"XDG_{variable}_HOME"] = str(home / variable)
    kept = 0 if is_new else 2
    with Serving(Answer((delta("An answer. " * 20), END))) as serving:
        if not is_new:
            with PtyProgram(CHAT, env=serving.env()) as chat:
                chat.seen("Ask anything")
                chat.send("kept question\r")
                chat.seen("done")
                chat.send(QUIT)
                chat.ended()
        _fill(ballast)
        with PtyProgram(CHAT, env=serving.env(), columns=120) as chat:
            chat.seen("in memory only")
            for number in (1, 2):
                chat.send(f"question {number} on a full disk\r")
                serving.asked(number + kept // 2)
                chat.seen("done")
                chat.seen("not saved yet")
            ballast.unlink()
            began = time.monotonic()
            chat.until(lambda: _saved() == 4 + kept)
            took_s = time.monotonic() - began
            chat.kill(signal.SIGKILL)
        is_lost = _saved() != 4 + kept
    what = "no database" if is_new else "a database"
    sys.stdout.write(f"{what} before: saved {took_s:.1f} s after the disk was freed\n")
    return is_lost


def _saved() -> int:
    try:
        return sum(status == "complete" for _, _, status in rows())
    except sqlite3.Error:
        return 0


def _fill(ballast: Path) -> None:
    file = os.open(ballast, os.O_CREAT | os.O_WRONLY)
    try:
        while True:
            os.write(file, bytes(4096))
    except OSError:
        os.close(file)


if __name__ == "__main__":
    sys.exit(main())
