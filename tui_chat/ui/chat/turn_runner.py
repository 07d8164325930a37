"""Runs a turn in a worker and cancels it exactly once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.widget import Widget


class TurnRunner:
    """The one worker of a turn.

    A second cancel would land in the clean-up of the first and leave a reply unfinished on the
    screen; a cancel before the worker's first step would lose the question. Neither can happen.
    """

    def __init__(self, host: Widget, on_change: Callable[[], None]) -> None:
        """Prepare.

        Args:
            host: Whose worker it is.
            on_change: Called when a turn begins and when it has ended.
        """
        self._host = host
        self._on_change = on_change
        self._ended: asyncio.Event | None = None
        self._task: asyncio.Task[object] | None = None
        self._is_unwanted = False

    @property
    def is_running(self) -> bool:
        """Whether a turn runs, or is just about to."""
        return self._ended is not None

    @property
    def is_stopping(self) -> bool:
        """Whether the turn was stopped and its reply is still being saved."""
        if self._task is None:
            return self._is_unwanted
        return self._task.cancelling() > 0

    async def ended(self) -> None:
        """Wait until no turn runs."""
        if self._ended is not None:
            await self._ended.wait()

    def start(self, turn: Coroutine[object, object, object]) -> None:
        """Begin a turn."""
        self._ended = asyncio.Event()
        self._is_unwanted = False
        # Named here: the default description would hold the question.
        self._host.run_worker(self._run(turn), group="turn", name="turn", description="a turn")
        self._on_change()

    def cancel(self) -> None:
        """Stop the turn; does nothing when it is stopping already."""
        if self._task is not None:
            if not self._task.cancelling():
                self._task.cancel()
        elif self.is_running:
            # Its worker has not taken its first step: see _run.
            self._is_unwanted = True

    async def stopped(self) -> None:
        """Stop the turn, if one runs, and wait until its reply is saved."""
        if self.is_running:
            self.cancel()
            await self.ended()

    async def _run(self, turn: Coroutine[object, object, object]) -> None:
        ended = self._ended
        self._task = asyncio.current_task()
        if self._is_unwanted:
            # Lands at the turn's first wait, when the question has been taken over.
            self.cancel()
        try:
            await turn
        finally:
            self._task = self._ended = None
            if ended is not None:
                ended.set()
            self._on_change()
