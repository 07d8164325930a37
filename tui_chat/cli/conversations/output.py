"""Where the commands write: results to standard output, words for a person to standard error."""

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

_NARROWEST: Final = 40


class Output:
    """Writes what a command has to say.

    A terminal must not be acted upon; a file or a pipe gets the text as it is.
    """

    def __init__(self, out: TextIO, err: TextIO, mask: KeyRedactor) -> None:
        """Prepare.

        Args:
            out: Where results go.
            err: Where everything else goes.
            mask: Takes the person's keys out of all of it.
        """
        self._out = out
        self._err = err
        self.mask = mask
        self.is_terminal = out.isatty()
        self._has_progress = False

    @property
    def width(self) -> int | None:
        """How many cells a line has; None where lines may have any length."""
        if not self.is_terminal:
            return None
        return max(_NARROWEST, shutil.get_terminal_size().columns)

    def line(self, text: str) -> None:
        """Write a line of a result, or several."""
        self._clear()
        text = self.mask.text(text)
        self._out.write(f"{sanitize(text) if self.is_terminal else text}\n")

    def pieces(self, pieces: Iterable[str], *, is_json: bool = False) -> None:
        """Write a text that comes in pieces, with the keys out of it already.

        Args:
            pieces: One after the other.
            is_json: Whether they are JSON, which stays JSON on a terminal too.
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
        """Write a value as JSON, escaped so that no terminal and no encoding takes offence."""
        text = self.mask.text(json.dumps(value, indent=2))
        self._out.write(f"{json_for(self._out, text)}\n")

    def tell(self, words: str) -> None:
        """Write words for a person."""
        self._clear()
        self._out.flush()
        self._err.write(f"tui-chat: {sanitize(self.mask.text(words))}\n")
        self._err.flush()

    def progress(self, words: str) -> None:
        """Show how far a long work is, in a line that the next words take the place of."""
        if self._err.isatty():
            self._err.write(f"\r{words}\x1b[K")
            self._err.flush()
            self._has_progress = True

    def _clear(self) -> None:
        if self._has_progress:
            self._err.write("\r\x1b[K")
            self._err.flush()
            self._has_progress = False

    def flush(self) -> None:
        """See to it that everything is out, so that a failure to write it is not overlooked."""
        self._out.flush()


def local(moment: datetime) -> str:
    """Return a time as a person here reads it."""
    with suppress(OverflowError, OSError):  # at the very ends of the calendar UTC is near enough
        moment = moment.astimezone()
    return f"{moment:%Y-%m-%d %H:%M}"
