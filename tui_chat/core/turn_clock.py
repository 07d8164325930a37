"""The clock of a turn: wall-clock times whose differences come from a monotonic clock."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


class TurnClock:
    """Returns wall-clock times; setting the system's clock does not change durations."""

    def __init__(self, began: datetime, clock: Callable[[], float] = time.monotonic) -> None:
        """Start the clock.

        Args:
            began: The current time.
            clock: A monotonic clock in seconds.
        """
        self._began = began
        self._clock = clock
        self._began_s = clock()

    def now(self) -> datetime:
        """Return the current time."""
        return self._began + timedelta(seconds=self._clock() - self._began_s)
