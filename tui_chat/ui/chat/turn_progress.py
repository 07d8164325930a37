"""The progress of a turn as the status line shows it.

Pure: times come from outside, in seconds of a monotonic clock.
"""

from __future__ import annotations

import math
from typing import Final

from tui_chat.core.labels import _
from tui_chat.core.stream_events import (
    Finished,
    FormatDowngraded,
    Phase,
    ReasoningDelta,
    RequestAdjusted,
    Retrying,
    StreamEvent,
    TextDelta,
    Waiting,
)
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.core.tools.events import RoundStarted
from tui_chat.ui.chat.tools.tool_progress import ToolProgress

SILENCE_S: Final = 3.0
"""Seconds without content after which an answer is shown as silent."""

_SERVER_CHARACTERS: Final = 120
"""The longest part of a server message that is shown beside a countdown."""
_CHARACTERS_PER_TOKEN: Final = 4
"""Of English text; used until the endpoint reports its own count."""


class TurnProgress:
    """Folds stream events into a text for the status line."""

    def __init__(self, at: float) -> None:
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
        self._downgrade = ""
        self._reported_tokens: int | None = None
        self._earlier_tokens = 0
        """Those of earlier requests of the turn, whose tool calls are answered."""
        self.tools = ToolProgress()

    @property
    def is_pausing(self) -> bool:
        """True if the turn waits before a retry."""
        return self._retry is not None

    @property
    def downgrade(self) -> str:
        """The weaker response format, if the endpoint rejected the wanted one; usually empty."""
        return self._downgrade

    @property
    def has_content(self) -> bool:
        """True if any text of the answer or of its reasoning was received."""
        return self._first_at is not None

    @property
    def tokens(self) -> int:
        """The number of received tokens: the endpoint's count, else an estimate.

        A delta is usually one token, but some endpoints send several in one.
        """
        return self._earlier_tokens + self._request_tokens

    @property
    def _request_tokens(self) -> int:
        if self._reported_tokens is not None:
            return self._reported_tokens
        return max(self._deltas, self._characters // _CHARACTERS_PER_TOKEN)

    def apply(self, event: StreamEvent, at: float) -> None:
        """Fold in an event that was received at a time."""
        self.tools.apply(event, at)
        match event:
            case Waiting(phase):
                if phase is not self._phase or self._retry is not None:
                    self._phase_at = at
                self._phase = phase
                self._retry = None
            case FormatDowngraded() | RequestAdjusted():
                self._downgrade = event.message
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
                    self._reported_tokens = usage.output_tokens
            case RoundStarted():
                self._begin_request(at)

    def _begin_request(self, at: float) -> None:
        """Begin to wait and to count again: the model answers the results of its calls."""
        self._earlier_tokens = self.tokens
        self._first_at = None
        self._phase_at = self._last_at = at
        self._deltas = self._characters = 0
        self._reported_tokens = None

    def text(self, at: float, key: str = "") -> str:
        """Return the state of the turn at a time.

        Args:
            at: The time.
            key: The name of the key that leads to a tool call.
        """
        if self._retry is not None:
            return self._countdown(self._retry, at)
        if tools := self.tools.text(at, key):
            return tools
        if self._first_at is None:
            seconds = int(at - self._phase_at)
            phase = _(self._phase.value)
            if seconds:
                phase = _("{phase} {seconds} s").format(phase=phase, seconds=seconds)
            return f"{self._downgrade} · {phase}" if self._downgrade else phase
        silence = at - self._last_at
        if silence >= SILENCE_S:
            return _("silent for {seconds} s").format(seconds=int(silence))
        seconds = int(at - self._began_at)
        state = _("thinking {seconds} s") if self._is_reasoning else _("answering {seconds} s")
        return state.format(seconds=seconds)

    def _countdown(self, retry: Retrying, at: float) -> str:
        text = _(
            "{reason}, retry {attempt}/{attempts} in {seconds} s (Enter now, Esc stop)"
        ).format(
            reason=retry.reason,
            attempt=retry.attempt,
            attempts=retry.attempts,
            seconds=max(0, math.ceil(self._retry_until - at)),
        )
        # At the end, where a narrow line is truncated.
        message = sanitize_line(retry.server_message, _SERVER_CHARACTERS)
        return f"{text} · “{message}”" if message else text

    def speed(self, at: float) -> str:
        """Return the speed in tokens per second; empty while it cannot be measured."""
        if self._first_at is None or self.tools.text(at, ""):
            return ""
        seconds = (self._last_at if self._reported_tokens is not None else at) - self._first_at
        if self._deltas < 2 or seconds < 0.2:
            return ""
        return _("{speed:.0f} tok/s").format(speed=self._request_tokens / seconds)
