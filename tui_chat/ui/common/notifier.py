"""Where a person is told something in passing: the status line, or a toast over the screen."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final, Literal

from tui_chat.core.text.sanitize import sanitize

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui_chat.ui.chat.status_line import StatusLine

TOLD_S: Final = 6.0
"""How long something is told: two lines are read in half of it."""

Severity = Literal["information", "warning"]


class Notifier:
    """Tells quietly what can be told quietly.

    A toast lies over what it speaks of. So what only confirms a key stands in the status line, as
    long as that has room for it and nothing of its own to say.
    """

    def __init__(self, screen: Screen[None], status: StatusLine) -> None:
        """Prepare.

        Args:
            screen: Shows toasts.
            status: Shows the rest, while its screen is the one on top.
        """
        self._screen = screen
        self._status = status
        self._said = ("", 0.0)

    def say(
        self, words: str, severity: Severity = "information", timeout_s: float = TOLD_S
    ) -> None:
        """Tell something, once while it is seen; the words are never markup."""
        # A screen behind another counts as current, and its status line is not seen.
        is_on_top = self._screen.app.screen is self._screen
        is_quiet = severity == "information" and is_on_top
        if is_quiet and self._status.tell_in_passing(words, timeout_s):
            return
        said, until = self._said
        if words != said or monotonic() >= until:
            self._said = (words, monotonic() + timeout_s)
            self._screen.notify(sanitize(words), severity=severity, timeout=timeout_s, markup=False)
