"""Queues the deltas of a message and adds them to its document, frame by frame."""

from __future__ import annotations

import os
from collections import deque
from time import perf_counter
from typing import TYPE_CHECKING, Final

from tui_chat.ui.terminal.painting.frame_rate import frame_s, is_behind

if TYPE_CHECKING:
    from textual.timer import Timer

    from tui_chat.ui.messages.message_markdown import MessageMarkdown

BUDGET_S: Final = 0.008
"""Time that one frame may spend on new text, so that a burst of deltas never delays a key."""
_SLICE: Final = 1024
"""Characters parsed between two checks of the time."""


class DeltaQueue:
    """Feeds the document of a widget within a time budget per frame.

    The clock runs only while text is queued.
    """

    def __init__(self, widget: MessageMarkdown) -> None:
        self._widget = widget
        self._texts: deque[str] = deque()
        self._clock: Timer | None = None
        self._is_ending = False
        """True while `finish` was called, but text is still queued."""

    @property
    def text(self) -> str:
        """The queued text."""
        return "".join(self._texts)

    @property
    def is_idle(self) -> bool:
        """True while the clock is stopped."""
        return self._clock is None

    def append(self, text: str) -> None:
        """Queue text for the next frame; the first text after a pause is added at once."""
        if text:
            self._texts.append(text)
            self._is_ending = False
            if self._clock is None and self._widget.is_running:
                self._start()
                self._on_frame()

    def finish(self) -> None:
        """Complete the document once all queued text is in it.

        After a burst this takes a few more frames, so that the next question does not wait for it.
        """
        self._is_ending = True
        if self._clock is None and self._widget.is_running:
            self._start()
        self._on_frame()

    def start(self) -> None:
        """Add the text that was queued before the widget was mounted."""
        queued = self.text
        self._texts.clear()
        self.append(queued)

    def clear(self) -> None:
        """Drop all queued text."""
        self.stop()
        self._texts.clear()
        self._is_ending = False

    def stop(self) -> None:
        """Stop the clock."""
        if self._clock is not None:
            self._clock.stop()
            self._clock = None

    def _start(self) -> None:
        self._clock = self._widget.set_interval(frame_s(os.environ), self._on_frame)

    def _on_frame(self) -> None:
        """Parse queued text within the time budget; stop the clock when none is left."""
        widget = self._widget
        if not self._texts and not self._is_ending:
            self.stop()
            return
        if widget.is_running and is_behind(widget.app):
            return
        until = perf_counter() + BUDGET_S
        while self._texts:
            text = self._texts.popleft()
            if len(text) > _SLICE:
                self._texts.appendleft(text[_SLICE:])
            widget.document.append(text[:_SLICE])
            if perf_counter() >= until:
                break
        if self._is_ending and not (self._texts and widget.is_running):
            self._end()
        widget.show_changes()

    def _end(self) -> None:
        self._is_ending = False
        self.stop()
        while self._texts:
            self._widget.document.append(self._texts.popleft())
        self._widget.document.finish()
