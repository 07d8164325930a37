"""Runs tui-chat and notes how long its loop was held by each single piece of work.

    python -m tests.bench.watchdog FILE [arguments of tui-chat]

At each SIGUSR1 it writes the longest hold of the loop since the last signal to the file and resets
it. The signal is handled when the loop is free.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from time import perf_counter
from typing import Any, Final

LISTED: Final = 5


class Watchdog:
    """Times every callback of the loop."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._held: list[tuple[float, str]] = []

    def watch(self) -> None:
        """Begin."""
        run = asyncio.Handle._run

        def timed(handle: asyncio.Handle) -> None:
            began = perf_counter()
            run(handle)
            held_s = perf_counter() - began
            if held_s > 0.005:
                self._held.append((held_s, _name(handle)))

        asyncio.Handle._run = timed  # type: ignore[assignment,method-assign]
        signal.signal(signal.SIGUSR1, lambda *_: self._tell())

    def _tell(self) -> None:
        longest = sorted(self._held, reverse=True)[:LISTED]
        self._held.clear()
        unfinished = self._file.with_suffix(".part")
        unfinished.write_text(json.dumps(longest), encoding="utf-8")
        unfinished.rename(self._file)


def _name(handle: Any) -> str:
    callback = handle._callback
    task = getattr(callback, "__self__", None)
    if isinstance(task, asyncio.Task):
        return f"{task.get_name()[:40]} {getattr(task.get_coro(), '__qualname__', '')}"
    return str(getattr(callback, "__qualname__", callback))[:60]


def main() -> None:
    """Run the chat under the watchdog."""
    Watchdog(Path(sys.argv[1])).watch()
    from tui_chat.cli.main import main as chat

    sys.argv = ["tui-chat", *sys.argv[2:]]
    sys.exit(chat())


if __name__ == "__main__":
    main()
