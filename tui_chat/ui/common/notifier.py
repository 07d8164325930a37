"""Notifications: shown in the status line if it is free, else as a toast."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final, Literal

from tui_chat.core.text.sanitize import sanitize

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui_chat.ui.chat.status_line import StatusLine

NOTICE_S: Final = 6.0
"""Duration of a notification in seconds; reading two lines takes half of it."""

Severity = Literal["information", "warning"]


class Notifier:
    """Shows notifications.

    Toasts take rows from the content, so key confirmations go to the status line when it has room
    and nothing more important to show.
    """

    def __init__(self, screen: Screen[None], status: StatusLine) -> None:
        self._screen = screen
        self._status = status
        self._last = ("", 0.0)

    def show_notice(
        self, text: str, severity: Severity = "information", timeout_s: float = NOTICE_S
    ) -> None:
        """Show a text, without markup; a text that is already visible is not repeated."""
        # A covered screen still counts as current, but its status line is hidden.
        is_on_top = self._screen.app.screen is self._screen
        is_quiet = severity == "information" and is_on_top
        if is_quiet and self._status.show_notice(text, timeout_s):
            return
        last, until = self._last
        if text != last or monotonic() >= until:
            self._last = (text, monotonic() + timeout_s)
            self._screen.notify(sanitize(text), severity=severity, timeout=timeout_s, markup=False)
