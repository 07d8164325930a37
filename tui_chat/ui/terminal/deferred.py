"""A callback that runs once after a delay, and never after it was cancelled."""

from __future__ import annotations

from inspect import isawaitable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.message_pump import MessagePump
    from textual.timer import Timer


class Deferred:
    """Runs the callback that was started last, unless it is cancelled before.

    `Timer.stop` is not enough for this (Textual 8.2): a timer that has elapsed puts its callback
    into the queue of its widget, and the queue still runs the callback after the stop. Use a
    `Deferred` for everything that is shown "unless the result comes first", and for every delay
    that a later event replaces.
    """

    def __init__(self, host: MessagePump) -> None:
        """Bind to a host.

        Args:
            host: Runs the callback; a widget, a screen or the app.
        """
        self._host = host
        self._timer: Timer | None = None

    @property
    def is_pending(self) -> bool:
        """True if a callback is going to run."""
        return self._timer is not None

    def start(self, delay_s: float, callback: Callable[[], Awaitable[None] | None]) -> None:
        """Run a callback after a delay, in place of the one that is pending."""
        self.cancel()

        async def run() -> None:
            if self._timer is timer:
                self._timer = None
                result = callback()
                if isawaitable(result):
                    await result

        timer = self._timer = self._host.set_timer(delay_s, run)

    def cancel(self) -> None:
        """Make sure that the pending callback does not run."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
