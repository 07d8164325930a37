"""Memory of an idle program, and after a simulated day of work."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from tests.bench.program import BARE, Chat, empty_home, environment, running_chat
from tests.bench.report import Row, figure
from tests.bench.server import Plan
from tests.bench.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

ABOVE_BARE_BUDGET_MB: Final = 60
GROWTH_BUDGET_MB: Final = 10
"""Of this benchmark's own: 450 short turns are half a megabyte of text."""
PAUSE_S: Final = 6.0
IDLE_S: Final = 5.0


def idle(quick: bool) -> Iterator[Row]:
    """Measure a program that nobody touches: memory, bytes written, CPU."""
    with empty_home() as home, Terminal(BARE, environment(home)) as bare:
        bare.until(lambda: bare.output_bytes > 2_000)
        bare.settle()
        bare_mb = bare.memory_mb()
    with running_chat() as chat:
        terminal = chat.terminal
        started_mb = terminal.memory_mb()
        chat.answered(Plan(deltas=300, rate=1_000, end="THEEND"))
        answered_mb = terminal.memory_mb()
        terminal.pump(1 if quick else 4)
        written, cpu_s = terminal.output_bytes, terminal.cpu_s
        terminal.pump(IDLE_S)
        written, cpu_s = terminal.output_bytes - written, terminal.cpu_s - cpu_s
    note = f"{started_mb:.0f} MB, HTTP client loaded, against {bare_mb:.0f}; no engine runs"
    above_mb = started_mb - bare_mb
    yield figure("memory, idle, above a bare app", above_mb, "MB", ABOVE_BARE_BUDGET_MB, note)
    above_mb = answered_mb - bare_mb
    yield figure("memory after one answer, above a bare app", above_mb, "MB")
    yield figure(f"bytes written in {IDLE_S:.0f} s of nothing", written, "B", 0)
    yield figure("CPU while idle", cpu_s / IDLE_S * 100, "%", note=f"of one core, {IDLE_S:.0f} s")


def soak(quick: bool) -> Iterator[Row]:
    """Have many short answers in one run, and look whether memory grows."""
    early, late = (8, 30) if quick else (50, 500)
    with running_chat() as chat:
        marks = {}
        times = []
        for turn in range(1, late + 1):
            times.append(_short_turn(chat, turn))
            if turn in {early, late}:
                chat.terminal.pump(1 if quick else PAUSE_S)
                marks[turn] = chat.terminal.memory_mb()
    growth_mb = marks[late] - marks[early]
    note = f"{marks[early]:.0f} MB after turn {early}, {marks[late]:.0f} after turn {late}"
    yield figure(f"memory grown in {late - early} turns", growth_mb, "MB", GROWTH_BUDGET_MB, note)
    first, last = (sum(part) / len(part) * 1000 for part in (times[5:early], times[-early + 5 :]))
    note = f"Enter to its end shown, {first:.0f} ms before turn {early}, {last:.0f} in the last"
    yield figure(
        f"a short turn after {late} against the first {early}", last / first, "×", note=note
    )


def _short_turn(chat: Chat, turn: int) -> float:
    """Ask and wait for the end of the answer; return the seconds from Enter to it."""
    word = f"END{turn}END"
    sent = chat.ask(Plan(shape="prose", deltas=60, end=word))
    again_at = time.monotonic() + 0.5
    while not chat.endpoint.moments("request"):
        chat.terminal.pump(0.005)
        if time.monotonic() > again_at:
            # The turn before was still being saved: the question waits in the prompt.
            sent = chat.terminal.send(b"\r")
            again_at = sent + 0.5
    shown = chat.terminal.seen(word)
    chat.terminal.pump(0.03)
    return shown - sent
