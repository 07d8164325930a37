"""The task of a session that asks the model, cancelled exactly once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui_chat.core.conversation import MessageStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tui_chat.session.session import ChatSession

    Work = Coroutine[object, object, object]


class TurnTask:
    """Runs one turn (or one summary) at a time.

    A second cancel would interrupt the cleanup of the first and leave a reply unfinished; a cancel
    before the task's first step would lose the question. Neither can happen here.
    """

    def __init__(self) -> None:
        self._ended: asyncio.Event | None = None
        self._task: asyncio.Task[object] | None = None
        self._is_cancelled_early = False

    @property
    def is_running(self) -> bool:
        """True if work runs or has been started."""
        return self._ended is not None

    @property
    def is_stopping(self) -> bool:
        """True if the work was cancelled and still saves its reply."""
        if self._task is None:
            return self._is_cancelled_early
        return self._task.cancelling() > 0

    async def ended(self) -> None:
        """Wait until nothing runs."""
        if self._ended is not None:
            await self._ended.wait()

    def start(
        self, work: Work, spawn: Callable[[Work], object], on_change: Callable[[], None]
    ) -> None:
        """Start work in a task of its own.

        Args:
            work: The turn.
            spawn: Runs a coroutine as a task.
            on_change: Called when the work has been started and when it has ended.
        """
        self._ended = asyncio.Event()
        self._is_cancelled_early = False
        spawn(self._run(work, on_change))
        on_change()

    def cancel(self) -> None:
        """Cancel the work; does nothing when it is stopping already."""
        if self._task is not None:
            if not self._task.cancelling():
                self._task.cancel()
        elif self.is_running:
            # The task has not taken its first step: see _run.
            self._is_cancelled_early = True

    async def stopped(self) -> None:
        """Cancel the work, if any runs, and wait until its reply is saved."""
        if self.is_running:
            self.cancel()
            await self.ended()

    async def _run(self, work: Work, on_change: Callable[[], None]) -> None:
        ended = self._ended
        self._task = asyncio.current_task()
        if self._is_cancelled_early:
            # Takes effect at the first await of the work, when the question is in the session.
            self.cancel()
        try:
            await work
        finally:
            self._task = self._ended = None
            if ended is not None:
                ended.set()
            on_change()


def is_ending(session: ChatSession) -> bool:
    """Return whether the turn was stopped, or has its whole reply and only saves and shows it."""
    if session.task.is_stopping:
        return True
    reply = session.tree.get(session.turn.reply_id) if session.turn is not None else None
    return reply is not None and reply.status is not MessageStatus.STREAMING
