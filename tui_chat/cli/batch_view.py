"""Progress of ``tui-chat ask --input`` on standard error."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, TextIO

from tui_chat.cli.ask_object import describe_event
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize

if TYPE_CHECKING:
    from tui_chat.core.conversation import Message
    from tui_chat.core.errors import StorageError
    from tui_chat.core.stream_events import StreamEvent

_BAR_WIDTH: Final = 24


class BatchView:
    """Shows a progress bar on standard error if that is a terminal."""

    def __init__(self, err: TextIO, total: int) -> None:
        self._err = err
        self._total = total
        self._started_at = time.monotonic()
        self._is_shown = err.isatty()

    async def turn_started(self, question: Message | None, reply: Message) -> None:
        """Show nothing of a single answer."""

    def turn_event(self, event: StreamEvent) -> None:
        """Report retries and format fallbacks."""
        if text := describe_event(event):
            self.report(text)

    async def turn_finished(self, reply: Message) -> None:
        """Show nothing of a single answer."""

    def not_saved(self, error: StorageError) -> None:
        """Do nothing: the answers of rows go to the output file."""

    def show(self, done: int, failed: int) -> None:
        """Draw the bar."""
        if not self._is_shown:
            return
        full = _BAR_WIDTH * done // self._total
        elapsed = time.monotonic() - self._started_at
        parts = [f"[{'#' * full}{'-' * (_BAR_WIDTH - full)}] {done}/{self._total}"]
        if failed:
            parts.append(_("{count} without an object").format(count=failed))
        parts.append(f"{elapsed:.0f} s")
        self._err.write(f"\r\x1b[K{' · '.join(parts)}")
        self._err.flush()

    def clear(self) -> None:
        """Erase the bar."""
        if self._is_shown:
            self._err.write("\r\x1b[K")

    def report(self, text: str) -> None:
        """Write a message for the user."""
        self.clear()
        self._err.write(f"tui-chat: {sanitize(text)}\n")
        self._err.flush()
