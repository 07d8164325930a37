"""An event loop whose clock does not depend on the machine.

The clock stands still while callbacks run, sockets are ready or threads work, and jumps to the
next timer as soon as nothing is left to do. A deadline passes when nothing can happen before it,
however slow the machine is, and no test waits for it.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar, TypeVarTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

_Result = TypeVar("_Result")
_Arguments = TypeVarTuple("_Arguments")

_STEP_S: Final = 2e-4
"""By how much the clock moves with each iteration, so that deadlines pass in a flood too."""
_QUIET_S: Final = 0.005
"""In real time: how long the kernel may take to hand over what was sent on loopback."""
_THREAD_PATIENCE_S: Final = 20.0
"""In real time: how long a thread may work before it counts as stuck."""


class _Selector(selectors.DefaultSelector):
    loop: VirtualTimeLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        loop = self.loop
        loop.advance(_STEP_S)
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None:
            return super().select(None)
        ready = super().select(loop.thread_patience_s if loop.has_threads else _QUIET_S)
        if not ready:
            loop.advance(timeout)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Jumps to the next timer when nothing is left to do.

    Attributes:
        thread_patience_s: In real time, for tests in which a thread is stuck on purpose.
    """

    def __init__(self) -> None:
        self.thread_patience_s = _THREAD_PATIENCE_S
        self._now = time.monotonic()
        self._threads = 0
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """Return the moment on the virtual clock."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass at once, as when the program was stopped for so long."""
        self._now += seconds

    @property
    def has_threads(self) -> bool:
        """True if a thread works for the loop: the clock waits for it."""
        return self._threads > 0

    def run_in_executor(
        self,
        executor: Executor | None,
        func: Callable[[*_Arguments], _Result],
        *args: *_Arguments,
    ) -> asyncio.Future[_Result]:
        """Run a function in a thread, and count it."""
        future = super().run_in_executor(executor, func, *args)
        self._threads += 1
        future.add_done_callback(self._ended)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Wait for the threads, without a limit that could be jumped over."""
        del timeout
        self._threads += 1
        await super().shutdown_default_executor()

    def _ended(self, _: asyncio.Future[Any]) -> None:
        self._threads -= 1


def virtual_loop() -> VirtualTimeLoop:
    """Return the running loop of a test under virtual time."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    return loop
