"""Limits the share of time that repeated work takes."""

from __future__ import annotations

from time import perf_counter
from typing import Final, Self

_FACTOR: Final = 8
"""Work that took t seconds is due again after 8 t."""


class DutyCycle:
    """Duty-cycle limiter: after work that took t seconds, waits 8 t.

    Repeated O(n) work on a growing reply stays O(n) overall. The work runs in a `with` block.
    """

    def __init__(self) -> None:
        self._began = 0.0
        self._waits_until = 0.0

    @property
    def wait_s(self) -> float:
        """Seconds until the work is due; 0 if it is due."""
        return max(0.0, self._waits_until - perf_counter())

    @property
    def is_due(self) -> bool:
        """True if the work is due."""
        return perf_counter() >= self._waits_until

    def __enter__(self) -> Self:
        self._began = perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        now = perf_counter()
        self._waits_until = now + _FACTOR * (now - self._began)
