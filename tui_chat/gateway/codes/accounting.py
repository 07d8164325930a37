"""Admits the requests of a gateway, keeps its lease, and settles what the requests have used."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import uuid4

from tui_chat.core.errors import StorageError
from tui_chat.gateway.http.errors import ErrorReply
from tui_chat.gateway.store.reservations import LEASE_S, Admission, LimitReached, Outcome

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from tui_chat.gateway.codes.access_codes import AccessCode
    from tui_chat.gateway.store.records import Records
    from tui_chat.gateway.store.reservations import Grant

T = TypeVar("T")

log = logging.getLogger(__name__)

RENEW_S: Final = LEASE_S / 5
"""Interval at which the lease is renewed and dead nodes are searched."""
_REAP_AFTER_S: Final = LEASE_S / 2
"""After an outage of the database the other nodes renew their leases first."""
_RETRY_S: Final = (0.1, 0.3, 1.0, 2.0, 5.0)
_EXTEND_TRIES: Final = 3
_CLOSING_S: Final = 5.0
"""Time for the last settlements at the shutdown; after it, another node records the requests."""
CONCURRENT_REQUESTS: Final = 32
"""Default limit of the running requests of one code."""


class Accounting:
    """Counts everything in the records, so that all nodes keep the same limits."""

    def __init__(self, records: Records) -> None:
        """Create the accounting of a node; `start` begins its housekeeping.

        Args:
            records: The open database.
        """
        self._records = records
        self._settlements: set[asyncio.Task[None]] = set()
        self._housekeeping: asyncio.Task[None] | None = None
        self._renewed_since: float | None = None

    async def start(self) -> None:
        """Take the lease of this node, and keep it until the end.

        Raises:
            StorageError: The database cannot be written.
        """
        await self._renew()
        self._housekeeping = asyncio.get_running_loop().create_task(self._keep_house())

    async def codes(self) -> list[AccessCode]:
        """Return all codes.

        Raises:
            ErrorReply: The database cannot be read.
        """
        return await self._asked(self._records.run(self._records.codes.all))

    async def admit(self, code: AccessCode) -> Admission:
        """Count a request against the rate of its code.

        Raises:
            ErrorReply: A limit is reached, or the database cannot be written.
        """
        most = code.limits.concurrent_requests or CONCURRENT_REQUESTS
        request_id = uuid4().hex
        action = partial(self._records.reservations.admit, request_id, code, most)
        try:
            return await self._asked(self._records.run(action), code)
        except ErrorReply as error:
            if error.status == HTTPStatus.TOO_MANY_REQUESTS:
                refused = Outcome(0, 0, False, error.status, "refused", 0)
                self.settle(Admission(request_id, code, datetime.now(UTC)), refused)
            raise

    async def reserve(self, admission: Admission, input_tokens: int, output_tokens: int) -> Grant:
        """Reserve the input and the first output of a request.

        Raises:
            ErrorReply: A limit is reached, or the database cannot be written.
        """
        reserve = self._records.reservations.reserve
        action = partial(reserve, admission, input_tokens, output_tokens)
        return await self._asked(self._records.run(action), admission.code)

    async def extend(self, admission: Admission, granted: int, used: int, more: int) -> Grant:
        """Reserve more output; tried again for some seconds while the database is away.

        Raises:
            ErrorReply: The database cannot be written.
        """
        action = partial(self._records.reservations.extend, admission, granted, used, more)
        for delay_s in _RETRY_S[:_EXTEND_TRIES]:
            try:
                return await self._records.run(action)
            except StorageError as error:
                log.warning("a reservation has to wait: %s", error.message)
            await asyncio.sleep(delay_s)
        return await self._asked(self._records.run(action), admission.code)

    def settle(self, admission: Admission, outcome: Outcome) -> asyncio.Task[None]:
        """Record the usage of a request, however long the database is away."""
        task = asyncio.get_running_loop().create_task(self._settle(admission, outcome))
        self._settlements.add(task)
        task.add_done_callback(self._settlements.discard)
        return task

    async def aclose(self) -> None:
        """Finish the settlements and give up the lease."""
        if self._housekeeping is not None:
            self._housekeeping.cancel()
        if self._settlements:
            await asyncio.wait(self._settlements, timeout=_CLOSING_S)
        left = list(self._settlements)
        for task in left:
            task.cancel()
        if left:
            log.error("%d requests are left for another node to record", len(left))
            return
        try:
            await self._records.run(self._records.reservations.release_lease)
        except StorageError as error:
            log.warning("the lease ends by itself: %s", error.message)

    async def _settle(self, admission: Admission, outcome: Outcome) -> None:
        attempt = 0
        while True:
            try:
                action = partial(self._records.reservations.settle, admission, outcome)
                await self._records.run(action)
                return
            except StorageError as error:
                delay_s = _RETRY_S[min(attempt, len(_RETRY_S) - 1)]
                attempt += 1
                log.error("a request is not in the ledger yet: %s", error.message)
                await asyncio.sleep(delay_s)

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            try:
                await self._renew()
                await self._reap()
            except StorageError as error:
                self._renewed_since = None
                log.warning("the lease is not renewed: %s", error.message)

    async def _renew(self) -> None:
        await self._records.run(self._records.reservations.renew_lease)
        if self._renewed_since is None:
            self._renewed_since = asyncio.get_running_loop().time()

    async def _reap(self) -> None:
        since = self._renewed_since
        if since is None or asyncio.get_running_loop().time() - since < _REAP_AFTER_S:
            return
        codes = {code.id: code for code in await self._records.run(self._records.codes.all)}
        count = await self._records.run(partial(self._records.reservations.reap, codes))
        if count:
            log.warning("recorded %d requests of a node that has died", count)

    @staticmethod
    async def _asked(work: Coroutine[None, None, T], code: AccessCode | None = None) -> T:
        try:
            return await work
        except LimitReached as error:
            raise limit_error(error, code) from None
        except StorageError as error:
            log.error("the records are not available: %s", error.message)
            message = "The gateway cannot reach its records. Try again, or contact its operator."
            raise ErrorReply(503, "records_unavailable", message, retry_after_s=2.0) from error


def limit_error(error: LimitReached, code: AccessCode | None) -> ErrorReply:
    """Return the error response for a limit of a code."""
    limits = code.limits if code is not None else None
    messages = {
        "requests_per_minute": (
            "Rate limit reached: this access code allows"
            f" {limits.requests_per_minute if limits else 0} per minute."
        ),
        "concurrent_requests": "Too many requests of this access code are running.",
        "tokens_per_day": (
            f"This access code has used its {limits.tokens_per_day if limits else 0} tokens of"
            " today, or too few are left for this request. The limit resets at midnight UTC."
        ),
        "tokens_per_month": (
            f"This access code has used its {limits.tokens_per_month if limits else 0} tokens of"
            " this month, or too few are left for this request. The limit resets on the first."
        ),
        "cost_per_month": (
            "This access code has used its money of this month, or too little is left for this"
            " request. The limit resets on the first."
        ),
    }
    return ErrorReply(429, error.limit, messages[error.limit], retry_after_s=error.retry_after_s)
