"""Cost of a streaming answer: CPU seconds per 1,000 deltas of four characters."""

from __future__ import annotations

import statistics
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.bench.program import Chat, warm_chat
from tests.bench.report import Row, figure
from tests.bench.server import Plan
from tests.bench.shapes import SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterator

RATE: Final = 200
AT_RATE_BUDGET_S: Final = 1.2
AT_ONCE_BUDGET_S: Final = 0.35
LENGTH_BUDGET: Final = 1.3
DELTAS: Final = 3_000
SHORT, LONG = 1_000, 100_000


class Cost(NamedTuple):
    """The cost of deltas, per 1,000."""

    cpu_s: float
    frames: int
    wall_s: float


def at_rate(quick: bool) -> Iterator[Row]:
    """Measure deltas that come at the speed of a quick model, after three seconds of them."""
    shapes = ("mixed", "fence") if quick else SHAPES
    warm_s, measured_s = (1.0, 1.5) if quick else (3.0, 4.0)
    for shape in shapes:
        with warm_chat(shape) as chat:
            terminal = chat.terminal
            deltas = int(RATE * (warm_s + measured_s + 0.5))
            chat.ask(Plan(shape=shape, deltas=deltas, rate=RATE, end="THEEND"))
            chat.wait_for("first")
            terminal.pump(warm_s)
            cpu_s, frames, written = terminal.cpu_s, terminal.frames, terminal.output_bytes
            terminal.pump(measured_s)
            cpu_s, frames = terminal.cpu_s - cpu_s, terminal.frames - frames
            written = terminal.output_bytes - written
            late_s = terminal.seen("THEEND") - chat.wait_for("last")
        note = (
            f"{frames / measured_s:.0f} frames/s, {written / measured_s / 1000:.0f} kB/s, "
            f"end shown {late_s * 1000:.0f} ms after it was sent"
        )
        cost = cpu_s / (RATE * measured_s) * 1000
        yield figure(f"CPU per 1000 deltas at {RATE}/s: {shape}", cost, "s", AT_RATE_BUDGET_S, note)


def reasoning(quick: bool) -> Iterator[Row]:
    """Measure what is thought before an answer, early and late; its cost must not grow either."""
    plan = Plan(shape="prose", delta="reasoning_content", deltas=DELTAS, end="THEEND")
    with warm_chat("prose") as chat:
        chat.ask(replace(plan, stops=[SHORT, 10_000 if quick else LONG]))
        chat.wait_for("request")
        short = _cost_of_part(chat)
        chat.endpoint.go()
        long = _cost_of_part(chat)
        chat.terminal.seen("THEEND")
    note = f"{long:.2f} s against {short:.2f} s per 1000"
    yield figure("CPU per 1000 deltas of reasoning", short, "s", AT_ONCE_BUDGET_S)
    yield figure("the same after 100k tokens of it", long / short, "×", LENGTH_BUDGET, note)


def at_once(quick: bool) -> Iterator[Row]:
    """Measure deltas that come as fast as they are taken, until the end is on the screen."""
    rounds = 1 if quick else 2
    for shape in ("prose", "fence") if quick else SHAPES:
        costs = []
        for _ in range(rounds):
            with warm_chat(shape) as chat:
                costs.append(_cost(chat, Plan(shape=shape, deltas=DELTAS, end="THEEND")))
        cost = statistics.fmean(cost.cpu_s for cost in costs)
        note = f"mean of {rounds}; {costs[0].frames} frames, {costs[0].wall_s:.2f} s for 3000"
        what = f"CPU per 1000 deltas as fast as they come: {shape}"
        yield figure(what, cost, "s", AT_ONCE_BUDGET_S, note)


def by_length(quick: bool) -> Iterator[Row]:
    """Measure the same early and late in one long answer; its end is not in it."""
    for shape in ("mixed",) if quick else SHAPES:
        with warm_chat(shape) as chat:
            chat.ask(Plan(shape=shape, stops=[SHORT, LONG], deltas=DELTAS, end="THEEND"))
            chat.wait_for("request")
            short = _cost_of_part(chat)
            chat.endpoint.go()
            long = _cost_of_part(chat)
            chat.terminal.seen("THEEND")
            memory_mb = chat.terminal.memory_mb()
        note = f"{long:.2f} s against {short:.2f} s per 1000; memory at the end {memory_mb:.0f} MB"
        what = f"the same after 100k tokens against after 1k: {shape}"
        yield figure(what, long / short, "×", LENGTH_BUDGET, note)


def _cost_of_part(chat: Chat) -> float:
    terminal = chat.terminal
    terminal.settle(0.5)
    cpu_s = terminal.cpu_s
    done = len(chat.endpoint.moments("last"))
    chat.endpoint.go()
    terminal.until(lambda: len(chat.endpoint.moments("last")) > done)
    # The deltas are in the socket; they are shown when the program has nothing to do any more.
    terminal.settle(0.2)
    return (terminal.cpu_s - cpu_s) / DELTAS * 1000


def _cost(chat: Chat, plan: Plan) -> Cost:
    terminal = chat.terminal
    cpu_s, frames = terminal.cpu_s, terminal.frames
    chat.ask(plan)
    began = chat.wait_for("first")
    shown = terminal.seen(plan.end)
    # What it does when the answer has ended belongs to the answer.
    terminal.pump(0.1)
    cost = (terminal.cpu_s - cpu_s) / plan.deltas * 1000
    return Cost(cost, terminal.frames - frames, shown - began)
