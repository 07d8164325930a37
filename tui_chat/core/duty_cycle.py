"""Work that is done again and again, and takes a part of the time at most."""

from __future__ import annotations

from time import perf_counter
from typing import Final, Self

_REST: Final = 8
"""After work that took t, more of it is not due before 8 t."""


class DutyCycle:
    """A ninth of the time for what costs more each time, as an answer grows.

    So all of it costs in proportion to the answer, and not to its square. The work is done within
    a `with` block.
    """

    def __init__(self) -> None:
        self._began = 0.0
        self._rests_until = 0.0

    @property
    def wait_s(self) -> float:
        """In how many seconds it is due; 0 when it is."""
        return max(0.0, self._rests_until - perf_counter())

    @property
    def is_due(self) -> bool:
        """Whether it may be done."""
        return perf_counter() >= self._rests_until

    def __enter__(self) -> Self:
        self._began = perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        now = perf_counter()
        self._rests_until = now + _REST * (now - self._began)
