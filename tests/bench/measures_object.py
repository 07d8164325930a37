"""Cost of an object of 200 KB that streams into a tree at 1,000 deltas per second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.bench.measures_keys import ECHO_BUDGET_MS, echoes
from tests.bench.measures_stream import AT_RATE_BUDGET_S
from tests.bench.program import running_chat
from tests.bench.report import Row, figure, spread
from tests.bench.server import Plan
from tests.bench.shapes import OBJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bench.program import Chat

_TOKENS: Final = 45_000
"""180 KB that are there already when measuring begins; 20 KB come while it measures."""
_RATE: Final = 1_000
_DELTAS: Final = 5_000
_CTRL_G: Final = b"\x07"
_DOWN: Final = b"\x1b[B"


def growing(quick: bool) -> Iterator[Row]:
    """Measure keys and CPU time while the last tenth of the object arrives."""
    count = 12 if quick else 60
    with running_chat() as chat:
        _ask_for_objects(chat)
        deltas = _DELTAS if quick else 4 * _DELTAS
        chat.ask(Plan(shape=OBJECT, stops=[_TOKENS], deltas=deltas, rate=_RATE))
        chat.wait_for("request")
        # What was there before is read and shown by then.
        chat.terminal.pump(4)
        chat.endpoint.go()
        chat.wait_for("first")
        chat.terminal.pump(0.5)
        cpu_s, frames = chat.terminal.cpu_s, chat.terminal.frames
        chat.terminal.pump(2)
        cost = (chat.terminal.cpu_s - cpu_s) / (2 * _RATE) * 1000
        note = f"{(chat.terminal.frames - frames) / 2:.0f} frames/s"
        yield figure("CPU per 1000 deltas of a 200 KB object", cost, "s", AT_RATE_BUDGET_S, note)
        times = echoes(chat, count)
        yield spread("key to echo while a 200 KB object fills in", times, ECHO_BUDGET_MS)


def _ask_for_objects(chat: Chat) -> None:
    chat.terminal.send(_CTRL_G)
    chat.terminal.settle(0.3)
    chat.terminal.send(_DOWN)
    chat.terminal.settle(0.2)
    chat.terminal.send(b"\r")
    chat.terminal.settle(0.3)
