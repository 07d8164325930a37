"""Time of the store alone: opening, the first list, a conversation, a check for changes."""

from __future__ import annotations

import statistics
import time
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.bench.libraries import long_conversation, many_conversations
from tests.bench.program import database
from tests.bench.report import Row, figure
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FEW: Final = 10
MANY: Final = 5_000
SHORT: Final = 100
LONG: Final = 10_000
PAGE: Final = 50
LOOK_BUDGET_MS: Final = 1.0
"""Of a look each second: a thousandth of one core."""


def storing(quick: bool) -> Iterator[Row]:
    """Measure small and large stores in turn, in one process."""
    rounds = 5 if quick else 30
    opened = {}
    for count in (FEW, MANY):
        path = database(many_conversations(count))
        opened[count] = _median_ms(partial(_open_and_list, path), rounds)
    for count, median in opened.items():
        yield figure(f"store of {count} conversations, opened and listed", median, "ms")
    yield figure("store of 5000 conversations against 10", opened[MANY] / opened[FEW], "×")
    read = {}
    for count in (SHORT, LONG):
        with Store(database(long_conversation(count, "LASTWORD"))) as store:
            conversation = store.latest_conversation()
            assert conversation is not None
            read[count] = _median_ms(partial(store.messages, conversation.id), rounds)
            yield figure(f"conversation of {count} messages, read whole", read[count], "ms")
            look = _median_ms(store.data_version, rounds * 20)
            yield figure("a look that finds nothing changed", look, "ms", LOOK_BUDGET_MS)
            look = _median_ms(partial(store.snapshot, conversation), rounds)
            what = f"a look after a change elsewhere, {count} messages open"
            yield figure(what, look, "ms", LOOK_BUDGET_MS)
    note = f"{(read[LONG] - read[SHORT]) / (LONG - SHORT) * 1000:.1f} µs for each message"
    yield figure("10000 messages against 100, read", read[LONG] / read[SHORT], "×", note=note)


def _open_and_list(path: Path) -> None:
    with Store(path) as store:
        store.summaries(PAGE)


def _median_ms(work: Callable[[], object], rounds: int) -> float:
    work()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000
