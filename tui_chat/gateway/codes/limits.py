"""Enforces the limits of access codes: requests per minute, tokens per day."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from tui_chat.gateway.http.errors import ErrorReply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui_chat.gateway.codes.access_codes import AccessCode

_MINUTE_S: Final = 60.0


@dataclass(slots=True, eq=False)
class TokenCount:
    """The tokens of one request so far."""

    input_tokens: int = 0
    output_tokens: int = 0
    is_estimated: bool = True

    @property
    def total(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens


class Limits:
    """Counts the requests of each code, and the tokens of running requests.

    The rate limit uses a sliding window of sixty seconds. Running requests count before they are in
    the ledger, so that many concurrent requests cannot exceed the limit.
    """

    def __init__(
        self,
        tokens_since: Callable[[int, datetime], int],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Create the counters.

        Args:
            tokens_since: Returns the tokens of a code in the ledger since a moment.
            monotonic: A clock in seconds.
        """
        self._tokens_since = tokens_since
        self._monotonic = monotonic
        self._request_times: defaultdict[int, deque[float]] = defaultdict(deque)
        self._running: defaultdict[int, set[TokenCount]] = defaultdict(set)

    @contextmanager
    def admitted(self, code: AccessCode, tokens: TokenCount) -> Iterator[None]:
        """Count a request while it runs.

        Raises:
            ErrorReply: The code has reached a limit.
        """
        self._check_tokens(code)
        self._check_rate(code)
        running = self._running[code.id]
        running.add(tokens)
        try:
            yield
        finally:
            running.discard(tokens)

    def _check_rate(self, code: AccessCode) -> None:
        most = code.limits.requests_per_minute
        if most is None:
            return
        moment, times = self._monotonic(), self._request_times[code.id]
        while times and times[0] <= moment - _MINUTE_S:
            times.popleft()
        if len(times) >= most:
            raise ErrorReply(
                429,
                "requests_per_minute",
                f"Rate limit reached: this access code allows {most} per minute.",
                retry_after_s=max(1.0, times[0] + _MINUTE_S - moment),
            )
        times.append(moment)

    def _check_tokens(self, code: AccessCode) -> None:
        most = code.limits.tokens_per_day
        if most is None:
            return
        moment = datetime.now(UTC)
        today = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        used = self._tokens_since(code.id, today)
        used += sum(tokens.total for tokens in self._running[code.id])
        if used >= most:
            raise ErrorReply(
                429,
                "tokens_per_day",
                f"This access code has used its {most} tokens of today. The limit resets at "
                "midnight UTC.",
                retry_after_s=(today + timedelta(days=1) - moment).total_seconds(),
            )
