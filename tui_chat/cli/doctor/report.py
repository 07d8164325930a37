"""Prints one line per check, with all secrets redacted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TextIO

from tui_chat.core.errors import ProviderError
from tui_chat.core.labels import _
from tui_chat.core.text.redact import Redactor
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tui_chat.core.errors import TuiChatError
    from tui_chat.core.profile import Secret

OK: Final = "ok"
FAILED: Final = "!!"
SKIPPED: Final = "--"

_NAME_WIDTH: Final = 13
_LINE_LIMIT: Final = 1000
_COLORS: Final = {OK: "32", FAILED: "1;31", SKIPPED: "2"}
# Replacements for outputs that are not UTF-8.
_ASCII: Final = str.maketrans({"—": "-", "·": ",", "…": "...", "“": '"', "”": '"', "×": "x"})
# Advice that applies only inside the chat, and its replacement in a shell.
_CHAT_ADVICE: Final = (
    (re.compile(r"(?:Try|Ask) again(?=[.;])"), "Run this again"),
    (re.compile(r"Ctrl\+L lists the models it offers"), "Choose one that the line “models” lists"),
    (re.compile(r",? \(?\bCtrl\+[A-Z]\)?"), ""),
)


class Report:
    """Writes one line as soon as a check has finished.

    Attributes:
        mask: Redacts all secrets known so far.
    """

    def __init__(self, out: TextIO, env: Mapping[str, str]) -> None:
        self.mask = Redactor()
        self._secrets: list[Secret] = []
        self._out = out
        self._has_color = (
            out.isatty() and not env.get("NO_COLOR") and env.get("TERM", "dumb") != "dumb"
        )
        self._failures = 0

    @property
    def is_passed(self) -> bool:
        """True if no check has failed so far."""
        return not self._failures

    def hide(self, secrets: Iterable[Secret]) -> None:
        """Redact these secrets from now on."""
        self._secrets.extend(secrets)
        self.mask = Redactor(self._secrets)

    def ok(self, name: str, text: str, **values: object) -> None:
        """Report a passed check; `values` fill the placeholders of the text."""
        self._write(OK, name, _filled(text, values))

    def failed(self, name: str, summary: str, hint: str = "", **values: object) -> None:
        """Report a failed check and how to fix it; `values` fill the placeholders of both."""
        self._failures += 1
        summary, hint = _filled(summary, values).rstrip("."), _filled(hint, values)
        self._write(FAILED, name, f"{summary} — {hint}" if hint else summary)

    def skipped(self, name: str, reason: str, **values: object) -> None:
        """Report a check that does not apply."""
        self._write(SKIPPED, name, _filled(reason, values))

    def skip(self, names: Iterable[str], reason: str) -> None:
        """Report checks that were skipped."""
        for name in names:
            self.skipped(name, _("skipped: {reason}").format(reason=reason))

    def error(self, name: str, error: TuiChatError) -> None:
        """Report an expected failure with its server message."""
        summary = error.summary
        if isinstance(error, ProviderError) and error.server_message:
            summary = _("{summary} Server message: “{message}”").format(
                summary=summary, message=error.server_message
            )
        self.failed(name, summary, shell_advice(error.hint))

    def _write(self, mark: str, name: str, text: str) -> None:
        # Redacted before truncation: a partial secret would not be recognized.
        line = f"{name:<{_NAME_WIDTH}} {sanitize_line(self.mask(text), _LINE_LIMIT)}"
        shown = f"\x1b[{_COLORS[mark]}m{mark}\x1b[0m" if self._has_color else mark
        self._out.write(f"{shown}   {self._encodable(line)}\n")
        self._out.flush()

    def _encodable(self, line: str) -> str:
        encoding = getattr(self._out, "encoding", None) or "utf-8"
        try:
            line.encode(encoding)
        except (UnicodeError, LookupError):
            return line.translate(_ASCII).encode("ascii", "replace").decode()
        return line


def _filled(text: str, values: Mapping[str, object]) -> str:
    # A text without values may contain braces, for example in a path.
    return text.format(**values) if values else text


def shell_advice(hint: str) -> str:
    """Return the hint of an error without advice that applies only inside the chat."""
    for pattern, replacement in _CHAT_ADVICE:
        hint = pattern.sub(replacement, hint)
    return hint
