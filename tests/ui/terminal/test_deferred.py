from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ui.bare import BareApp, until
from tests.ui.hand_timers import HandTimers
from tui_chat.ui.terminal.deferred import Deferred

if TYPE_CHECKING:
    import pytest


async def test_a_callback_runs_once_after_its_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    app = BareApp()
    async with app.run_test() as pilot:
        timers = HandTimers(app, monkeypatch)
        deferred = Deferred(app)
        ran: list[object] = []
        deferred.start(3.0, lambda: ran.append("plain"))
        assert timers.elapse() == 1
        await until(pilot, lambda: ran == ["plain"])
        assert timers.elapse() == 0
        assert timers.delays == [3.0]


async def test_an_async_callback_may_start_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    app = BareApp()
    async with app.run_test() as pilot:
        timers = HandTimers(app, monkeypatch)
        deferred = Deferred(app)
        ran: list[object] = []

        async def callback() -> None:
            ran.append(len(ran))
            deferred.start(1.0, callback)

        deferred.start(1.0, callback)
        timers.elapse()
        await until(pilot, lambda: ran == [0])
        timers.elapse()
        await until(pilot, lambda: ran == [0, 1])
        assert deferred.is_pending


async def test_a_callback_in_the_queue_does_not_run_after_cancel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = BareApp()
    async with app.run_test() as pilot:
        timers = HandTimers(app, monkeypatch)
        deferred = Deferred(app)
        ran: list[object] = []
        deferred.start(1.0, lambda: ran.append("cancelled"))
        timers.elapse()
        deferred.cancel()
        app.call_next(ran.append, "behind it")
        await until(pilot, lambda: ran)
        assert ran == ["behind it"]


async def test_a_callback_in_the_queue_gives_way_to_a_later_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = BareApp()
    async with app.run_test() as pilot:
        timers = HandTimers(app, monkeypatch)
        deferred = Deferred(app)
        ran: list[object] = []
        deferred.start(1.0, lambda: ran.append("first"))
        timers.elapse()
        deferred.start(1.0, lambda: ran.append("second"))
        app.call_next(ran.append, "behind it")
        await until(pilot, lambda: ran)
        assert ran == ["behind it"]
        assert deferred.is_pending
        timers.elapse()
        await until(pilot, lambda: ran == ["behind it", "second"])
