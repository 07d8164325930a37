"""Timeouts for connecting, the first token and idle time.

They measure content: a comment or an empty delta restarts none of them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import CutOff, NoAnswer, ProviderError
from tui_chat.core.labels import _

if TYPE_CHECKING:
    from types import TracebackType

    from tui_chat.core.profile import Profile

USAGE_GRACE_S: Final = 2.0
"""Time limit for the usage after a finish_reason, on a connection that stays open."""
_LATE_S: Final = 0.5
"""If a timer fires this much too late, the process itself was suspended (Ctrl+Z, a sleeping
machine): data that arrived meanwhile is still unread."""


class _Limit:
    """Like `asyncio.timeout_at`, but extends the deadline if this process was suspended."""

    def __init__(self, deadline: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._deadline = deadline
        self._timeout = asyncio.timeout(None)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()
        self._timer = self._loop.call_at(self._deadline, self._on_deadline)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        await self._timeout.__aexit__(kind, error, traceback)

    def _on_deadline(self) -> None:
        now = self._loop.time()
        if now - self._timer.when() > _LATE_S:
            self._timer = self._loop.call_at(now + _LATE_S, self._on_deadline)
        else:
            self._timeout.reschedule(now)


class ReplyTimeouts:
    """Computes the deadline for the next bytes, and the error if it passes."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._host = profile.host or _("the endpoint")
        self._first_s = profile.first_token_s
        self._idle_s = profile.timeouts.idle_s
        self._has_content = False
        # Kept in an attribute: it is called for every read.
        self._time = asyncio.get_running_loop().time
        self.deadline = self._time() + self._first_s
        """In seconds of the event loop's clock."""

    @property
    def has_content(self) -> bool:
        """Return whether any content has arrived."""
        return self._has_content

    @property
    def is_over(self) -> bool:
        """Return whether the deadline has passed, even if bytes without content still arrive."""
        return self._time() > self.deadline

    def sent(self) -> None:
        """Start the timeout for the first token: the request was sent."""
        self.deadline = self._time() + self._first_s

    def content(self) -> None:
        """Restart the idle timeout: content has arrived."""
        self._has_content = True
        self.deadline = self._time() + self._idle_s

    def read(self, *, has_content: bool, is_finished: bool) -> None:
        """Update the deadline after a read.

        Args:
            has_content: Whether the read contained content.
            is_finished: Whether a finish_reason has arrived; then only `USAGE_GRACE_S` is left.
        """
        if has_content:
            self.content()
        if is_finished:
            self.deadline = min(self.deadline, self._time() + USAGE_GRACE_S)

    def limit(self) -> _Limit:
        """Return a context that raises TimeoutError at the deadline."""
        return _Limit(self.deadline)

    def connect_expired(self) -> ProviderError:
        """Return the error of a connection that was not established in time."""
        summary = _("{host} did not accept a connection within {seconds:g} s.")
        return NoAnswer(
            summary.format(host=self._host, seconds=self._profile.timeouts.connect_s),
            _("Check base_url and the network, or raise `connect` in [timeouts]."),
            host=self._host,
        )

    def expired(self) -> ProviderError:
        """Return the error of the timeout that has just expired."""
        if self._has_content:
            summary = _("{host} sent nothing for {seconds:g} s in the middle of the answer.")
            return CutOff(
                summary.format(host=self._host, seconds=self._idle_s),
                _("Ask again, or raise `idle` in [timeouts]."),
                host=self._host,
            )
        summary = _("{host} accepted the question but sent nothing for {seconds:g} s.")
        return NoAnswer(
            summary.format(host=self._host, seconds=self._first_s),
            _("Try again, or raise `first_token` in [timeouts]."),
            host=self._host,
        )
