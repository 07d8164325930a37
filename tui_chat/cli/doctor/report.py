"""What is told: one line for each check, plain text, without a secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TextIO

from tui_chat.core.errors import ProviderError
from tui_chat.core.text.redact import Redactor
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tui_chat.core.errors import TuiChatError
    from tui_chat.core.profile import Secret

OK: Final = "ok"
WRONG: Final = "!!"
SKIPPED: Final = "--"

_NAME_WIDTH: Final = 13
_LINE_LIMIT: Final = 1000
_COLOURS: Final = {OK: "32", WRONG: "1;31", SKIPPED: "2"}
# For terminals and files that are not UTF-8.
_PLAIN: Final = str.maketrans({"—": "-", "·": ",", "…": "...", "“": '"', "”": '"', "×": "x"})
# The words of an error speak to a person inside the chat.
_CHAT_WORDS: Final = (
    (re.compile(r"(?:Try|Ask) again(?=[.;])"), "Run this again"),
    (re.compile(r"Ctrl\+L lists the models it offers"), "Choose one that the line “models” names"),
    (re.compile(r",? \(?\bCtrl\+[A-Z]\)?"), ""),
)


class Report:
    """Writes a line as soon as a check has ended.

    Attributes:
        mask: Takes the secrets that are known so far out of a text.
    """

    def __init__(self, out: TextIO, env: Mapping[str, str]) -> None:
        """Prepare.

        Args:
            out: Where the lines go.
            env: Says whether colours are wanted.
        """
        self.mask = Redactor()
        self._secrets: list[Secret] = []
        self._out = out
        self._has_colour = (
            out.isatty() and not env.get("NO_COLOR") and env.get("TERM", "dumb") != "dumb"
        )
        self._wrong = 0

    @property
    def is_all_right(self) -> bool:
        """Whether no line so far says that something is wrong."""
        return not self._wrong

    def hide(self, secrets: Iterable[Secret]) -> None:
        """Mask further secrets from now on."""
        self._secrets.extend(secrets)
        self.mask = Redactor(self._secrets)

    def ok(self, name: str, what: str) -> None:
        """Tell that something is as it should be."""
        self._write(OK, name, what)

    def wrong(self, name: str, what: str, todo: str = "") -> None:
        """Tell what is wrong and what to do about it."""
        self._wrong += 1
        what = what.rstrip(".")
        self._write(WRONG, name, f"{what} — {todo}" if todo else what)

    def skipped(self, name: str, reason: str) -> None:
        """Tell why something was not looked at."""
        self._write(SKIPPED, name, reason)

    def failed(self, name: str, error: TuiChatError) -> None:
        """Tell an expected failure in its own words, the endpoint's among them."""
        what = error.summary
        if isinstance(error, ProviderError) and error.server_message:
            what = f"{what} It said: “{error.server_message}”"
        self.wrong(name, what, in_a_shell(error.hint))

    def _write(self, mark: str, name: str, words: str) -> None:
        # Masked first: a secret that was cut can no longer be recognised.
        line = f"{name:<{_NAME_WIDTH}} {sanitize_line(self.mask(words), _LINE_LIMIT)}"
        shown = f"\x1b[{_COLOURS[mark]}m{mark}\x1b[0m" if self._has_colour else mark
        self._out.write(f"{shown}   {self._sendable(line)}\n")
        self._out.flush()

    def _sendable(self, line: str) -> str:
        encoding = getattr(self._out, "encoding", None) or "utf-8"
        try:
            line.encode(encoding)
        except (UnicodeError, LookupError):
            return line.translate(_PLAIN).encode("ascii", "replace").decode()
        return line


def in_a_shell(todo: str) -> str:
    """Return advice for somebody who is not inside the chat and has no keys to press."""
    for pattern, words in _CHAT_WORDS:
        todo = pattern.sub(words, todo)
    return todo
