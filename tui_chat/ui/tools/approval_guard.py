"""Keeps a key that was meant for something else from approving a tool call."""

from __future__ import annotations

from enum import Enum, auto
from math import inf
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import N_, _

if TYPE_CHECKING:
    from collections.abc import Callable

DELAY_S: Final = 0.5
"""Seconds after a call was shown, or was reached by a key, in which nothing approves it."""


class Refused(Enum):
    """A reason for which a key was ignored; the values are labels."""

    TOO_EARLY = N_("The call has only just appeared: read it, then press the key again.")
    TYPING = N_(
        "Letters typed here were ignored, in case they were meant for the prompt. An arrow key "
        "leads back to the call, Esc stops everything."
    )

    @property
    def label(self) -> str:
        """The reason for the user."""
        return _(self.value)


class _Way(Enum):
    """The way in which a call got the focus."""

    KEY = auto()
    MOUSE = auto()


class ApprovalGuard:
    """Decides whether a key may approve the call that has the focus.

    Keys come from a user who reads the call, or from one who is typing and did not see it. A key
    counts half a second after the call appeared and after a key led to it. Letters after a click,
    and letters that mean nothing here, are typing; then nothing counts until an arrow key.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._shown_at = clock()
        self._entered_at = -inf
        self._way = _Way.KEY
        self._is_typing = False

    def show(self) -> None:
        """Note that the call was shown, or that something in it changed."""
        self._shown_at = self._clock()

    def enter_by_key(self) -> None:
        """Note that a key led to the call."""
        self._entered_at = self._clock()
        self._way, self._is_typing = _Way.KEY, False

    def enter_by_mouse(self) -> None:
        """Note that the call was clicked."""
        self._entered_at = -inf
        self._way, self._is_typing = _Way.MOUSE, False

    def takes_letter(self, *, is_known: bool) -> bool:
        """Return whether a letter is a key of the call.

        Args:
            is_known: Whether it has a meaning there.
        """
        if not is_known or self._way is _Way.MOUSE:
            self._is_typing = True
        return not self._is_typing

    def note_arrow(self) -> None:
        """Note a key that nobody types into a text by mistake."""
        if self._is_typing or self._way is _Way.MOUSE:
            self.enter_by_key()

    @property
    def refusal(self) -> Refused | None:
        """The reason for which a key does not count now; None if it does."""
        if self._is_typing:
            return Refused.TYPING
        since = max(self._shown_at, self._entered_at)
        return Refused.TOO_EARLY if self._clock() - since < DELAY_S else None
