from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.fakes import FakeProvider, FakeProviders, Hold, RecordingView, answer
from tui_chat.core.conversation import MessageStatus, new_conversation
from tui_chat.core.errors import ServerFailed
from tui_chat.core.profile import Profile
from tui_chat.core.stream_events import TextDelta
from tui_chat.session.comparison.comparison import Comparison, recipients
from tui_chat.session.comparison.lane import Candidate, turn_of
from tui_chat.session.external_changes import is_answered_elsewhere
from tui_chat.session.session import ChatSession
from tui_chat.session.turns.new_messages import new_question
from tui_chat.storage.async_store import AsyncStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tui_chat.core.conversation import Message

HOME = Profile(name="home", base_url="http://127.0.0.1:9/v1", model="m")
FAR = Profile(name="far", base_url="http://127.0.0.1:10/v1", model="f")
THIRD = Profile(name="third", base_url="http://127.0.0.1:11/v1", model="t")


class Many(FakeProviders):
    """Gives each profile its own provider."""

    def __init__(self, **by_name: FakeProvider) -> None:
        super().__init__(FakeProvider())
        self.by_name = by_name

    async def provider(self, profile: Profile) -> FakeProvider:
        return self.by_name[profile.name]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[AsyncStore]:
    opened = await AsyncStore.open(tmp_path / "data" / "conversations.db")
    yield opened
    await opened.aclose()


def several(
    store: AsyncStore, providers: Many, *profiles: Profile, is_blind: bool = False
) -> tuple[ChatSession, Comparison]:
    session = ChatSession(new_conversation(), HOME, store=store, providers=providers)
    question = new_question(session, "Why?", None)
    candidates = [Candidate(it, it.model) for it in profiles]
    return session, Comparison(
        session, question, candidates, providers=providers, is_blind=is_blind
    )


def contents(messages: list[Message]) -> list[tuple[str | None, str, str]]:
    """Return profile, text and status of the replies, in order of creation."""
    found = sorted((it for it in messages if it.parent_id), key=lambda it: it.id)
    return [(it.profile, it.content, it.status.value) for it in found]


async def test_each_model_answers_as_a_version_and_a_failure_stops_no_other(
    store: AsyncStore,
) -> None:
    providers = Many(
        home=FakeProvider(answer("Because.")),
        far=FakeProvider([TextDelta("Hm"), ServerFailed("broken", "")]),
        third=FakeProvider(answer("So.")),
    )
    session, comparison = several(store, providers, HOME, FAR, THIRD)
    views = {lane: RecordingView() for lane in comparison.lanes}

    await comparison.run(views.__getitem__)

    saved = await store.messages(session.conversation.id)
    assert contents(saved) == [
        ("home", "Because.", "complete"),
        ("far", "Hm", "failed"),
        ("third", "So.", "complete"),
    ]
    assert [it.content for it in session.path] == ["Why?", "Because."]
    assert session.branches.version_number(session.path[-1]) == (1, 3)
    assert [view.calls for view in views.values()] == [["started", "finished"]] * 3
    row = await store.conversation(session.conversation.id)
    assert row is not None
    assert (row.title, row.leaf_id) == ("Why?", session.path[-1].id)
    # Each got the question alone, never the answer of another.
    sent = [it.requests[0].messages[-1].content for it in providers.by_name.values()]
    assert sent == ["Why?"] * 3


async def test_stopping_stops_all_and_keeps_all(store: AsyncStore) -> None:
    holds = Hold(), Hold()
    providers = Many(
        home=FakeProvider([TextDelta("a"), holds[0]]), far=FakeProvider([TextDelta("b"), holds[1]])
    )
    session, comparison = several(store, providers, HOME, FAR)
    view = RecordingView()
    work = asyncio.get_running_loop().create_task(comparison.run(lambda lane: view))
    for hold in holds:
        await hold.reached.wait()
    assert session.comparison is comparison
    for lane in comparison.lanes:
        assert lane.reply is not None
        assert turn_of(session, lane.reply.id) is not None
        assert not is_answered_elsewhere(session, lane.reply)
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work
    saved = await store.messages(session.conversation.id)
    assert contents(saved) == [("home", "a", "cancelled"), ("far", "b", "cancelled")]
    assert [it.closed for it in providers.by_name.values()] == [1, 1]


async def test_choosing_stops_the_others_and_goes_on_with_that_endpoint(store: AsyncStore) -> None:
    hold, far = Hold(), FakeProvider(answer("far"), answer("again"))
    providers = Many(home=FakeProvider([TextDelta("home"), hold]), far=far)
    session, comparison = several(store, providers, HOME, FAR)
    work = asyncio.get_running_loop().create_task(comparison.run(lambda lane: RecordingView()))
    await hold.reached.wait()
    _, chosen = comparison.lanes
    await chosen.session.task.ended()

    await comparison.choose(chosen)
    await work

    assert session.comparison is None
    assert [it.content for it in session.path] == ["Why?", "far"]
    assert contents(await store.messages(session.conversation.id))[0][2] == "cancelled"
    assert not session.consent.is_missing
    await session.run_turn("And?", RecordingView())
    assert [it.content for it in session.path] == ["Why?", "far", "And?", "again"]
    assert session.path[-1].profile == "far"
    assert len(far.requests) == 2


async def test_no_endpoint_gets_a_conversation_without_consent(store: AsyncStore) -> None:
    far = FakeProvider()
    providers = Many(home=FakeProvider(), far=far)
    session = ChatSession(new_conversation(), HOME, store=store, providers=providers)
    await session.run_turn("Why?", RecordingView())
    candidates = [Candidate(HOME, "m"), Candidate(HOME, "n"), Candidate(FAR, "f")]

    told = recipients(session, session.path[0], candidates)
    assert [(it.profile.name, it.message_count, it.needs_consent) for it in told] == [
        ("home", 1, False),
        ("far", 1, True),
    ]
    assert [it.message_count for it in recipients(session, None, candidates)] == [3, 3]

    comparison = Comparison(session, session.path[0], candidates, providers=providers)
    await comparison.run(lambda lane: RecordingView())
    refused = comparison.lanes[2].reply
    assert refused is not None
    assert (refused.status, refused.error_kind) == (MessageStatus.FAILED, "consent")
    assert not far.requests

    session.consent.allow(FAR)
    again = Comparison(session, session.path[0], candidates[1:], providers=providers)
    await again.run(lambda lane: RecordingView())
    assert len(far.requests) == 1


async def test_names_are_hidden_and_shuffled_until_one_is_chosen(
    store: AsyncStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.shuffle", lambda lanes: lanes.reverse())
    providers = Many(home=FakeProvider(), far=FakeProvider())
    _, comparison = several(store, providers, HOME, FAR, is_blind=True)
    assert [it.candidate.name for it in comparison.lanes] == ["f", "m"]
    await comparison.run(lambda lane: RecordingView())
    await comparison.choose(comparison.lanes[1])
    assert not comparison.is_blind
