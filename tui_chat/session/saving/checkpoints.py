"""Saves a growing reply while it streams."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

from tui_chat.core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from tui_chat.core.conversation import Message
    from tui_chat.core.turn import Turn

INTERVAL_S: Final = 0.25
"""Pause between two checkpoints. A crash may lose at most 500 ms of a reply; the
remaining time covers the write itself on a busy machine."""


class Checkpoints:
    """Saves the growing reply of a turn while a `with` block runs, only when it changed.

    A separate task saves, so a stalled stream is saved up to its last event.
    """

    def __init__(
        self,
        save_reply: Callable[[Message], Awaitable[None]],
        turn: Turn,
        on_error: Callable[[StorageError], None],
    ) -> None:
        """Create checkpoints for a turn; nothing runs before the block is entered.

        Args:
            save_reply: Saves the reply.
            turn: The turn of the reply.
            on_error: Called once when saving fails. The turn goes on, and saving is retried.
        """
        self._save_reply = save_reply
        self._turn = turn
        self._on_error = on_error
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def note_change(self) -> None:
        """Report that the reply has grown."""
        self._changed.set()

    async def __aenter__(self) -> Self:
        self._task = asyncio.get_running_loop().create_task(self._save_changes())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _save_changes(self) -> None:
        is_reported = False
        while True:
            await self._changed.wait()
            await asyncio.sleep(INTERVAL_S)
            self._changed.clear()
            try:
                await self._save_reply(self._turn.snapshot())
            except StorageError as error:
                # The disk may have space again before the next event arrives.
                self._changed.set()
                if not is_reported:
                    is_reported = True
                    self._on_error(error)
