"""The clock of a turn: wall-clock moments, as far apart as a monotonic clock says."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


class TurnClock:
    """Returns the time since a moment. Setting the system's clock does not change durations."""

    def __init__(self, began: datetime, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin.

        Args:
            began: The present moment.
            clock: Seconds since any moment; never set back or forward.
        """
        self._began = began
        self._clock = clock
        self._began_s = clock()

    def now(self) -> datetime:
        """Return the present moment."""
        return self._began + timedelta(seconds=self._clock() - self._began_s)
