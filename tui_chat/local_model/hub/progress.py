"""The progress of a download as text: share, size, speed and remaining time."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import _
from tui_chat.core.text.quantities import byte_size

if TYPE_CHECKING:
    from collections.abc import Callable

_WINDOW_S: Final = 8.0
"""The speed is that of the last seconds."""
_SHORTEST_S: Final = 0.5
"""Before this, a speed would be noise."""


class Progress:
    """Follows a download and describes it.

    Attributes:
        total: The size of the whole download in bytes.
        done: The bytes that are there.
    """

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.total = total
        self.done = 0
        self._clock = clock
        self._marks: deque[tuple[float, int]] = deque()

    def update(self, done: int) -> None:
        """Record how many bytes are there."""
        now = self._clock()
        self.done = done
        self._marks.append((now, done))
        while self._marks[0][0] < now - _WINDOW_S:
            self._marks.popleft()

    @property
    def share(self) -> float:
        """The completed share, from 0 to 1."""
        return min(self.done / self.total, 1.0) if self.total else 1.0

    @property
    def bytes_per_s(self) -> float:
        """The present speed; 0 while it is unknown."""
        if len(self._marks) < 2:
            return 0.0
        (began, first), (ended, last) = self._marks[0], self._marks[-1]
        took = ended - began
        return (last - first) / took if took >= _SHORTEST_S else 0.0

    def text(self) -> str:
        """Return the progress in one line: `61 % · 1.2 of 2.0 GB · 12.0 MB/s · 66 s left`."""
        percent = int(self.share * 100)
        parts = [
            _("{percent} %").format(percent=percent),
            _("{done} of {total}").format(done=byte_size(self.done), total=byte_size(self.total)),
        ]
        speed = self.bytes_per_s
        if speed > 0 and self.done < self.total:
            parts.append(_("{speed}/s").format(speed=byte_size(speed)))
            parts.append(_left((self.total - self.done) / speed))
        return " · ".join(parts)


def bar(share: float, width: int) -> str:
    """Return a bar of block characters, without any colour."""
    full = int(share * width)
    return "█" * full + "░" * (width - full)


def _left(seconds: float) -> str:
    if seconds < 100:
        return _("{seconds:.0f} s left").format(seconds=seconds)
    if seconds < 100 * 60:
        return _("{minutes:.0f} min left").format(minutes=seconds / 60)
    return _("{hours:.0f} h left").format(hours=seconds / 3600)
