"""Asks the user before the monthly limit of a profile is passed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from tui_chat.core.cost.cost import money_label, sums
from tui_chat.core.cost.price import US_DOLLAR
from tui_chat.core.errors import OverLimit, StorageError
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui_chat.core.cost.cost import Cost
    from tui_chat.core.profile import Profile
    from tui_chat.session.session import ChatSession


class LimitQuestion(Protocol):
    """Asks the user whether a limit may be passed."""

    async def __call__(self, refusal: OverLimit) -> bool:
        """Return the answer."""


class MonthlyLimits:
    """The limits of all profiles; the months are those of the local time zone.

    Attributes:
        question: Asks the user; None without a user interface: then no limit is passed.
    """

    def __init__(
        self,
        database: Path,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC).astimezone(),
    ) -> None:
        """Create it; nothing is read yet.

        Args:
            database: The saved conversations; the file may be missing.
            clock: Returns the local time.
        """
        self.question: LimitQuestion | None = None
        self._database = database
        self._clock = clock
        self._allowed: set[tuple[str, datetime]] = set()
        self._unsaved: list[tuple[str, datetime, Cost]] = []
        self._lock = asyncio.Lock()

    async def check(self, session: ChatSession) -> None:
        """Ask once per month and run whether the limit of a session's profile may be passed.

        Raises:
            OverLimit: The user does not allow it, or cannot be asked.
        """
        profile, month = session.profile, self._month()
        if profile.monthly_limit is None:
            return
        async with self._lock:
            if (profile.name, month) in self._allowed:
                return
            refusal = await self._refusal(session, profile.monthly_limit, month)
            if refusal is None:
                return
            if self.question is None or not await self.question(refusal):
                raise refusal
            self._allowed.add((profile.name, month))

    def note_unsaved(self, profile: Profile, cost: Cost) -> None:
        """Count the cost of a reply that is not saved, in this run only."""
        self._unsaved.append((profile.name, self._month(), cost))

    def _month(self) -> datetime:
        return self._clock().replace(day=1, hour=0, minute=0, second=0, microsecond=0)

    async def _refusal(
        self, session: ChatSession, limit: float, month: datetime
    ) -> OverLimit | None:
        """Return why the next request must not be sent unasked; None if it may be."""
        from tui_chat.storage.spending import spent_since

        profile = session.profile
        currency = profile.price.currency if profile.price is not None else US_DOLLAR
        words = {"name": sanitize_line(profile.name, 40), "limit": money_label(limit, currency)}
        hint = _("monthly_limit in config.toml changes the limit.")
        try:
            saved = await asyncio.to_thread(spent_since, self._database, profile.name, month)
        except StorageError as error:
            text = _("Profile “{name}” has a limit of {limit} a month, and the costs of this month "
                     "cannot be read: {reason}")  # fmt: skip
            return OverLimit(text.format(**words, reason=error.message), hint)
        unsaved = sums(c for name, at, c in self._unsaved if (name, at) == (profile.name, month))
        spent = saved.get(currency, 0.0) + unsaved.get(currency, 0.0)
        if spent < limit and spent + _expected(session, currency) <= limit:
            return None
        text = _("The next answer passes the limit of profile “{name}”: {spent} of {limit} are "
                 "spent this month.")  # fmt: skip
        return OverLimit(text.format(**words, spent=money_label(spent, currency)), hint)


def _expected(session: ChatSession, currency: str) -> float:
    """Return the least that the next answer costs: its input, or as much as the one before."""
    price = session.profile.price
    use = session.context.use(None, "")
    if price is not None and use is not None:
        return price.amount(use.tokens, 0)
    costs = [it.cost for it in session.path if it.cost is not None]
    return costs[-1].amount if costs and costs[-1].currency == currency else 0.0
