"""Watches the codes of running requests, which end when their code is revoked or expires."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from tui_chat.gateway.codes.access_codes import AccessCode

log = logging.getLogger(__name__)

CHECK_INTERVAL_S: Final = 0.5
"""Interval at which the codes are read while requests run; a notification is faster."""
_RECONNECT_S: Final = 2.0


class RevocationWatch:
    """Reads the codes regularly, and at each notification, while requests run."""

    def __init__(
        self,
        codes: Callable[[], Awaitable[list[AccessCode]]],
        changes: Callable[[], AsyncGenerator[None, None]] | None = None,
    ) -> None:
        """Create a watch.

        Args:
            codes: Reads all codes.
            changes: Yields when the codes have changed; None if only reading tells.
        """
        self._codes = codes
        self._changes = changes
        self._waiting: dict[asyncio.Event, AccessCode] = {}
        self._has_waiting = asyncio.Event()
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start to watch."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._check())]
        if self._changes is not None:
            self._tasks.append(loop.create_task(self._listen(self._changes)))

    async def aclose(self) -> None:
        """Stop to watch."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def wait_invalid(self, code: AccessCode) -> None:
        """Wait until a code is revoked or has expired."""
        event = asyncio.Event()
        self._waiting[event] = code
        self._has_waiting.set()
        try:
            await event.wait()
        finally:
            del self._waiting[event]

    async def _check(self) -> None:
        while True:
            await self._has_waiting.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_INTERVAL_S):
                    await self._changed.wait()
            self._changed.clear()
            if self._waiting:
                await self._check_once()
            else:
                self._has_waiting.clear()

    async def _check_once(self) -> None:
        try:
            codes = {code.id: code for code in await self._codes()}
        except StorageError:
            # The next request reports it; running requests were allowed when they started.
            return
        moment = datetime.now(UTC)
        for event, code in self._waiting.items():
            if not codes.get(code.id, code).is_valid(moment):
                event.set()

    async def _listen(self, changes: Callable[[], AsyncGenerator[None, None]]) -> None:
        while True:
            try:
                async with aclosing(changes()) as notices:
                    async for _notice in notices:
                        self._changed.set()
            except StorageError as error:
                log.warning("revocations are noticed later: %s", error.message)
            await asyncio.sleep(_RECONNECT_S)
