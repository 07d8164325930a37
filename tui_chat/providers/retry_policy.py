"""Retry policy: which errors are retried, and after which pause."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import RateLimited, ServerFailed
from tui_chat.core.labels import _

if TYPE_CHECKING:
    from tui_chat.core.errors import ProviderError

LONGEST_PAUSE_S: Final = 60.0
"""If an endpoint requests a longer wait, the request fails and the error names the wait."""
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_BACKOFF_S: Final = 8.0


def pause_before_retry(error: ProviderError, attempt: int) -> float | None:
    """Return the pause before the next attempt in seconds; None if there must be none.

    Args:
        error: The error of the last attempt.
        attempt: Number of the last attempt, from 1.
    """
    if not error.retryable:
        return None
    if error.retry_after_s is not None:
        return error.retry_after_s if error.retry_after_s <= LONGEST_PAUSE_S else None
    backoff = min(_LONGEST_BACKOFF_S, _FIRST_PAUSE_S * 2.0 ** (attempt - 1))
    # Jitter spreads the retries of many clients of one server.
    return backoff * random.uniform(0.75, 1.0)  # noqa: S311 - no secret depends on it


def retry_reason(error: ProviderError) -> str:
    """Return the reason for a retry, as text for the status line."""
    if isinstance(error, RateLimited):
        return _("rate-limited")
    if isinstance(error, ServerFailed):
        if error.status:
            return _("server error {status}").format(status=error.status)
        return _("server error")
    return error.retry_label or _("unreachable")


class RetryPause:
    """The pause before the next attempt, which the user can end early."""

    def __init__(self) -> None:
        self._is_over: asyncio.Event | None = None

    async def wait(self, seconds: float) -> None:
        """Sleep until the time is over or `end` is called."""
        self._is_over = over = asyncio.Event()
        try:
            async with asyncio.timeout(seconds):
                await over.wait()
        except TimeoutError:
            pass
        finally:
            self._is_over = None

    def end(self) -> None:
        """End the pause, if there is one."""
        if self._is_over is not None:
            self._is_over.set()
