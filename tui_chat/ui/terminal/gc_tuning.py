"""Collects garbage when nobody waits for anything.

Collections made nearly all pauses over 30 ms while an answer streamed (measured, Textual 8.2), so
the oldest generation is never collected by itself. Painted rows hang together in cycles, though,
and must go some time: shortly after an answer has ended, while there is little to look through.
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
"""How long after an answer the loop is taken to be idle."""

_AT_ONCE_S: Final = 0.001
MOST_NOTED: Final = 40
"""After so much without a rest, twenty answers, it is done when an answer ends: each leaves a
quarter of a megabyte."""


def tune_collection() -> None:
    """Begin to collect, which is off during the start; what is alive now stays for good."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 3, 1_000_000)


def keep_loaded() -> None:
    """Exclude the modules loaded after the start from collections too."""
    if gc.get_freeze_count():
        gc.freeze()


class IdleCollector:
    """Collects a little while after the last answer ended."""

    def __init__(self, host: Widget, is_busy: Callable[[], bool]) -> None:
        """Prepare.

        Args:
            host: Lends its timers.
            is_busy: Whether an answer is running, so that it is not the time.
        """
        self._is_busy = is_busy
        self._rest = Deferred(host)
        self._noted = 0

    def note(self) -> None:
        """Say that something has begun or ended: the rest begins anew."""
        self._noted += 1
        self._rest.start(REST_S if self._noted < MOST_NOTED else _AT_ONCE_S, self._collect)

    def put_off(self) -> None:
        """Say that the person types: it would hold a key up for 30 ms."""
        if self._rest.is_pending and self._noted < MOST_NOTED:
            self._rest.start(REST_S, self._collect)

    def _collect(self) -> None:
        if not self._is_busy():
            self._noted = 0
            # Textual keeps the painted rows of the last thousand widgets in it, alive or not.
            StylesCache.get_inner_outer.cache_clear()
            gc.collect()
