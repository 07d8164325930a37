"""Limits are kept exactly, on both databases and by several processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tui_chat.core.cost.price import Price
from tui_chat.gateway.codes.access_codes import CodeLimits
from tui_chat.gateway.store.reservations import Admission, LimitReached, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_chat.gateway.codes.access_codes import AccessCode
    from tui_chat.gateway.store.records import Records

MANY = 1000


def code_with(records: Records, **limits: Any) -> AccessCode:
    records.codes.add("ada", CodeLimits(**limits))
    return records.codes.all()[-1]


def outcome(input_tokens: int, output_tokens: int, ended: str = "complete") -> Outcome:
    return Outcome(input_tokens, output_tokens, False, 200, ended, 5)


def admitted(records: Records, code: AccessCode, name: str = "r1") -> Admission:
    return records.reservations.admit(name, code, MANY).named("p", "m")


def rows(records: Records, sql: str) -> list[tuple[Any, ...]]:
    with records.transactions.read() as transaction:
        return [tuple(row) for row in transaction.execute(sql)]


def test_usage_replaces_the_reservation(opened_records: Callable[[], Records]) -> None:
    records = opened_records()
    code = code_with(records, tokens_per_day=1000)
    admission = admitted(records, code)
    grant = records.reservations.reserve(admission, 100, 256)
    assert (grant.output_tokens, grant.most_output) == (256, 900)
    assert rows(records, "SELECT tokens FROM periods WHERE length(period) = 10") == [(356,)]
    records.reservations.settle(admission, outcome(90, 10))
    assert rows(records, "SELECT tokens FROM periods") == [(100,), (100,)]
    assert rows(records, "SELECT input_tokens, output_tokens, ended FROM ledger") == [
        (90, 10, "complete")
    ]
    assert rows(records, "SELECT count(*) FROM requests") == [(0,)]
    # A settlement whose answer was lost is repeated.
    records.reservations.settle(admission, outcome(90, 10))
    assert rows(records, "SELECT tokens FROM periods") == [(100,), (100,)]
    assert records.ledger.daily_usage("ada")[0].requests == 1


def test_concurrent_requests_stay_within_the_limit(opened_records: Callable[[], Records]) -> None:
    nodes = [opened_records() for _ in range(3)]
    code = code_with(nodes[0], tokens_per_day=1000)

    def run(number: int) -> int:
        records = nodes[number % len(nodes)]
        admission = admitted(records, code, f"r{number}")
        try:
            granted = records.reservations.reserve(admission, 10, 64).output_tokens
        except LimitReached:
            records.reservations.settle(admission, outcome(0, 0, "refused"))
            return 0
        while True:
            more = records.reservations.extend(admission, granted, granted, 64).output_tokens
            if more == granted:
                break
            granted = more
        records.reservations.settle(admission, outcome(10, granted))
        return 10 + granted

    with ThreadPoolExecutor(8) as pool:
        used = sum(pool.map(run, range(24)))
    assert used == 1000
    assert rows(nodes[0], "SELECT sum(input_tokens + output_tokens), count(*) FROM ledger") == [
        (1000, 24)
    ]
    assert rows(nodes[0], "SELECT tokens FROM periods") == [(1000,), (1000,)]


def test_rate_limit_is_a_sliding_window(opened_records: Callable[[], Records]) -> None:
    records, other = opened_records(), opened_records()
    code = code_with(records, requests_per_minute=2)
    with records.transactions.begin() as transaction:
        now = transaction.now()
        for age_s in (61, 59, -7200):
            transaction.execute(
                "INSERT INTO arrivals (code_id, at) VALUES (?, ?)", (code.id, now - age_s)
            )
    admitted(records, code, "r1")
    with pytest.raises(LimitReached) as refused:
        admitted(other, code, "r2")
    assert refused.value.limit == "requests_per_minute"
    assert 0 < refused.value.retry_after_s <= 2


def test_running_requests_of_all_nodes_are_counted(opened_records: Callable[[], Records]) -> None:
    records, other = opened_records(), opened_records()
    code = code_with(records)
    records.reservations.admit("r1", code, 2)
    other.reservations.admit("r2", code, 2)
    with pytest.raises(LimitReached) as refused:
        records.reservations.admit("r3", code, 2)
    assert refused.value.limit == "concurrent_requests"


def test_an_overrun_is_taken_from_the_next_days(opened_records: Callable[[], Records]) -> None:
    records = opened_records()
    code = code_with(records, tokens_per_day=100)
    today = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def used(day: int, tokens: int, *, ask: int = 10) -> int | str:
        name = f"r{day}-{tokens}"
        admission = replace(admitted(records, code, name), at=today + timedelta(days=day))
        try:
            most = records.reservations.reserve(admission, ask, 1).most_output
        except LimitReached as error:
            records.reservations.settle(admission, outcome(0, 0, "refused"))
            return error.limit
        records.reservations.settle(admission, outcome(ask, tokens - ask))
        return most

    assert used(0, 250) == 90
    assert used(1, 20) == "tokens_per_day"
    # 150 tokens too many: one day paid 100 of them, the next has 50 left.
    assert used(2, 30) == 40
    assert used(3, 30) == 90


def test_a_late_settlement_is_carried_too(opened_records: Callable[[], Records]) -> None:
    records = opened_records()
    code = code_with(records, tokens_per_day=100)
    late = replace(admitted(records, code, "late"), at=datetime(2026, 3, 1, 23, 59, tzinfo=UTC))
    records.reservations.reserve(late, 10, 50)
    morning = datetime(2026, 3, 2, 0, 1, tzinfo=UTC)
    first = replace(admitted(records, code, "first"), at=morning)
    assert records.reservations.reserve(first, 10, 1).most_output == 90
    records.reservations.settle(late, outcome(10, 130))
    second = replace(admitted(records, code, "second"), at=morning)
    assert records.reservations.reserve(second, 10, 1).most_output == 39


def test_money_and_months_are_limited(opened_records: Callable[[], Records]) -> None:
    records = opened_records()
    code = code_with(records, cost_per_month=1_000_000, tokens_per_month=10**9)
    price = Price(input=2.0, output=10.0)
    admission = admitted(records, code).named("p", "m", price)
    grant = records.reservations.reserve(admission, 100_000, 256)
    # 1.00 less 0.20 for the input pays 80,000 tokens of output.
    assert grant.most_output == 80_000
    grant = records.reservations.extend(admission, 256, 256, 10**6)
    assert grant.output_tokens == 80_000
    with pytest.raises(LimitReached) as refused:
        records.reservations.reserve(admitted(records, code, "r2").named("p", "m", price), 1, 1)
    assert refused.value.limit == "cost_per_month"
    records.reservations.settle(admission, outcome(100_000, 50_000))
    assert records.ledger.daily_usage()[0].cost == 700_000


def test_a_dead_node_is_settled_by_another(opened_records: Callable[[], Records]) -> None:
    dead, living = opened_records(), opened_records()
    code = code_with(dead, tokens_per_day=1000)
    dead.reservations.renew_lease()
    living.reservations.renew_lease()
    price = Price(1.0, 1.0)
    admission = admitted(dead, code).named("p", "m", price)
    dead.reservations.reserve(admission, 100, 256)
    dead.reservations.extend(admission, 256, 256, 256)
    assert living.reservations.reap({code.id: code}) == 0
    with living.transactions.begin() as transaction:
        transaction.execute(
            "UPDATE nodes SET lease_until = 0 WHERE node_id = ?", (dead.reservations.node_id,)
        )
    assert living.reservations.reap({code.id: code}) == 1
    ledger = "SELECT input_tokens, output_tokens, cost, is_estimated, ended FROM ledger"
    assert rows(living, ledger) == [(100, 256, 356, 1, "lost")]
    assert rows(living, "SELECT tokens FROM periods") == [(356,), (356,)]
    # The node was only slow: it cannot reserve more, and its own number replaces the other.
    assert dead.reservations.extend(admission, 512, 400, 256).output_tokens == 512
    dead.reservations.settle(admission, outcome(100, 400))
    assert rows(living, ledger) == [(100, 400, 500, 0, "complete")]
    assert rows(living, "SELECT tokens FROM periods") == [(500,), (500,)]


def test_a_lost_answer_of_the_database_reserves_nothing_twice(
    opened_records: Callable[[], Records],
) -> None:
    records = opened_records()
    code = code_with(records, tokens_per_day=1000)
    admission = admitted(records, code)
    records.reservations.reserve(admission, 100, 100)
    for _ in range(2):
        assert records.reservations.extend(admission, 100, 100, 50).output_tokens == 150
    assert rows(records, "SELECT tokens FROM periods WHERE length(period) = 10") == [(250,)]


def test_codes_without_limits_are_recorded_but_not_counted(
    opened_records: Callable[[], Records],
) -> None:
    records = opened_records()
    code = code_with(records)
    admission = admitted(records, code)
    assert records.reservations.reserve(admission, 10, 256).output_tokens == 256
    assert records.reservations.extend(admission, 256, 300, 256).output_tokens == 512
    records.reservations.settle(admission, outcome(10, 400))
    assert rows(records, "SELECT count(*) FROM periods") == [(0,)]
    assert records.ledger.daily_usage()[0].output_tokens == 400
