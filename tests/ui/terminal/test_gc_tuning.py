"""Garbage goes in a rest, and when a rest does not come."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from tests.ui.bare import BareApp, until
from tests.ui.hand_timers import HandTimers
from tui_chat.ui.terminal.gc_tuning import MOST_NOTED, REST_S, IdleCollector, keep_loaded

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _thresholds_of_the_program() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(10_000, 5, 1_000_000)
    yield
    gc.set_threshold(*before)


def collections() -> int:
    return int(gc.get_stats()[2]["collections"])


async def test_in_a_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    app = BareApp()
    async with app.run_test() as pilot:
        timers = HandTimers(app.screen, monkeypatch)
        before = collections()
        IdleCollector(app.screen, lambda: False).note()
        assert timers.delays == [REST_S]
        timers.elapse()
        await until(pilot, lambda: collections() > before)


async def test_no_collection_while_the_user_types(monkeypatch: pytest.MonkeyPatch) -> None:
    app = BareApp()
    async with app.run_test() as pilot:
        timers = HandTimers(app.screen, monkeypatch)
        idle = IdleCollector(app.screen, lambda: False)
        before = collections()
        idle.note()
        for _ in range(10):
            # The rest is over just as a key arrives.
            timers.elapse()
            idle.put_off()
            await pilot.pause()
        assert collections() == before
        timers.elapse()
        await until(pilot, lambda: collections() > before)
        idle.put_off()
        assert not timers.elapse()


async def test_without_a_rest_when_it_is_overdue_but_never_while_an_answer_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = BareApp()
    is_busy = False
    async with app.run_test() as pilot:
        timers = HandTimers(app.screen, monkeypatch)
        idle = IdleCollector(app.screen, lambda: is_busy)
        before = collections()
        for _ in range(MOST_NOTED - 1):
            idle.note()
        assert set(timers.delays) == {REST_S}

        is_busy = True
        idle.note()
        assert timers.delays[-1] < 0.01
        timers.elapse()
        await pilot.pause()
        assert collections() == before

        is_busy = False
        idle.note()
        timers.elapse()
        await until(pilot, lambda: collections() > before)


def test_what_was_loaded_late_stays_out_of_collections_only_after_the_start_was_tuned() -> None:
    assert not gc.get_freeze_count()
    keep_loaded()
    assert not gc.get_freeze_count()

    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        loaded = [[number] for number in range(1_000)]
        keep_loaded()
        assert gc.get_freeze_count() >= frozen + len(loaded)
    finally:
        gc.unfreeze()
