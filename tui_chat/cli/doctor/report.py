"""Prints one line per check, with all secrets redacted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TextIO

from tui_chat.core.labels import N_, _
from tui_chat.core.text.cell_width import padded
from tui_chat.session.endpoint_check.check_report import FAILED, OK, SKIPPED, CheckReport

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME_WIDTH: Final = 13
# The names of all checks.
NAMES: Final = (
    *(N_("DNS"), N_("TLS"), N_("answer"), N_("certificates"), N_("clipboard"), N_("config")),
    *(N_("connect"), N_("data"), N_("database"), N_("encoding"), N_("endpoint"), N_("engine")),
    *(N_("folders"), N_("found"), N_("key"), N_("log"), N_("model"), N_("models")),
    *(N_("network"), N_("profile"), N_("proxy"), N_("size"), N_("ssh"), N_("terminal")),
    *(N_("tmux"), N_("tools"), N_("version")),
)
_COLORS: Final = {OK: "32", FAILED: "1;31", SKIPPED: "2"}
# Replacements for outputs that are not UTF-8.
_ASCII: Final = str.maketrans({"—": "-", "·": ",", "…": "...", "“": '"', "”": '"', "×": "x"})
# Advice that applies only inside the chat, and its replacement in a shell.
_CHAT_ADVICE: Final = (
    (re.compile(r"(?:Try|Ask) again(?=[.;])"), "Run this again"),
    (re.compile(r"Ctrl\+L lists the models it offers"), "Choose one that the line “models” lists"),
    (re.compile(r",? \(?\bCtrl\+[A-Z]\)?"), ""),
)


class Report(CheckReport):
    """Prints one line as soon as a check has finished."""

    def __init__(self, out: TextIO, env: Mapping[str, str]) -> None:
        super().__init__()
        self._out = out
        self._has_color = (
            out.isatty() and not env.get("NO_COLOR") and env.get("TERM", "dumb") != "dumb"
        )

    def advice(self, hint: str) -> str:
        """Return the hint of an error without advice that applies only inside the chat."""
        return shell_advice(hint)

    def write_line(self, mark: str, name: str, text: str) -> None:
        """Print a line."""
        line = f"{padded(_(name), _NAME_WIDTH)} {text}"
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


def shell_advice(hint: str) -> str:
    """Return the hint of an error without advice that applies only inside the chat."""
    for pattern, replacement in _CHAT_ADVICE:
        hint = pattern.sub(replacement, hint)
    return hint
