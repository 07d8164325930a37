"""Output of the commands: results to standard output, messages to standard error."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TextIO

from tui_chat.cli.json_output import json_for
from tui_chat.core.text.sanitize import SanitizingStream, sanitize

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tui_chat.import_export.export.redact_keys import KeyRedactor

_MIN_WIDTH: Final = 40


class Output:
    """Writes the results and messages of a command, with all keys redacted.

    Text for a terminal is sanitized; a file or a pipe gets it unchanged.
    """

    def __init__(self, out: TextIO, err: TextIO, mask: KeyRedactor) -> None:
        self._out = out
        self._err = err
        self.mask = mask
        self.is_terminal = out.isatty()
        self._has_progress = False

    @property
    def width(self) -> int | None:
        """The width of the terminal in cells; None for a file or a pipe."""
        if not self.is_terminal:
            return None
        return max(_MIN_WIDTH, shutil.get_terminal_size().columns)

    def line(self, text: str) -> None:
        """Write one or more lines of a result."""
        self._clear()
        text = self.mask.text(text)
        self._out.write(f"{sanitize(text) if self.is_terminal else text}\n")

    def pieces(self, pieces: Iterable[str], *, is_json: bool = False) -> None:
        """Write a result in pieces, whose keys are redacted already.

        Args:
            pieces: In order.
            is_json: Whether the pieces are JSON, which is escaped instead of sanitized.
        """
        if is_json:
            self._out.writelines(json_for(self._out, piece) for piece in pieces)
            return
        if not self.is_terminal:
            self._out.writelines(pieces)
            return
        stream = SanitizingStream()
        self._out.writelines(map(stream.feed, pieces))
        self._out.write(stream.finish())

    def json(self, value: Any) -> None:
        """Write a value as JSON, escaped for the terminal and the encoding."""
        text = self.mask.text(json.dumps(value, indent=2))
        self._out.write(f"{json_for(self._out, text)}\n")

    def report(self, text: str) -> None:
        """Write a message for the user."""
        self._clear()
        self._out.flush()
        self._err.write(f"tui-chat: {sanitize(self.mask.text(text))}\n")
        self._err.flush()

    def progress(self, text: str) -> None:
        """Show the progress of a long operation in a line that the next output replaces."""
        if self._err.isatty():
            self._err.write(f"\r{text}\x1b[K")
            self._err.flush()
            self._has_progress = True

    def _clear(self) -> None:
        if self._has_progress:
            self._err.write("\r\x1b[K")
            self._err.flush()
            self._has_progress = False

    def flush(self) -> None:
        """Flush the results, so that a failed write is reported."""
        self._out.flush()


def local_time(time: datetime) -> str:
    """Return a time in the local time zone."""
    with suppress(OverflowError, OSError):  # the first and last days of the calendar stay in UTC
        time = time.astimezone()
    return f"{time:%Y-%m-%d %H:%M}"
