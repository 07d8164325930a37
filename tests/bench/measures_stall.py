"""Longest hold of the loop by first-time work: imports, first styles."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Final

from tests.bench.endpoint import Endpoint
from tests.bench.program import PAINTED, Chat, chat_command, empty_home, environment
from tests.bench.report import Row, figure
from tests.bench.server import Plan
from tests.bench.terminal import ESC, Terminal
from tui_chat.ui.terminal.gc_tuning import REST_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STALL_BUDGET_MS: Final = 30
_F1: Final = b"\x1bOP"
_CTRL_O: Final = b"\x0f"


def stalls(quick: bool) -> Iterator[Row]:
    """Do everything once, and tell after each what held the loop longest."""
    with empty_home() as home, Endpoint() as endpoint:
        file = home / "held.json"
        arguments = chat_command(endpoint.base_url)[3:]
        command = [sys.executable, "-m", "tests.bench.watchdog", str(file), *arguments]
        with Terminal(command, environment(home)) as terminal:
            chat = Chat(terminal, endpoint)
            terminal.seen(PAINTED)
            _held(terminal, file)
            terminal.settle()
            yield _row("after the first paint, all that loads late", terminal, file)
            for shape in ("prose", "fence", "table") if quick else ("prose", "fence", "mixed"):
                chat.answered(Plan(shape=shape, deltas=200, rate=500, end=f"END{shape}"))
                yield _row(f"the first answer with {shape}", terminal, file)
            terminal.pump(REST_S + 0.5)
            yield _row("the collection in the rest after an answer", terminal, file)
            for name, keys in (("list of keys", _F1), ("list of conversations", _CTRL_O)):
                terminal.send(keys)
                terminal.settle()
                yield _row(f"the first {name}", terminal, file)
                terminal.send(ESC)
                terminal.settle()
                yield _row(f"back from the first {name}", terminal, file)


def _row(what: str, terminal: Terminal, file: Path) -> Row:
    held = _held(terminal, file)
    longest_s, name = held[0] if held else (0.0, "nothing above 5 ms")
    return figure(f"loop held: {what}", longest_s * 1000, "ms", STALL_BUDGET_MS, name)


def _held(terminal: Terminal, file: Path) -> list[tuple[float, str]]:
    file.unlink(missing_ok=True)
    terminal.ask_watchdog()
    deadline = time.monotonic() + 10
    while not file.exists():
        if time.monotonic() > deadline:
            raise TimeoutError("The watchdog never told")
        terminal.pump(0.02)
    return [(seconds, name) for seconds, name in json.loads(file.read_text("utf-8"))]
