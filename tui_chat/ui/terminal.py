"""How keys and pastes come in from the terminal, where Textual's own way loses or mistakes them."""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.constants import ESCAPE_DELAY
from textual.drivers.linux_driver import LinuxDriver
from textual.keys import Keys

from tui_chat.core.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.message import Message as TextualMessage

PASTE_START: Final = "\x1b[200~"
PASTE_END: Final = "\x1b[201~"
_READ_BYTES: Final = 65_536
_LOOK_S: Final = 0.1
"""How often the thread looks whether it should end."""


# Alt+Enter of a legacy terminal, also within tmux. Textual loses the Alt and would send a question
# that is half written; Ctrl+J begins a new line.
cast("dict[str, tuple[Keys, ...]]", ANSI_SEQUENCES_KEYS)["\x1b\r"] = (Keys.ControlJ,)


class PasteGuard:
    """Takes ESC out of what stands between the marks of a bracketed paste.

    Textual ends a paste at the first ESC in it and takes the rest for typed keys, so that a line
    end in a coloured log would send the question.
    """

    def __init__(self) -> None:
        self._is_pasting = False
        self._recent = ""
        self._held = ""

    def feed(self, text: str) -> str:
        """Return text from the terminal with every ESC inside a paste made visible."""
        text, self._held = self._held + text, ""
        out: list[str] = []
        while text:
            text = self._take_paste(text, out) if self._is_pasting else self._take_keys(text, out)
        return "".join(out)

    def _take_keys(self, text: str, out: list[str]) -> str:
        # A mark may be cut by a read. Nothing is held back for it: a lone ESC is a key.
        seen = self._recent + text
        start = seen.find(PASTE_START)
        if start < 0:
            self._recent = seen[-(len(PASTE_START) - 1) :]
            out.append(text)
            return ""
        self._is_pasting, self._recent = True, ""
        end = start + len(PASTE_START) - (len(seen) - len(text))
        out.append(text[:end])
        return text[end:]

    def _take_paste(self, text: str, out: list[str]) -> str:
        end = text.find(PASTE_END)
        if end >= 0:
            self._is_pasting = False
            out += (text[:end].replace("\x1b", "␛"), PASTE_END)
            return text[end + len(PASTE_END) :]
        keep = next(
            (n for n in range(len(PASTE_END) - 1, 0, -1) if text.endswith(PASTE_END[:n])), 0
        )
        cut = len(text) - keep
        self._held = text[cut:]
        out.append(text[:cut].replace("\x1b", "␛"))
        return ""


class GuardedParser(XTermParser):
    """Textual's parser behind the guard."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._guard = PasteGuard()

    def feed(self, data: str) -> Iterable[TextualMessage]:
        """Parse what came; an empty text is the end."""
        return super().feed(self._guard.feed(data) if data else data)


class TerminalDriver(LinuxDriver):
    """Reads keys with the guard, and goes on after bytes that are not UTF-8."""

    def run_input_thread(self) -> None:
        """Read until the program ends or the terminal is gone."""
        parser = GuardedParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            wait_s = _LOOK_S
            while not self.exit_event.is_set():
                ready, wait_s = selector.select(wait_s), _LOOK_S
                if ready:
                    data = self._read()
                    if not data:
                        break
                    text = decode(data)
                    if text:
                        self._process(parser.feed(text))
                    # An Esc at the end of what came is decided as soon as its delay is over.
                    wait_s = ESCAPE_DELAY
                self._process(parser.tick())
        with suppress(EOFError, ParseError):
            self._process(parser.feed(""))

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError:
            # The terminal is gone; the hang-up signal ends the program.
            return b""

    def _process(self, messages: Iterable[TextualMessage]) -> None:
        for message in messages:
            if isinstance(message, events.Paste):
                # Every field that takes a paste draws it; terminals paste line ends as CR.
                text = message.text.replace("\r\n", "\n").replace("\r", "\n")
                message.text = visible(text)
            self.process_message(message)
