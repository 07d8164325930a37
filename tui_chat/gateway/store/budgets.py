"""Counters of the tokens and the money of a code, by day and by month (UTC)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tui_chat.core.cost.price import Price
    from tui_chat.gateway.codes.access_codes import AccessCode
    from tui_chat.gateway.store.transactions import Transaction

UNLIMITED: Final = 2**62


@dataclass(frozen=True, slots=True)
class Room:
    """Budget that is left."""

    tokens: int
    """Input and output together."""
    money: int
    limit: str
    """Name of the limit with the fewest tokens left, such as “tokens_per_day”."""
    resets_at: datetime

    def output_after(self, input_tokens: int, price: Price) -> int:
        """Return how many output tokens are left after an input; negative if the input is not."""
        money = self.money - price.cost(input_tokens, 0)
        return min(self.tokens - input_tokens, affordable_output(money, price))


class Budget:
    """The counters of one code within a transaction that has locked it."""

    def __init__(self, transaction: Transaction, code: AccessCode, at: datetime) -> None:
        """Open the counters of the day and month of a request, and create missing ones.

        Args:
            transaction: A transaction that has locked the code.
            code: The code.
            at: The time at which the request was admitted.
        """
        self._transaction = transaction
        self._code = code
        self._day = at.astimezone(UTC).date()
        self._month = self._day.replace(day=1)
        rows = transaction.execute(
            "SELECT period, tokens, cost, carried FROM periods WHERE code_id = ?"
            " AND period IN (?, ?)",
            (code.id, self.day, self.month),
        )
        found = {
            period: (int(tokens), int(cost), int(carried)) for period, tokens, cost, carried in rows
        }
        self._counters = {
            period: found.get(period) or self._create(period) for period in (self.day, self.month)
        }

    @property
    def day(self) -> str:
        """Key of the day."""
        return self._day.isoformat()

    @property
    def month(self) -> str:
        """Key of the month."""
        return self.day[:7]

    def room(self) -> Room:
        """Return what is left of all limits."""
        limits = self._code.limits
        tokens_today, _cost, carried = self._counters[self.day]
        tokens_month, cost_month, _carried = self._counters[self.month]
        tomorrow = _midnight(self._day + timedelta(days=1))
        next_month = _midnight((self._month + timedelta(days=32)).replace(day=1))
        left = [
            (_less(limits.tokens_per_day, tokens_today + carried), "tokens_per_day", tomorrow),
            (_less(limits.tokens_per_month, tokens_month), "tokens_per_month", next_month),
        ]
        tokens, limit, resets_at = min(left)
        money = _less(limits.cost_per_month, cost_month)
        if money <= 0 < tokens:
            limit, resets_at = "cost_per_month", next_month
        return Room(tokens, money, limit, resets_at)

    def add(self, tokens: int, cost: int) -> None:
        """Count tokens and money, or with negative numbers give them back."""
        self._transaction.execute(
            "UPDATE periods SET tokens = tokens + ?, cost = cost + ?"
            " WHERE code_id = ? AND period IN (?, ?)",
            (tokens, cost, self._code.id, self.day, self.month),
        )

    def carry_over(self) -> None:
        """Correct the overrun that the next counted day has to pay, after a late settlement."""
        if self._code.limits.tokens_per_day is None:
            return
        following = self._transaction.execute(
            "SELECT min(period) FROM periods WHERE code_id = ? AND period > ?"
            " AND length(period) = 10",
            (self._code.id, self.day),
        )[0][0]
        if following is not None:
            self._transaction.execute(
                "UPDATE periods SET carried = ? WHERE code_id = ? AND period = ?",
                (self._overrun_before(following), self._code.id, following),
            )

    def _create(self, period: str) -> tuple[int, int, int]:
        # A database of an older version has a ledger, but no counters.
        tokens, cost = self._transaction.execute(
            "SELECT coalesce(sum(input_tokens + output_tokens), 0), coalesce(sum(cost), 0)"
            " FROM ledger WHERE code_id = ? AND at >= ? AND at < ?",
            (self._code.id, period, f"{period}~"),
        )[0]
        carried = self._overrun_before(period) if period == self.day else 0
        self._transaction.execute(
            "INSERT INTO periods (code_id, period, tokens, cost, carried) VALUES (?, ?, ?, ?, ?)",
            (self._code.id, period, int(tokens), int(cost), carried),
        )
        return int(tokens), int(cost), carried

    def _overrun_before(self, day: str) -> int:
        """Return the tokens beyond the limits of earlier days; each day since pays its limit."""
        limit = self._code.limits.tokens_per_day
        rows = self._transaction.execute(
            "SELECT period, tokens, carried FROM periods WHERE code_id = ? AND period < ?"
            " AND length(period) = 10 ORDER BY period DESC LIMIT 1",
            (self._code.id, day),
        )
        if not rows or limit is None:
            return 0
        earlier, tokens, carried = rows[0]
        days = (date.fromisoformat(day) - date.fromisoformat(earlier)).days
        return max(0, int(tokens) + int(carried) - limit * days)


def affordable_output(money: int, price: Price) -> int:
    """Return how many output tokens a sum pays; negative if the sum is."""
    if money < 0:
        return -1
    return math.floor(money / price.output) if price.output else UNLIMITED


def _less(limit: int | None, used: int) -> int:
    return UNLIMITED if limit is None else limit - used


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
