from __future__ import annotations

import asyncio

from tui_chat.session.turns.turn_task import TurnTask


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


def start(task: TurnTask, turn: Turn, changes: list[bool] | None = None) -> None:
    known = [] if changes is None else changes
    task.start(
        turn.run(), asyncio.get_running_loop().create_task, lambda: known.append(task.is_running)
    )


async def test_a_turn_is_cancelled_exactly_once() -> None:
    task, turn, changes = TurnTask(), Turn(), list[bool]()
    start(task, turn, changes)
    assert task.is_running
    await turn.begun.wait()

    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    assert turn.cancels == 1
    assert task.is_running
    assert task.is_stopping
    assert turn.saves == 0

    turn.may_save.set()
    await task.stopped()
    assert turn.saves == 1
    assert changes == [True, False]


async def test_a_cancel_before_the_first_step_reaches_the_turn() -> None:
    task, turn = TurnTask(), Turn()
    turn.may_save.set()
    start(task, turn)
    task.cancel()
    assert task.is_stopping
    await task.ended()
    assert turn.begun.is_set()
    assert (turn.cancels, turn.saves) == (1, 1)


async def test_stopping_an_idle_task_returns_at_once() -> None:
    task = TurnTask()
    task.cancel()
    await task.stopped()
    assert not task.is_running


async def test_turns_run_one_after_another() -> None:
    task = TurnTask()
    for _ in range(3):
        turn = Turn()
        turn.may_save.set()
        start(task, turn)
        await turn.begun.wait()
        await task.stopped()
        assert not task.is_running
    await asyncio.sleep(0)
