"""Time to open saved data: a conversation, the list, a search."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tests.bench.libraries import PROFILE, large_library, long_conversation, many_conversations
from tests.bench.program import PAINTED, database, environment
from tests.bench.report import Row, figure, spread
from tests.bench.terminal import Terminal
from tui_chat.storage.async_store import AsyncStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LAST: Final = "LASTWORD"
SIZES: Final = (100, 1_000, 10_000)
OPEN_BUDGET: Final = 1.5
MEMORY_BUDGET_MB: Final = 150
SEARCH_BUDGET_MS: Final = 100
NOBODY: Final = "http://127.0.0.1:9/v1"
"""An endpoint: nothing is asked here."""


@contextmanager
def _opened(home: Path) -> Iterator[Terminal]:
    config = home / "config" / "tui-chat" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(
        f'profile = "{PROFILE}"\n[profiles.{PROFILE}]\nbase_url = "{NOBODY}"\nmodel = "m"\n',
        encoding="utf-8",
    )
    with Terminal([sys.executable, "-m", "tui_chat"], environment(home)) as terminal:
        yield terminal
        terminal.quit()


def opening(quick: bool) -> Iterator[Row]:
    """Start on a saved conversation, until its last message is on the screen."""
    sizes = (SIZES[0], SIZES[-1]) if quick else SIZES
    rounds = 1 if quick else 3
    homes = {size: long_conversation(size, LAST) for size in sizes}
    times: dict[int, list[float]] = {size: [] for size in sizes}
    cpu: dict[int, float] = {}
    now_mb: dict[int, float] = {}
    peak_mb: dict[int, float] = {}
    for _ in range(rounds + 1):
        for size, home in homes.items():
            with _opened(home) as terminal:
                times[size].append(terminal.seen(LAST) - terminal.began)
                cpu[size] = terminal.cpu_s
                terminal.settle()
                now_mb[size] = terminal.memory_mb()
                peak_mb[size] = terminal.memory_mb("VmHWM")
    # The first round has read the files from the disk.
    medians = {size: statistics.median(found[1:]) for size, found in times.items()}
    for size, median in medians.items():
        note = f"exec to its last word, median of {rounds}; CPU until then {cpu[size]:.2f} s"
        yield figure(f"open {size} messages", median * 1000, "ms", note=note)
    for size in sizes[1:]:
        ratio = medians[size] / medians[SIZES[0]]
        yield figure(f"open {size} messages against {SIZES[0]}", ratio, "×", OPEN_BUDGET)
    note = f"peak {peak_mb[SIZES[-1]]:.0f}; with {SIZES[0]} messages {now_mb[SIZES[0]]:.0f}"
    yield figure(
        f"memory with {SIZES[-1]} messages", now_mb[SIZES[-1]], "MB", MEMORY_BUDGET_MB, note
    )


def listing(quick: bool) -> Iterator[Row]:
    """Press Ctrl+O with few and with many saved conversations."""
    medians = {}
    for count in (10, 5_000):
        times = []
        # The newest is open and shown in the title; the previous one only in the list.
        shown = f"Talk {count - 1} of many"
        with _opened(many_conversations(count)) as terminal:
            terminal.seen(PAINTED)
            terminal.settle()
            for _ in range(2 if quick else 5):
                terminal.look_from_here()
                times.append(-terminal.send(b"\x0f"))
                times[-1] += terminal.seen(shown)
                terminal.settle(0.1)
                terminal.send(b"\x1b")
                terminal.settle(0.2)
        medians[count] = statistics.median(times[1:]) * 1000
        note = f"Ctrl+O to the second in the list; the first time {times[0] * 1000:.0f} ms"
        yield figure(f"list of {count} conversations", medians[count], "ms", note=note)
    few, many = medians.values()
    yield figure("list of 5000 conversations against 10", many / few, "×", note="no budget")


def searching(quick: bool) -> Iterator[Row]:
    """Search as the list does, key by key, without a screen."""
    count = 10_000 if quick else 100_000
    typed = {
        "English": ["l", "li", "lig", "light", "light b", "light blue"],
        "Chinese": ["光", "光速", "光速不", "量子力学"],
        "rare, or not there": ["7f3a", "zzqqx", "天文台"],
    }
    times = asyncio.run(_search_times(database(large_library(count)), typed))
    for name, found in times.items():
        slowest = max(found, key=lambda pair: pair[1])
        note = f"one key, beside the writer; slowest “{slowest[0]}” {slowest[1] * 1000:.0f} ms"
        numbers = [seconds for _, seconds in found]
        yield spread(f"search {count} messages: {name}", numbers, SEARCH_BUDGET_MS, note)


async def _search_times(
    path: Path, typed: dict[str, list[str]]
) -> dict[str, list[tuple[str, float]]]:
    """Search as the list does; return seconds for each query, three times."""
    store = await AsyncStore.open(path)
    times: dict[str, list[tuple[str, float]]] = {}
    try:
        await store.search("")
        for name, queries in typed.items():
            for query in queries * 3:
                began = time.perf_counter()
                await store.search(query)
                times.setdefault(name, []).append((query, time.perf_counter() - began))
    finally:
        await store.aclose()
    return times
