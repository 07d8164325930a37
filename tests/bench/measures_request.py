"""Time for a question to reach the endpoint: from `ask` in a shell, from Enter in the chat.

    python -m tests.bench --only ask,request

`ask` is measured as a whole process against a server that answers at once. In the chat, Enter is
pressed at moments after the first paint: the program is still loading at the first ones.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

from tests.bench.endpoint import Endpoint
from tests.bench.program import PAINTED, Chat, chat_command, empty_home, environment
from tests.bench.report import Row, figure, spread
from tests.bench.server import Plan
from tests.bench.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ASK_BUDGET_MS: Final = 450
LOADING_BUDGET_MS: Final = 300
LOADED_BUDGET_MS: Final = 100
LOADED_AFTER_S: Final = 1.5
_MOMENTS_S: Final = (0.1, 0.4, 0.8, LOADED_AFTER_S, 3.0)
_ANSWER: Final = Plan(shape="prose", deltas=3, end="THEEND")


def asking(quick: bool) -> Iterator[Row]:
    """Ask one question by `tui-chat ask`."""
    rounds = 5 if quick else 20
    with empty_home() as home, Endpoint() as endpoint:
        endpoint.plan(_ANSWER)
        options = ["--base-url", endpoint.base_url, "--model", "m"]
        command = [sys.executable, "-m", "tui_chat", "ask", "hi", *options]
        env = environment(home)
        times = [_run(command, env) for _ in range(rounds + 1)][1:]  # The first compiles bytecode.
    wall_s = statistics.median(wall for wall, _ in times)
    cpu_s = statistics.median(cpu for _, cpu in times)
    note = f"CPU {cpu_s:.2f} s; median of {rounds}, shortest {min(times)[0] * 1000:.0f} ms"
    yield figure("ask, whole process", wall_s * 1000, "ms", ASK_BUDGET_MS, note)


def _run(command: Sequence[str], env: Mapping[str, str]) -> tuple[float, float]:
    """Return wall and CPU seconds of a program, its child processes included."""
    began = time.monotonic()
    with subprocess.Popen(
        command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        took_s = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or _ANSWER.end.encode() not in output:
        raise RuntimeError(f"ask ended with {process.returncode}: {output!r}")
    return took_s, usage.ru_utime + usage.ru_stime


def requesting(quick: bool) -> Iterator[Row]:
    """Press Enter at moments after the first paint, each time in a new program."""
    rounds = 3 if quick else 20
    for moment_s in _MOMENTS_S:
        times = [_requested_after(moment_s) for _ in range(rounds)]
        budget = LOADED_BUDGET_MS if moment_s >= LOADED_AFTER_S else LOADING_BUDGET_MS
        what = f"Enter to the request, {moment_s:g} s after the first paint"
        yield spread(what, times, budget)


def _requested_after(moment_s: float) -> float:
    """Return the seconds from Enter to the arrival of the first request."""
    with (
        empty_home() as home,
        Endpoint() as endpoint,
        Terminal(chat_command(endpoint.base_url), environment(home)) as terminal,
    ):
        terminal.seen(PAINTED)
        terminal.pump(moment_s)
        chat = Chat(terminal, endpoint)
        sent = chat.ask(_ANSWER)
        requested = chat.wait_for("request")
        terminal.seen(_ANSWER.end)
        return requested - sent
