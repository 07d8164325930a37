from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.fakes import PROFILE, FakeProvider, FakeProviders, RecordingView
from tui_chat.config.expiring_store import ExpiringStore
from tui_chat.core.conversation import MessageStatus, new_conversation, now
from tui_chat.core.cost.cost import Cost, CostSource
from tui_chat.core.cost.price import Price
from tui_chat.core.stream_events import Finished, TextDelta, Usage
from tui_chat.core.turn import Turn
from tui_chat.session.accounting.accounting import Accounting
from tui_chat.session.accounting.monthly_limit import MonthlyLimits
from tui_chat.session.accounting.price_table import PriceTable, _key
from tui_chat.session.session import ChatSession
from tui_chat.storage.async_store import AsyncStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tui_chat.core.conversation import Message
    from tui_chat.core.errors import OverLimit
    from tui_chat.core.profile import Profile

PRICED = replace(PROFILE, price=Price(100.0, 1000.0, 10.0, "CNY"))
USAGE = Usage(1000, 100)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[AsyncStore]:
    opened = await AsyncStore.open(tmp_path / "c.db")
    yield opened
    await opened.aclose()


async def asked(
    store: AsyncStore,
    profile: Profile,
    usage: Usage | None,
    accounting: Accounting | None = None,
    *,
    is_temporary: bool = False,
) -> Message:
    """Ask a question in a new conversation and return the saved reply."""
    provider = FakeProvider([TextDelta("Hi."), Finished("stop", usage)])
    session = ChatSession(
        new_conversation(),
        profile,
        store=store,
        providers=FakeProviders(provider),
        is_temporary=is_temporary,
    )
    session.accounting = accounting or Accounting()
    reply = await session.run_turn("Hello?", RecordingView())
    saved = await store.messages(session.conversation.id)
    assert saved[-1].cost == reply.cost
    return reply


@pytest.mark.parametrize(
    ("profile", "usage", "wanted"),
    [
        (PRICED, Usage(1000, 100, cost=0.5), Cost(0.5, "USD", CostSource.ENDPOINT)),
        (PRICED, USAGE, Cost(0.2, "CNY", CostSource.PROFILE)),
        (PRICED, Usage(1000, 100, 1000), Cost(0.11, "CNY", CostSource.PROFILE)),
        (PRICED, Usage(1000, None), None),
        (PRICED, None, None),
        (PROFILE, USAGE, None),
        (replace(PRICED, is_embedded=True), USAGE, None),
    ],
)
async def test_the_most_exact_figure_is_taken_and_none_is_guessed(
    store: AsyncStore, profile: Profile, usage: Usage | None, wanted: Cost | None
) -> None:
    reply = await asked(store, profile, usage)
    if wanted is None:
        assert reply.cost is None
    else:
        assert reply.cost is not None
        assert reply.cost.amount == pytest.approx(wanted.amount)
        assert replace(reply.cost, amount=0) == replace(wanted, amount=0)


@pytest.mark.parametrize(("first", "wanted"), [(USAGE, 0.4), (None, None)])
async def test_all_requests_of_a_reply_count(
    store: AsyncStore, first: Usage | None, wanted: float | None
) -> None:
    """A reply with tool calls takes several requests."""
    reply = await asked(store, PRICED, None)
    session = ChatSession(
        new_conversation(), PRICED, store=store, providers=FakeProviders(FakeProvider())
    )
    turn = Turn(reply, reply)
    turn.end_round(Finished("tool_calls", first))
    turn.apply(Finished("stop", USAGE), now())
    await Accounting().settle(session, turn)
    assert (turn.reply.cost and turn.reply.cost.amount) == (wanted and pytest.approx(wanted))


class Asked:
    """Answers the question about a limit, and keeps its words."""

    def __init__(self, *, agrees: bool) -> None:
        self.agrees = agrees
        self.words: list[str] = []

    async def __call__(self, refusal: OverLimit) -> bool:
        self.words.append(refusal.message)
        return self.agrees


async def test_the_limit_of_a_month_is_asked_about_once(store: AsyncStore, tmp_path: Path) -> None:
    now = [datetime(2026, 11, 30, 12, tzinfo=UTC)]
    limits = MonthlyLimits(tmp_path / "c.db", lambda: now[0])
    accounting = Accounting(limits=limits)
    limited = replace(PRICED, monthly_limit=0.3)
    # A reply of today; November has its own sum.
    assert (await asked(store, limited, USAGE, accounting)).status is MessageStatus.COMPLETE
    now[0] = datetime.now(UTC)

    assert (await asked(store, limited, USAGE, accounting)).status is MessageStatus.COMPLETE
    refused = await asked(store, limited, USAGE, accounting)
    assert refused.status is MessageStatus.FAILED
    assert refused.error_kind == "over_limit"
    assert "¥0.40 of ¥0.30" in (refused.error_text or "")

    limits.question = question = Asked(agrees=False)
    assert (await asked(store, limited, USAGE, accounting)).status is MessageStatus.FAILED
    question.agrees = True
    for _ in range(2):
        assert (await asked(store, limited, USAGE, accounting)).status is MessageStatus.COMPLETE
    assert len(question.words) == 2
    # Another profile has its own limit.
    other = replace(limited, name="other")
    assert (await asked(store, other, USAGE, accounting)).status is MessageStatus.COMPLETE
    assert len(question.words) == 2


async def test_what_is_not_saved_counts_in_this_run(tmp_path: Path) -> None:
    accounting = Accounting(limits=MonthlyLimits(tmp_path / "missing.db"))
    limited = replace(PRICED, monthly_limit=0.3)
    memory = await AsyncStore.open(None)
    try:
        first = await asked(memory, limited, USAGE, accounting, is_temporary=True)
        assert first.status is MessageStatus.COMPLETE
        second = await asked(memory, limited, USAGE, accounting, is_temporary=True)
        third = await asked(memory, limited, USAGE, accounting, is_temporary=True)
        assert [it.error_kind for it in (second, third)] == [None, "over_limit"]
    finally:
        await memory.aclose()


async def test_the_next_answer_is_expected_to_cost_as_much_as_the_last(
    store: AsyncStore, tmp_path: Path
) -> None:
    """The endpoint reports the costs; the profile has no price."""
    limits = MonthlyLimits(tmp_path / "c.db")
    provider = FakeProvider([TextDelta("Hi."), Finished("stop", Usage(10, 10, cost=0.4))])
    session = ChatSession(
        new_conversation(),
        replace(PROFILE, monthly_limit=1.0),
        store=store,
        providers=FakeProviders(provider),
    )
    session.accounting = Accounting(limits=limits)
    kinds = [(await session.run_turn("Hello?", RecordingView())).error_kind for _ in range(3)]
    assert kinds == [None, None, "over_limit"]


@pytest.mark.slow
async def test_the_price_table_is_asked_in_a_child_process_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    openai = replace(PROFILE, base_url="https://api.openai.com/v1")
    table = PriceTable(ExpiringStore(file))
    for profile, model, is_known in (
        (openai, "gpt-5-mini", True),
        (openai, "no-such-model", False),
        (replace(PROFILE, base_url="https://models.example/v1"), "gpt-5-mini", False),
        (PROFILE, "gpt-5-mini", False),
    ):
        table.prepare(profile, model)
        for looking in list(table._looking.values()):
            await looking
        found = await table.price(profile, model)
        assert (found is not None) is is_known
        if found is not None:
            assert found.price.output > found.price.input > (found.price.cached or 0) > 0
    await table.aclose()
    assert "api.openai.com" not in file.read_text(encoding="utf-8")


async def test_a_kept_price_needs_no_child_and_has_its_range(tmp_path: Path) -> None:
    hosted = replace(PROFILE, base_url="https://api.example/v1")
    kept = ExpiringStore(tmp_path / "prices.json")
    prices = {"input": 1.0, "output": 2.0, "cached": 0.5, "up_to": 200_000}
    kept.set(_key(hosted, "test-model"), prices)
    memory = await AsyncStore.open(None)
    accounting = Accounting(PriceTable(ExpiringStore(tmp_path / "prices.json")))
    try:
        reply = await asked(memory, hosted, Usage(100_000, 0), accounting)
        assert reply.cost == Cost(0.1, "USD", CostSource.TABLE)
        assert (await asked(memory, hosted, Usage(300_000, 0), accounting)).cost is None
    finally:
        await accounting.aclose()
        await memory.aclose()
