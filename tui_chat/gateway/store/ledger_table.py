"""Reads the ledger, which never holds content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_chat.gateway.store.transactions import Transactions


@dataclass(frozen=True, slots=True)
class DailyUsage:
    """Usage of a code on one day."""

    name: str
    day: str
    """In UTC."""
    requests: int
    refused: int
    input_tokens: int
    output_tokens: int
    cost: int
    """In millionths of the currency in which the prices are given."""
    has_estimates: bool


class LedgerTable:
    """Reads the requests that have ended."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def daily_usage(self, name: str | None = None) -> list[DailyUsage]:
        """Return the usage by code and day, of one code or of all."""
        with self._transactions.read() as transaction:
            rows = transaction.execute(
                "SELECT codes.name, substr(at, 1, 10) AS day, count(*),"
                " sum(CASE WHEN ended = 'refused' THEN 1 ELSE 0 END), sum(input_tokens),"
                " sum(output_tokens), sum(cost), max(is_estimated)"
                " FROM ledger JOIN codes ON codes.id = code_id WHERE ? = '' OR codes.name = ?"
                " GROUP BY codes.name, day ORDER BY codes.name, day",
                (name or "", name or ""),
            )
        return [
            DailyUsage(
                name=row[0],
                day=row[1],
                requests=int(row[2]),
                refused=int(row[3]),
                input_tokens=int(row[4]),
                output_tokens=int(row[5]),
                cost=int(row[6]),
                has_estimates=bool(row[7]),
            )
            for row in rows
        ]
