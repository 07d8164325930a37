"""Terminal driver: reads input in the event loop and survives any byte sequence."""

from __future__ import annotations

import os
import termios
from codecs import getincrementaldecoder
from contextlib import suppress
from io import TextIOWrapper
from queue import Full
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from textual import events
from textual.constants import ESCAPE_DELAY
from textual.drivers.linux_driver import LinuxDriver

from tui_chat.core.text.sanitize import sanitize
from tui_chat.ui.terminal.attention import CallsAttention
from tui_chat.ui.terminal.input.input_events import ERASE_DELETE, InputParser

if TYPE_CHECKING:
    from asyncio import TimerHandle
    from collections.abc import Callable, Iterable

    from textual.message import Message as TextualMessage

_READ_BYTES: Final = 65_536
_LOOK_S: Final = 0.1
"""Interval in seconds at which a blocked write checks that the terminal still exists."""
_FRAME_WRITES: Final = 3
"""Number of pieces in which Textual writes a frame."""


@runtime_checkable
class TakesKeysFirst(Protocol):
    """An app in which some keys overtake queued events."""

    def take_first(self, key: events.Key) -> bool:
        """Handle a key at once if it is one of them; return whether it was consumed."""


class TerminalDriver(LinuxDriver):
    """Reads keys with our own parser in the event loop, and continues after invalid UTF-8.

    Textual reads in a thread, which waits up to 5 ms for the GIL while the loop is busy, four times
    per key. In a flood of deltas that was most of the time between Esc and the end of the answer
    (measured: 35 of 40 ms).
    """

    _parser: InputParser
    _decode: Callable[[bytes], str]
    _tick: TimerHandle | None = None

    def start_application_mode(self) -> None:
        r"""Take over the terminal and write UTF-8, whatever encoding Python's streams have.

        With PYTHONIOENCODING=ascii, or an old locale, Python would write `\u2500` for each line.
        """
        if isinstance(self._file, TextIOWrapper):
            self._file.reconfigure(encoding="utf-8", errors="replace")
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if isinstance(self._app, CallsAttention):
            self.write(self._app.attention.take_title())

    def stop_application_mode(self) -> None:
        """Give the terminal back, with its own title."""
        if isinstance(self._app, CallsAttention):
            self.write(self._app.attention.give_title_back())
        super().stop_application_mode()

    def run_input_thread(self) -> None:
        """Let the loop read until the program ends; the thread itself does nothing."""
        self._loop.call_soon_threadsafe(self._begin_input)
        self.exit_event.wait()

    def disable_input(self) -> None:
        """Stop reading."""
        self._end_input()
        super().disable_input()

    @property
    def is_behind(self) -> bool:
        """True if the terminal is slower than our output, as over a slow link."""
        writer = self._writer_thread
        return writer is not None and writer._queue.qsize() > _FRAME_WRITES

    def write(self, data: str) -> None:
        """Queue data for the writer thread; discard it once the terminal is gone."""
        writer = self._writer_thread
        while writer is not None and writer.is_alive():
            # With a timeout: the thread may end while its queue is full.
            with suppress(Full):
                writer._queue.put(data, timeout=_LOOK_S)
                return

    def close(self) -> None:
        """Stop the writer thread, if it is alive."""
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().close()

    def _sigcont_application(self, *_: object) -> None:
        # A terminal that hangs up sends this signal too; then there is nothing to resume.
        try:
            termios.tcgetattr(self.fileno)
        except termios.error:
            return
        super()._sigcont_application()

    def _begin_input(self) -> None:
        if not self.exit_event.is_set():
            self._parser = InputParser(self._loop.time, ESCAPE_DELAY, self._erase())
            self._decode = getincrementaldecoder("utf-8")("replace").decode
            self._loop.add_reader(self.fileno, self._take_input)

    def _end_input(self) -> None:
        if self._loop.remove_reader(self.fileno):
            self._cancel_tick()
            self._process(self._parser.end())

    def _take_input(self) -> None:
        data = self._read()
        if not data:
            self._end_input()
            return
        self._cancel_tick()
        if text := self._decode(data):
            self._process(self._parser.feed(text))
        self._decide_later()

    def _decide_later(self) -> None:
        # An Esc at the end of a read is resolved when its delay has passed.
        if (due := self._parser.due) is not None:
            self._tick = self._loop.call_at(due, self._decide)

    def _decide(self) -> None:
        self._process(self._parser.tick())
        self._decide_later()

    def _erase(self) -> str:
        """Return the character of the erase key, from the terminal's settings."""
        try:
            erase = termios.tcgetattr(self.fileno)[6][termios.VERASE]
        except (termios.error, OSError):
            return ERASE_DELETE
        return erase.decode("latin-1") if isinstance(erase, bytes) else ERASE_DELETE

    def _cancel_tick(self) -> None:
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError:
            # The terminal is gone; SIGHUP ends the program.
            return b""

    def _process(self, messages: Iterable[TextualMessage]) -> None:
        for message in messages:
            if isinstance(message, events.Paste):
                # Every field displays its pastes: sanitize here. Line ends arrive as CR.
                text = message.text.replace("\r\n", "\n").replace("\r", "\n")
                message.text = sanitize(text)
            if not self._is_taken_first(message):
                self.process_message(message)

    def _is_taken_first(self, message: TextualMessage) -> bool:
        app = self._app
        return (
            isinstance(message, events.Key)
            and isinstance(app, TakesKeysFirst)
            and app.take_first(message)
        )
