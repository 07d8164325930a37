"""The cost of a reply, sums of costs, and their labels."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.cost.price import US_DOLLAR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SYMBOLS: Final = {US_DOLLAR: "$", "EUR": "€", "GBP": "£", "CNY": "¥", "INR": "₹", "KRW": "₩"}
_CODE_LETTERS: Final = 3
_CENT: Final = 0.01
_SMALLEST: Final = 0.0001


class CostSource(StrEnum):
    """The origin of a figure, the most exact one first."""

    ENDPOINT = "endpoint"
    """The endpoint reported the cost with the reply."""
    PROFILE = "profile"
    """The price in config.toml."""
    TABLE = "table"
    """The offline price table of the package genai-prices."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one reply."""

    amount: float
    """In currency units."""
    currency: str = US_DOLLAR
    source: CostSource = CostSource.ENDPOINT


def cost_record(cost: Cost) -> dict[str, Any]:
    """Return a cost as a JSON object."""
    return asdict(cost)


def cost_from(record: object) -> Cost | None:
    """Parse the JSON object of `cost_record`; None if a value is invalid."""
    if not isinstance(record, dict):
        return None
    amount, currency, source = (record.get(name) for name in ("amount", "currency", "source"))
    if (
        isinstance(amount, bool)
        or not isinstance(amount, int | float)
        or not math.isfinite(amount)
        or amount < 0
    ):
        return None
    if not isinstance(currency, str) or not is_currency(currency):
        return None
    if source not in list(CostSource):
        return None
    return Cost(float(amount), currency, CostSource(source))


def is_currency(code: str) -> bool:
    """Return whether a text has the form of a currency code, such as USD."""
    return len(code) == _CODE_LETTERS and code.isascii() and code.isupper()


def sums(costs: Iterable[Cost | None]) -> dict[str, float]:
    """Return the sum of the known costs of each currency."""
    found: dict[str, float] = {}
    for cost in costs:
        if cost is not None:
            found[cost.currency] = found.get(cost.currency, 0.0) + cost.amount
    return found


def money_label(amount: float, currency: str = US_DOLLAR) -> str:
    """Return an amount of money, with more digits if it is less than a cent."""
    symbol = _SYMBOLS.get(currency, f"{currency} ")
    if 0 < amount < _SMALLEST:
        return f"<{symbol}{_SMALLEST}"
    digits = 4 if 0 < amount < _CENT else 2
    return f"{symbol}{amount:,.{digits}f}"


def sums_label(found: Mapping[str, float]) -> str:
    """Return sums of several currencies, such as “$0.12 + ¥3.40”; empty if there are none."""
    return " + ".join(money_label(amount, currency) for currency, amount in sorted(found.items()))
