from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tui_chat.core.cost.cost import (
    Cost,
    CostSource,
    cost_from,
    cost_record,
    money_label,
    sums,
    sums_label,
)
from tui_chat.core.cost.price import Price
from tui_chat.core.cost.statistics import Grouping, ReplyUsage, grand_total, totals


@pytest.mark.parametrize(
    ("price", "tokens", "wanted"),
    [
        (Price(2.5, 10.0), (1_000_000, 100_000, 0), 3.5),
        (Price(2.5, 10.0), (1_000_000, 0, 600_000), 2.5),
        (Price(2.5, 10.0, 0.25), (1_000_000, 0, 600_000), 1.15),
        (Price(2.5, 10.0, 0.25), (100, 0, 600_000), 0.000025),
        (Price(), (10**9, 10**9, 5), 0.0),
    ],
)
def test_cached_input_has_its_own_price(
    price: Price, tokens: tuple[int, int, int], wanted: float
) -> None:
    assert price.amount(*tokens) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("amount", "currency", "wanted"),
    [
        (0, "USD", "$0.00"),
        (0.00003, "USD", "<$0.0001"),
        (0.00421, "USD", "$0.0042"),
        (0.0100, "USD", "$0.01"),
        (1234.567, "EUR", "€1,234.57"),
        (0.5, "CHF", "CHF 0.50"),
    ],
)
def test_small_amounts_have_more_digits(amount: float, currency: str, wanted: str) -> None:
    assert money_label(amount, currency) == wanted


def test_currencies_are_never_added_up() -> None:
    found = sums([Cost(1.0), Cost(2.0, "CNY"), None, Cost(0.5)])
    assert found == {"USD": 1.5, "CNY": 2.0}
    assert sums_label(found) == "¥2.00 + $1.50"
    assert sums_label({}) == ""


@pytest.mark.parametrize(
    "record",
    [
        None,
        [],
        {},
        {"amount": -1, "currency": "USD", "source": "endpoint"},
        {"amount": float("nan"), "currency": "USD", "source": "endpoint"},
        {"amount": True, "currency": "USD", "source": "endpoint"},
        {"amount": 1, "currency": "dollars", "source": "endpoint"},
        {"amount": 1, "currency": "USD", "source": []},
        {"amount": 1, "currency": "USD", "source": "guess"},
    ],
)
def test_a_damaged_record_is_no_cost(record: object) -> None:
    assert cost_from(record) is None


def test_a_record_is_read_back() -> None:
    cost = Cost(0.25, "EUR", CostSource.PROFILE)
    assert cost_from(cost_record(cost)) == cost


def test_totals_are_those_of_local_days_or_the_most_expensive_first() -> None:
    late = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    replies = [
        ReplyUsage(late, "p", "small", "c1", "One", 10, 1, Cost(0.1)),
        ReplyUsage(late - timedelta(hours=5), "p", "large", "c2", "Two", 5, None, Cost(0.9)),
        ReplyUsage(late, "q", "small", "c1", "One", None, 2, None),
    ]
    east = timezone(timedelta(hours=1))
    assert [(it.name, it.answers) for it in totals(replies, Grouping.DAY, east)] == [
        ("2026-11-30", 1),
        ("2026-12-01", 2),
    ]
    assert [it.name for it in totals(replies, Grouping.MONTH, UTC)] == ["2026-11"]
    assert [it.name for it in totals(replies, Grouping.MODEL, UTC)] == ["large", "small"]
    assert [it.name for it in totals(replies, Grouping.PROFILE, UTC)] == ["p", "q"]
    assert [it.title for it in totals(replies, Grouping.CONVERSATION, UTC)] == ["Two", "One"]
    total = grand_total(replies)
    assert (total.input_tokens, total.output_tokens, total.without_cost) == (15, 3, 1)
    assert total.costs == {"USD": 1.0}
