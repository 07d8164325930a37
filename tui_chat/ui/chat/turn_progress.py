"""What the status line says of a turn: always the one thing that is true now.

Pure: moments come from outside, in seconds of a monotonic clock.
"""

from __future__ import annotations

import math
from typing import Final

from tui_chat.core.stream_events import (
    Finished,
    FormatDowngraded,
    Phase,
    ReasoningDelta,
    Retrying,
    StreamEvent,
    TextDelta,
    Waiting,
)
from tui_chat.core.text.sanitize import sanitize_line

SILENCE_S: Final = 3.0
"""After how many seconds without content an answer is called silent."""

_SERVER_CHARACTERS: Final = 120
"""The most of an endpoint's words that is shown beside a countdown."""
_CHARACTERS_PER_TOKEN: Final = 4
"""Of English text; used only until the endpoint tells its own count."""


class TurnProgress:
    """Folds stream events into words for the status line."""

    def __init__(self, at: float) -> None:
        """Begin a turn at a moment."""
        self._began_at = at
        self._phase = Phase.CONNECTING
        self._phase_at = at
        self._retry: Retrying | None = None
        self._retry_until = 0.0
        self._first_at: float | None = None
        self._last_at = at
        self._deltas = 0
        self._characters = 0
        self._is_reasoning = False
        self._stepped = ""
        self._told_tokens: int | None = None

    @property
    def is_pausing(self) -> bool:
        """Whether it waits to try again."""
        return self._retry is not None

    @property
    def stepped(self) -> str:
        """That the endpoint refused a form of answer and took a weaker one; mostly empty."""
        return self._stepped

    @property
    def has_content(self) -> bool:
        """Whether anything of the answer or its reasoning has come."""
        return self._first_at is not None

    @property
    def tokens(self) -> int:
        """How many tokens have come: the endpoint's count, else an estimate.

        A delta is mostly one token, but some endpoints send several in one.
        """
        if self._told_tokens is not None:
            return self._told_tokens
        return max(self._deltas, self._characters // _CHARACTERS_PER_TOKEN)

    def apply(self, event: StreamEvent, at: float) -> None:
        """Fold in one event that came at a moment."""
        match event:
            case Waiting(phase):
                if phase is not self._phase or self._retry is not None:
                    self._phase_at = at
                self._phase = phase
                self._retry = None
            case FormatDowngraded():
                self._stepped = event.message
            case Retrying():
                self._retry = event
                self._retry_until = at + event.delay_s
            case TextDelta(text) | ReasoningDelta(text):
                self._retry = None
                if self._first_at is None:
                    self._first_at = at
                self._last_at = at
                self._deltas += 1
                self._characters += len(text)
                self._is_reasoning = isinstance(event, ReasoningDelta)
            case Finished(usage=usage):
                if usage is not None and usage.output_tokens is not None:
                    self._told_tokens = usage.output_tokens

    def words(self, at: float) -> str:
        """Return what is true at a moment."""
        if self._retry is not None:
            left = max(0, math.ceil(self._retry_until - at))
            tries = f"{self._retry.attempt}/{self._retry.attempts}"
            words = f"{self._retry.reason}, retry {tries} in {left} s (Enter now, Esc stop)"
            # At the end, where a narrow line is cut.
            said = sanitize_line(self._retry.server_message, _SERVER_CHARACTERS)
            return f"{words} · “{said}”" if said else words
        if self._first_at is None:
            seconds = int(at - self._phase_at)
            words = f"{self._phase.value} {seconds} s" if seconds else self._phase.value
            return f"{self._stepped} · {words}" if self._stepped else words
        silence = at - self._last_at
        if silence >= SILENCE_S:
            return f"silent for {int(silence)} s"
        seconds = int(at - self._began_at)
        return f"thinking {seconds} s" if self._is_reasoning else f"answering {seconds} s"

    def speed(self, at: float) -> str:
        """Return the speed in tokens per second, empty while it cannot be told."""
        if self._first_at is None:
            return ""
        seconds = (self._last_at if self._told_tokens is not None else at) - self._first_at
        if self._deltas < 2 or seconds < 0.2:
            return ""
        return f"{self.tokens / seconds:.0f} tok/s"
