"""Garbage collection tuned for latency: full collections run only when idle.

Collections caused nearly all pauses over 30 ms while an answer streamed (measured, Textual 8.2), so
the oldest generation is never collected automatically. Painted rows form reference cycles, which
are collected shortly after an answer ends.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Final

from textual._styles_cache import StylesCache

from tui_chat.ui.terminal.deferred import Deferred

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.widget import Widget

REST_S: Final = 2.0
"""Delay in seconds after an answer until the loop counts as idle."""

_AT_ONCE_S: Final = 0.001
MOST_NOTED: Final = 40
"""Collect at the end of an answer after this many without an idle period: each leaves a quarter of
a megabyte."""


def tune_collection() -> None:
    """Enable collection after start-up and freeze the objects that are alive now.

    Without a collection before: it would delay the first question by 30 ms (measured), and three
    in a hundred of the objects are garbage.
    """
    gc.enable()
    gc.freeze()
    gc.set_threshold(5_000, 3, 1_000_000)


def keep_loaded() -> None:
    """Exclude the modules loaded after the start from collections too."""
    if gc.get_freeze_count():
        gc.freeze()


class IdleCollector:
    """Runs a full collection a little after the last answer ended."""

    def __init__(self, host: Widget, is_busy: Callable[[], bool]) -> None:
        """Bind to a host.

        Args:
            host: Owns the timers.
            is_busy: Returns whether an answer is running.
        """
        self._is_busy = is_busy
        self._rest = Deferred(host)
        self._noted = 0

    def note(self) -> None:
        """Restart the idle delay: something began or ended."""
        self._noted += 1
        self._rest.start(REST_S if self._noted < MOST_NOTED else _AT_ONCE_S, self._collect)

    def put_off(self) -> None:
        """Postpone the collection while the user types: it would delay a key by 30 ms."""
        if self._rest.is_pending and self._noted < MOST_NOTED:
            self._rest.start(REST_S, self._collect)

    def _collect(self) -> None:
        if not self._is_busy():
            self._noted = 0
            # Textual's cache keeps the painted rows of the last thousand widgets, alive or not.
            StylesCache.get_inner_outer.cache_clear()
            gc.collect()
