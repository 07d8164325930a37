"""Runs the real program in a real terminal (a PTY) and reads its screen with pyte."""

from __future__ import annotations

import os
import re
import select
import sys
import time
from typing import TYPE_CHECKING, Self

import pyte

from tests.pty.spawn import spawn

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Mapping, Sequence

PATIENCE_S = 60.0

# Keyboard protocol requests, synchronised output and the like, which pyte would print.
_UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<>=?][0-9;]*[a-zA-Z$]+|\x1bP[^\x1b]*\x1b\\")


class PtyProgram:
    """A program in a terminal of its own."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        columns: int = 80,
        rows: int = 24,
    ) -> None:
        self._arguments = [sys.executable, *arguments]
        # The size is the terminal's: what a test runner says of its own would be believed before.
        inherited = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
        self._env = {
            **inherited,
            **(env or {}),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
        }
        self._columns, self._rows = columns, rows
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._rest = b""
        self.written = b""

    def __enter__(self) -> Self:
        self._process, self._terminal = spawn(self._arguments, self._env, self._columns, self._rows)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self.hang_up()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def text(self) -> str:
        """The screen as text."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def send(self, keys: str | bytes) -> None:
        """Type keys: text, or the bytes a terminal sends."""
        os.write(self._terminal, keys.encode() if isinstance(keys, str) else keys)

    def until(self, condition: Callable[[], object], patience_s: float = PATIENCE_S) -> float:
        """Read the terminal until something is true; return how long it took in seconds."""
        began = time.monotonic()
        while not condition():
            left = began + patience_s - time.monotonic()
            if left <= 0 or not self._read(left):
                if condition():
                    break
                raise AssertionError(f"It never came true. The screen:\n{self.text}")
        return time.monotonic() - began

    def seen(self, text: str, patience_s: float = PATIENCE_S) -> float:
        """Wait until a text is on the screen; return the time taken in seconds."""
        return self.until(lambda: text in self.text, patience_s)

    def kill(self, number: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self._process.pid, number)

    def hang_up(self) -> None:
        """Close the terminal, as a window that is closed or a connection that breaks does."""
        if self._terminal >= 0:
            os.close(self._terminal)
            self._terminal = -1

    def ended(self, patience_s: float = PATIENCE_S) -> int:
        """Wait for the end and return the exit status."""
        deadline = time.monotonic() + patience_s
        while self._process.poll() is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"It did not end. The screen:\n{self.text}")
            self._read(0.05)
        return self._process.returncode

    def _read(self, patience_s: float) -> bool:
        """Read what is there; False when nothing can come any more."""
        if self._terminal < 0:
            time.sleep(min(patience_s, 0.01))
            return True
        ready, _, _ = select.select([self._terminal], [], [], min(patience_s, 0.5))
        if not ready:
            return True
        try:
            data = os.read(self._terminal, 65_536)
        except OSError:
            return False
        if not data:
            return False
        self.written += data
        # An escape sequence may be cut by the read: keep its beginning for the next.
        whole, self._rest = _whole(self._rest + data)
        self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", whole))
        return True


def _whole(data: bytes) -> tuple[bytes, bytes]:
    cut = data.rfind(b"\x1b")
    if cut >= 0 and len(data) - cut < 16 and not re.search(rb"[a-zA-Z]", data[cut + 1 :]):
        return data[:cut], data[cut:]
    return data, b""
