"""When and after which pause a request is tried again."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import RateLimited, ServerFailed

if TYPE_CHECKING:
    from tui_chat.core.errors import ProviderError

LONGEST_PAUSE_S: Final = 60.0
"""A longer wait that an endpoint asks for is told to the person, not slept on."""
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_BACKOFF_S: Final = 8.0


def pause_before_retry(error: ProviderError, attempt: int) -> float | None:
    """Return how long to pause before the next try in seconds; None: do not try again.

    Args:
        error: Why the last try failed.
        attempt: Which try that was, from 1.
    """
    if not error.retryable:
        return None
    if error.retry_after_s is not None:
        return error.retry_after_s if error.retry_after_s <= LONGEST_PAUSE_S else None
    backoff = min(_LONGEST_BACKOFF_S, _FIRST_PAUSE_S * 2.0 ** (attempt - 1))
    # Jitter, so that many clients of one server do not come back together.
    return backoff * random.uniform(0.75, 1.0)  # noqa: S311 - no secret depends on it


def reason_words(error: ProviderError) -> str:
    """Return in a few words why a request is tried again."""
    if isinstance(error, RateLimited):
        return "rate-limited"
    if isinstance(error, ServerFailed):
        return f"server error {error.status}" if error.status else "server error"
    return "not reached"


class RetryPause:
    """The pause before a next try, which the person may end."""

    def __init__(self) -> None:
        self._is_over: asyncio.Event | None = None

    async def wait(self, seconds: float) -> None:
        """Wait, but not longer than until `end`."""
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
