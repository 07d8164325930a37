"""Collects the results of checks, with all secrets redacted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

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

_LINE_LIMIT: Final = 1000


class CheckReport(ABC):
    """Receives one line as soon as a check has finished.

    Attributes:
        mask: Redacts all secrets known so far.
    """

    def __init__(self) -> None:
        self.mask = Redactor()
        self._secrets: list[Secret] = []
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
        summary, hint = _filled(summary, values).rstrip(".。"), _filled(hint, values)
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
        self.failed(name, summary, self.advice(error.hint))

    def advice(self, hint: str) -> str:
        """Return the hint of an error as it applies where the report is shown."""
        return hint

    def _write(self, mark: str, name: str, text: str) -> None:
        # Redacted before truncation: a partial secret would not be recognized.
        self.write_line(mark, name, sanitize_line(self.mask(text), _LINE_LIMIT))

    @abstractmethod
    def write_line(self, mark: str, name: str, text: str) -> None:
        """Show a line.

        Args:
            mark: OK, FAILED or SKIPPED.
            name: The name of the check.
            text: The result, redacted and in one line.
        """


def _filled(text: str, values: Mapping[str, object]) -> str:
    # A text without values may contain braces, for example in a path.
    return text.format(**values) if values else text
