"""Plays random keys, pastes, mouse events, resizes and broken sequences against the real program.

`python -m tests.pty.monkey SEED [ACTIONS]` plays one seed in a terminal of its own, with a server
on loopback, in an empty home. It fails when the program ends because of a bug, when its event
loop is held for over a second, or when Ctrl+Q does not end it.
"""

from __future__ import annotations

import os
import random
import select
import signal
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from tests.providers.wire import END, delta
from tests.pty.serving import Serving
from tests.pty.spawn import set_size, spawn
from tests.pty.watched import HOLD_S
from tests.sse_server import Answer, Cut, Pause, Stall
from tests.ui.terminal import input_fuzz

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACTIONS: Final = 5_000
QUIT: Final = b"\x11"
_PATIENCE_S: Final = 60.0
_SILENCE_S: Final = 3.2
"""After it no broken sequence or paste is pending any more."""
_REMEMBERED: Final = 60
_LEFT: Final = b"\x1b[?1049l"
"""Written when the program gives the terminal back."""
_RAW: Final = b"\x1b[?2004h"
"""Written when the program has set up the terminal."""
_FAULT: Final = b"because of a fault"
_BUSY: Final = 0.5
"""Share of a hold that the main thread must have computed; else the machine had no time for it."""
_BLOCKED_S: Final = 4.0
"""A hold of this length counts although the main thread did not compute."""
_COLUMNS: Final = (1, 2, 5, 6, 7, 10, 20, 40, 60, 80, 81, 100, 120, 200)
_ROWS: Final = (1, 2, 3, 5, 8, 12, 24, 30, 50)
_CONTROLS: Final = [c for c in map(chr, range(1, 32)) if c not in "\x11\x1b"]
_KEYS: Final = (
    *("\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[5~", "\x1b[6~", "\x1b[3~"),
    *("\x1b[Z", "\t", "\r", "\r", "\x7f", "\x1b", "\x1b", "\x1b[1;2D", "\x1b[1;5A", "\x1b[1;5F"),
    *("\x1bOP", "\x1bOQ", "\x1bOR", "\x1b[15~", "\x1b[17~", "\x1b[18~", "\x1b[19~", "\x1b[24~"),
    *("\x1bd", "\x1bb", "\x1b/", "\x1b[1;3D", "\x1b[3;5~", "\x1f", "\x19"),
)
_TEXT: Final = "abcdefghijklmnopqrstuvwxyz 0123456789[]?#:.,你好é🇩🇪👍🏽‍"
_MARKDOWN: Final = (
    "# Title\n\nSome *text* with `code` and [a link](https://example.com/).\n\n"
    "| a | b |\n|---|---|\n| 1 | 你好 |\n\n- one\n- two\n\n```python\nprint('x' * 100)\n```\n\n"
)


@dataclass(slots=True)
class Played:
    """The result of one seed."""

    seed: int
    actions: int = 0
    starts: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)
    recent: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = (
            f"seed {self.seed}: {self.actions:,} actions in {self.seconds:.0f} s, "
            f"{self.starts} start{'s' if self.starts != 1 else ''}, {len(self.faults)} faults"
        )
        if not self.faults:
            return told
        return "\n".join([told, *self.faults, "last actions:", *self.recent])


class _Program:
    """The program in a terminal whose output is thrown away but for its end."""

    def __init__(self, home: Path, env: dict[str, str]) -> None:
        self.report = home / "holds.txt"
        self._env = env
        self._home = home
        self.tail = b""

    def __enter__(self) -> Self:
        arguments = [sys.executable, "-m", "tests.pty.watched", str(self.report)]
        before = Path.cwd()
        os.chdir(self._home)
        try:
            self.process, self._terminal = spawn(arguments, self._env, 80, 24)
        finally:
            os.chdir(before)
        os.set_blocking(self._terminal, False)
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._terminal)

    def started(self) -> None:
        """Wait until the terminal is in raw mode: before that Ctrl+C ends any program."""
        until = time.monotonic() + _PATIENCE_S
        while _RAW not in self.tail and self.process.poll() is None and time.monotonic() < until:
            self.drain(0.05)

    def send(self, data: bytes) -> bool:
        """Send bytes as the program takes them; False when it ended or took none for a minute."""
        until = time.monotonic() + _PATIENCE_S
        while data and self.process.poll() is None:
            self.drain(0.002)
            if time.monotonic() > until or _LEFT in self.tail:
                return False
            with suppress(BlockingIOError):
                data = data[os.write(self._terminal, data[:1000]) :]
        return not data

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        set_size(self._terminal, columns, rows)

    def drain(self, seconds: float) -> None:
        """Read what the program writes for so long."""
        until = time.monotonic() + seconds
        while True:
            ready, _, _ = select.select([self._terminal], [], [], max(until - time.monotonic(), 0))
            if not ready:
                return
            try:
                self.tail = (self.tail + os.read(self._terminal, 65_536))[-20_000:]
            except OSError:
                return

    def ended(self, seconds: float) -> bool:
        """Return whether the program ends within so long."""
        until = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < until:
            self.drain(0.05)
        return self.process.poll() is not None


def play(seed: int, actions: int = ACTIONS) -> Played:
    """Play one seed, and return what went wrong."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    found = Played(seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        with Serving(*_answers(chance)) as serving:
            env = _env(home, serving)
            while found.actions < actions and not found.faults:
                _play_once(found, chance, home, env, actions)
        found.faults += _holds(home / "holds.txt")
    found.seconds = time.monotonic() - began
    return found


def _play_once(
    found: Played, chance: random.Random, home: Path, env: dict[str, str], actions: int
) -> None:
    found.starts += 1
    with _Program(home, env) as program:
        program.started()
        while found.actions < actions:
            found.actions += 1
            told, act = _action(chance, program)
            found.recent = [*found.recent, f"{found.actions}: {told}"][-_REMEMBERED:]
            if not act():
                break
            program.drain(chance.choice((0, 0, 0.001, 0.005, 0.02)))
        if program.process.poll() is None:
            _quit(found, program)
        if program.process.poll() != 0 or _FAULT in program.tail:
            found.faults.append(
                f"exit status {program.process.poll()}\n"
                f"{program.tail[-2_000:].decode(errors='replace')}\n{_log(home)}"
            )


def _quit(found: Played, program: _Program) -> None:
    program.drain(_SILENCE_S)
    program.resize(80, 24)
    program.drain(0.5)
    # A temporary conversation is asked about once for each draft, and keys may still be acting.
    for _ in range(3):
        program.send(QUIT)
        if program.ended(10):
            return
    program.process.send_signal(signal.SIGUSR1)
    program.drain(2.0)
    report = program.report.read_text(encoding="utf-8") if program.report.exists() else ""
    found.faults.append(f"Ctrl+Q does not quit\n{report[-20_000:]}")


def _action(chance: random.Random, program: _Program) -> tuple[str, Callable[[], bool]]:
    """Return one action, in words and to be done."""
    if chance.random() < 0.04:
        columns, rows = chance.choice(_COLUMNS), chance.choice(_ROWS)

        def resize() -> bool:
            program.resize(columns, rows)
            return program.process.poll() is None

        return f"size {columns}x{rows}", resize
    data = _bytes(chance)
    return repr(data[:80]), lambda: program.send(data)


def _bytes(chance: random.Random) -> bytes:
    kind = chance.random()
    if kind < 0.30:
        text = "".join(chance.choices(_TEXT, k=chance.randrange(1, 8)))
    elif kind < 0.60:
        text = chance.choice(_KEYS)
    elif kind < 0.72:
        text = chance.choice(_CONTROLS)
    elif kind < 0.82:
        text = _mouse(chance)
    elif kind < 0.87:
        text = f"\x1b[200~{_pasted(chance)}\x1b[201~"
    elif kind < 0.98:
        text = input_fuzz.piece(chance)
    else:
        return chance.randbytes(chance.randrange(1, 12)).replace(QUIT, b"")
    return text.replace("\x11", "").encode("utf-8", "replace")


def _mouse(chance: random.Random) -> str:
    x, y = chance.randrange(1, 100), chance.randrange(1, 40)
    button = chance.choice((0, 0, 0, 1, 2, 4, 8, 16, 32, 35, 64, 65))
    events = [f"\x1b[<{button};{x};{y}M"]
    if button < 3 and chance.random() < 0.3:
        x, y = chance.randrange(1, 100), chance.randrange(1, 40)
        events.append(f"\x1b[<{button + 32};{x};{y}M")
    if button < 64 and chance.random() < 0.9:
        events.append(f"\x1b[<{button};{x};{y}m")
    return "".join(events)


def _pasted(chance: random.Random) -> str:
    match chance.randrange(4):
        case 0:
            return "".join(chance.choices(_TEXT, k=20))
        case 1:
            return "a long line " * chance.choice((100, 1_000, 10_000))
        case 2:
            return _MARKDOWN.replace("\n", "\r") * chance.choice((1, 5, 100))
        case _:
            return "".join(chance.choices(_TEXT + "\r\n\x1b\t\x00", k=300))


def _answers(chance: random.Random) -> Iterator[Answer]:
    for _ in range(200):
        pieces = [delta(_MARKDOWN[at : at + 17]) for at in range(0, len(_MARKDOWN), 17)]
        pieces *= chance.choice((1, 3, 20))
        ends: tuple[object, ...] = chance.choice(
            ((END,), (END,), (Cut(),), (Pause(0.5), END), (Stall(),))
        )
        yield Answer((*pieces, *ends))  # type: ignore[arg-type]


def _env(home: Path, serving: Serving) -> dict[str, str]:
    kept = {
        name: os.environ[name] for name in ("PATH", "LANG", "VIRTUAL_ENV") if name in os.environ
    }
    folders = {
        f"XDG_{name}_HOME": str(home / name) for name in ("CONFIG", "DATA", "STATE", "CACHE")
    }
    return {
        **kept,
        **folders,
        **serving.env(),
        "HOME": str(home),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        # A link that is clicked is given to this program, which does nothing.
        "BROWSER": "true",
    }


def _holds(report: Path) -> list[str]:
    """Return the holds that the program is to blame for, with where it stood."""
    faults: list[str] = []
    stack: list[str] = []
    for line in report.read_text(encoding="utf-8").splitlines() if report.exists() else ():
        if not line.startswith("HOLD"):
            stack.append(line)
            continue
        words = line.replace(",", "").split()
        seconds, used = float(words[1]), float(words[4])
        if (seconds > HOLD_S and used > max(_BUSY * seconds, HOLD_S)) or seconds > _BLOCKED_S:
            faults.append("\n".join([line, *stack]))
        stack = []
    return faults


def _log(home: Path) -> str:
    path = home / "STATE" / "tui-chat" / "log" / "tui-chat.log"
    return path.read_text(encoding="utf-8")[-4_000:] if path.exists() else ""


def main() -> int:
    """Play a seed and print what happened."""
    seed = int(sys.argv[1])
    actions = int(sys.argv[2]) if len(sys.argv) > 2 else ACTIONS
    played = play(seed, actions)
    sys.stdout.write(f"{played}\n")
    return 1 if played.faults else 0


if __name__ == "__main__":
    sys.exit(main())
