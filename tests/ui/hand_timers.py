"""Timers that elapse, and widgets that go on, when a test says so."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest
    from textual.message_pump import MessagePump
    from textual.timer import Timer


class HandTimers:
    """The timers that a widget starts from now on; they elapse by `elapse` only.

    Elapsing does what Textual's timer does: it queues the callback. So a test can stop a timer
    whose callback is on its way.
    """

    def __init__(self, host: MessagePump, monkeypatch: pytest.MonkeyPatch) -> None:
        self._host = host
        self._start = host.set_timer
        self._waiting: list[tuple[Timer, Callable[[], Any]]] = []
        self.delays: list[float] = []
        monkeypatch.setattr(host, "set_timer", self._set_timer)

    def _set_timer(self, delay: float, callback: Callable[[], Any]) -> Timer:
        timer = self._start(delay, pause=True)
        self._waiting.append((timer, callback))
        self.delays.append(delay)
        return timer

    def elapse(self) -> int:
        """Let all timers elapse that were not stopped; return their number."""
        waiting, self._waiting = self._waiting, []
        running = [callback for timer, callback in waiting if timer._task is not None]
        for callback in running:
            self._host.call_next(callback)
        return len(running)


@contextmanager
def held(host: MessagePump) -> Iterator[None]:
    """Keep a widget from handling its messages until the block ends."""
    may_go_on = asyncio.Event()
    host.call_later(may_go_on.wait)
    try:
        yield
    finally:
        may_go_on.set()
