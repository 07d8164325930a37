from __future__ import annotations

import asyncio

import pytest
from textual.widgets import Static

from tests.ui.bare import BareApp
from tui_chat.ui.chat.turn_runner import TurnRunner


class Turn:
    """A turn that runs until it is cancelled, and then needs a while to save."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.cancels = 0
        self.may_save = asyncio.Event()
        self.saves = 0

    async def run(self) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancels += 1
            raise
        finally:
            await self.may_save.wait()
            self.saves += 1


async def test_a_turn_is_cancelled_exactly_once() -> None:
    host = Static()
    changes: list[bool] = []
    async with BareApp(host).run_test():
        runner = TurnRunner(host, lambda: changes.append(runner.is_running))
        turn = Turn()
        runner.start(turn.run())
        assert runner.is_running
        await turn.begun.wait()

        for _ in range(3):
            runner.cancel()
            await asyncio.sleep(0)
        assert turn.cancels == 1
        assert runner.is_running
        assert turn.saves == 0

        turn.may_save.set()
        await runner.stopped()
        assert turn.saves == 1
        assert changes == [True, False]


async def test_stopping_nothing_is_done_at_once() -> None:
    host = Static()
    async with BareApp(host).run_test():
        runner = TurnRunner(host, pytest.fail)
        runner.cancel()
        await runner.stopped()
        assert not runner.is_running


async def test_one_turn_after_another() -> None:
    host = Static()
    async with BareApp(host).run_test() as pilot:
        runner = TurnRunner(host, lambda: None)
        for _ in range(3):
            turn = Turn()
            turn.may_save.set()
            runner.start(turn.run())
            await turn.begun.wait()
            await runner.stopped()
            await pilot.pause()
            assert not runner.is_running


async def test_the_question_is_in_no_description() -> None:
    host = Static()
    async with BareApp(host).run_test():
        runner = TurnRunner(host, lambda: None)
        turn = Turn()
        turn.may_save.set()
        runner.start(turn.run())
        await turn.begun.wait()
        (worker,) = host.workers
        assert (worker.name, worker.description) == ("turn", "a turn")
        await runner.stopped()
