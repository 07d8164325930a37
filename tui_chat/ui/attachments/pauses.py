"""Pauses of a thread that works for long, so that the loop gets the interpreter in between."""

from __future__ import annotations

from time import perf_counter, sleep
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ItemT = TypeVar("ItemT")

_WORK_S: Final = 0.002
_PAUSE_S: Final = 0.001
_ITEMS: Final = 16
"""Items between two looks at the clock."""


def with_pauses(items: Iterable[ItemT]) -> Iterator[ItemT]:
    """Yield items with a pause after every two milliseconds of work.

    A thread that never waits gives the interpreter away only when another one has waited for it for
    five milliseconds, which the loop may have to do several times in one frame.
    """
    began = perf_counter()
    for number, item in enumerate(items):
        yield item
        if number % _ITEMS == 0 and perf_counter() - began > _WORK_S:
            sleep(_PAUSE_S)
            began = perf_counter()
