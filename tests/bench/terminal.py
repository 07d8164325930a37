"""A program in a PTY, read with as little work as possible, so that the reader is not measured.

It knows no screen: what it looks for are bytes that the program writes in one piece.
"""

from __future__ import annotations

import os
import select
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from tests.pty.spawn import spawn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

COLUMNS: Final = 120
ROWS: Final = 40
PATIENCE_S: Final = 60.0

ESC: Final = b"\x1b[27u"
"""The Esc key of a terminal with the keyboard protocol that Textual asks for."""
LONE_ESC: Final = b"\x1b"
"""The Esc key of any other, which may be the beginning of a longer sequence."""

_SYNC_ASKED: Final = b"\x1b[?2026$p"
_SYNC_KNOWN: Final = b"\x1b[?2026;2$y"
_FRAME_END: Final = b"\x1b[?2026l"


class Terminal:
    """A program and its terminal, which knows synchronised output: its frames can be counted."""

    def __init__(self, arguments: Sequence[str], env: Mapping[str, str]) -> None:
        self._arguments = arguments
        self._env = {**env, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self._output = bytearray()
        self._looked_at = 0
        self.last_read = 0.0

    def __enter__(self) -> Self:
        self.began = time.monotonic()
        self._process, self._terminal = spawn(self._arguments, self._env, COLUMNS, ROWS)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._terminal)

    @property
    def output_bytes(self) -> int:
        """Number of bytes that the program has written."""
        return len(self._output)

    @property
    def frames(self) -> int:
        """Number of frames that the program has written."""
        return self._output.count(_FRAME_END)

    @property
    def cpu_s(self) -> float:
        """CPU time of the process, including its threads but not its children."""
        # What /proc/PID/stat tells in ticks of 10 ms, from the clock of that process.
        return time.clock_gettime((~self._process.pid << 3) | 2)

    @property
    def starved_s(self) -> float:
        """Time for which its main thread was runnable while other processes had the CPUs."""
        pid = self._process.pid
        facts = Path(f"/proc/{pid}/task/{pid}/schedstat").read_text(encoding="ascii")
        return int(facts.split()[1]) / 1e9

    def memory_mb(self, name: str = "VmRSS") -> float:
        """Return a figure of /proc/PID/status: VmRSS now, VmHWM the highest."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        for line in status.splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError(f"The program has ended: {self.tail}")

    @property
    def tail(self) -> str:
        """The last bytes it wrote, for a message about a failure."""
        return repr(bytes(self._output[-600:]))

    def send(self, keys: bytes) -> float:
        """Type keys; return the moment just before."""
        at = time.monotonic()
        os.write(self._terminal, keys)
        return at

    def ask_watchdog(self) -> None:
        """Have a program under the watchdog tell what held its loop."""
        self._process.send_signal(signal.SIGUSR1)

    def pump(self, seconds: float) -> None:
        """Read for a while."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._read(left)

    def seen(self, word: str, patience_s: float = PATIENCE_S) -> float:
        """Wait until a word came after the one that was seen last; return when it came."""
        wanted = word.encode()
        start = self._looked_at

        def is_there() -> bool:
            nonlocal start
            at = self._output.find(wanted, start)
            start = max(start, len(self._output) - len(wanted) + 1)
            if at >= 0:
                self._looked_at = at + len(wanted)
            return at >= 0

        self.until(is_there, patience_s)
        return self.last_read

    def until(self, condition: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
        """Read until something is true; it is looked at after every read.

        Raises:
            TimeoutError: It never was.
        """
        deadline = time.monotonic() + patience_s
        while not condition():
            if time.monotonic() > deadline or not self._read(0.02):
                raise TimeoutError(f"It never came true; written last: {self.tail}")

    def look_from_here(self) -> None:
        """Have `seen` look only at what comes from now on."""
        self._looked_at = len(self._output)

    def settle(self, seconds: float = 0.3) -> None:
        """Read until the program has done next to nothing for a while."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            cpu_s = self.cpu_s
            self.pump(seconds)
            if self.cpu_s - cpu_s < 0.02 * seconds:
                return

    def quit(self) -> None:
        """End the program with its own key, so that its files are closed."""
        self.send(b"\x11")
        deadline = time.monotonic() + 5
        while self._process.poll() is None and time.monotonic() < deadline:
            self._read(0.02)

    def _read(self, patience_s: float) -> bool:
        """Read what is there; False when nothing can come any more."""
        if not select.select([self._terminal], [], [], patience_s)[0]:
            return True
        try:
            data = os.read(self._terminal, 1 << 16)
        except OSError:
            return False
        self.last_read = time.monotonic()
        self._output += data
        if _SYNC_ASKED in data:
            os.write(self._terminal, _SYNC_KNOWN)
        return bool(data)
