"""Reads numbers typed with digit keys. A digit may be a whole number or its beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.timer import Timer
    from textual.widget import Widget

NEXT_DIGIT_S: Final = 0.8
"""Seconds to wait for another digit."""

ItemT = TypeVar("ItemT")


class NumberKeys(Generic[ItemT]):
    """Collects digits until no longer number is possible or none follows in time."""

    def __init__(self, widget: Widget, on_number: Callable[[int, Sequence[ItemT]], object]) -> None:
        """Create a reader.

        Args:
            widget: Runs the timer.
            on_number: Called with the number, counted from 1, and the items it counts.
        """
        self._widget = widget
        self._on_number = on_number
        self._number = 0
        self._items: Sequence[ItemT] = ()
        self._timer: Timer | None = None

    def press(self, digit: int, items: Sequence[ItemT]) -> None:
        """Add a digit.

        Args:
            digit: 0 to 9.
            items: The items that the number counts. Those of the first digit apply.
        """
        if not self._number:
            self._items = items
        self._stop()
        self._number = self._number * 10 + digit
        if self._number and self._number * 10 <= len(self._items):
            self._timer = self._widget.set_timer(NEXT_DIGIT_S, self._end)
        else:
            self._end()

    def _end(self) -> None:
        self._stop()
        number, self._number = self._number, 0
        items, self._items = self._items, ()
        self._on_number(number, items)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
