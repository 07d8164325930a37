"""The three clocks of an answer. They count content: a comment or an empty delta feeds none."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import CutOff, NoAnswer, ProviderError

if TYPE_CHECKING:
    from types import TracebackType

    from tui_chat.core.profile import Profile

USAGE_GRACE_S: Final = 2.0
"""How long the usage may take after a finish_reason, on a connection that stays open."""
_LATE_S: Final = 0.5
"""When the alarm rings that much too late, the program itself was stopped (Ctrl+Z, a sleeping
machine): what the endpoint sent meanwhile waits to be read."""


class _Limit:
    """Ends a wait by TimeoutError at a moment, unless this program itself was stopped till then."""

    def __init__(self, deadline: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._deadline = deadline
        self._timeout = asyncio.timeout(None)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()
        self._alarm = self._loop.call_at(self._deadline, self._ring)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._alarm.cancel()
        await self._timeout.__aexit__(kind, error, traceback)

    def _ring(self) -> None:
        moment = self._loop.time()
        if moment - self._alarm.when() > _LATE_S:
            self._alarm = self._loop.call_at(moment + _LATE_S, self._ring)
        else:
            self._timeout.reschedule(moment)


class ReplyTimeouts:
    """Says until when the next bytes must come, and what it means if they do not."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._host = profile.host or "the endpoint"
        self._first_s = profile.first_token_s
        self._idle_s = profile.timeouts.idle_s
        self._has_content = False
        # Kept, because it is asked at every read.
        self._time = asyncio.get_running_loop().time
        self.deadline = self._time() + self._first_s
        """In seconds of the loop's clock."""

    @property
    def has_content(self) -> bool:
        """Whether anything of the answer has come."""
        return self._has_content

    @property
    def is_over(self) -> bool:
        """Whether the time is up, though bytes without content may still be coming."""
        return self._time() > self.deadline

    def sent(self) -> None:
        """Begin to wait for the first content: the request has left."""
        self.deadline = self._time() + self._first_s

    def content(self) -> None:
        """Begin to wait anew: content has come."""
        self._has_content = True
        self.deadline = self._time() + self._idle_s

    def read(self, *, has_content: bool, is_finished: bool) -> None:
        """Take note of bytes that have come.

        Args:
            has_content: Whether anything of the answer was in them.
            is_finished: Whether a finish_reason has come; what may follow it is waited for briefly.
        """
        if has_content:
            self.content()
        if is_finished:
            self.deadline = min(self.deadline, self._time() + USAGE_GRACE_S)

    def limit(self) -> _Limit:
        """Return a context that raises TimeoutError at the deadline."""
        return _Limit(self.deadline)

    def not_connected(self) -> ProviderError:
        """Return the failure of a connection that did not come about in time."""
        seconds = self._profile.timeouts.connect_s
        return NoAnswer(
            f"{self._host} did not accept a connection within {seconds:g} s.",
            "Check base_url and the network; `connect` in [timeouts] allows more.",
            host=self._host,
        )

    def ran_out(self) -> ProviderError:
        """Return the failure of the clock that has just run out."""
        if self._has_content:
            return CutOff(
                f"{self._host} was silent for {self._idle_s:g} s within the answer.",
                "Ask again; `idle` in [timeouts] allows more.",
                host=self._host,
            )
        return NoAnswer(
            f"{self._host} took the question, and nothing came for {self._first_s:g} s.",
            "Try again; `first_token` in [timeouts] allows more.",
            host=self._host,
        )
