"""The line that shows the progress of a download in the terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from tui_chat.core.text.cell_width import truncated
from tui_chat.local_model.hub.progress import Progress, bar

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_chat.cli.conversations.output import Output

_INTERVAL_S: Final = 0.1
_BAR_CELLS: Final = 24


class ProgressLine:
    """Shows a download in one line of standard error; nothing if that is no terminal."""

    def __init__(
        self, output: Output, total: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._output = output
        self._progress = Progress(total, clock)
        self._clock = clock
        self._shown_at = float("-inf")

    def update(self, done: int) -> None:
        """Record the bytes that are there, and show them ten times a second at most."""
        self._progress.update(done)
        now = self._clock()
        if now - self._shown_at < _INTERVAL_S and done < self._progress.total:
            return
        self._shown_at = now
        width = self._output.width or 80
        text = f"{bar(self._progress.share, _BAR_CELLS)} {self._progress.text()}"
        self._output.progress(truncated(text, width - 1))
