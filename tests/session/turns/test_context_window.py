from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.fakes import PROFILE, FakeProvider, FakeProviders, Hold, RecordingView, answer
from tui_chat.core.conversation import new_conversation
from tui_chat.core.errors import NoAnswer, ServerFailed
from tui_chat.core.request import SUMMARY_HEAD
from tui_chat.core.stream_events import Finished, TextDelta
from tui_chat.session.session import ChatSession
from tui_chat.session.turns.context_window import SUMMARY_PROMPT
from tui_chat.storage.async_store import AsyncStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.fakes import Step


@pytest.fixture
async def store() -> AsyncIterator[AsyncStore]:
    opened = await AsyncStore.open(None)
    yield opened
    await opened.aclose()


async def asked(
    store: AsyncStore, *scripts: list[Step], turns: int = 4
) -> tuple[ChatSession, FakeProvider]:
    """Return a session in which some turns have been."""
    provider = FakeProvider(*[answer(f"a{n}") for n in range(turns)], *scripts)
    profile = replace(PROFILE, system_prompt="Be brief.")
    session = ChatSession(
        new_conversation(), profile, store=store, providers=FakeProviders(provider)
    )
    for number in range(turns):
        await session.run_turn(f"q{number}", RecordingView())
    return session, provider


async def sent_next(session: ChatSession, provider: FakeProvider) -> list[str]:
    """Ask once more and return the texts that went along."""
    await session.run_turn("next", RecordingView())
    return [message.content for message in provider.requests[-1].messages]


async def test_everything_is_sent_until_the_user_trims_it(store: AsyncStore) -> None:
    session, provider = await asked(store)
    assert session.context.boundary is None
    assert len(await sent_next(session, provider)) == 1 + 2 * 4 + 1


async def test_the_older_half_is_trimmed_and_sent_again(store: AsyncStore) -> None:
    session, provider = await asked(store)
    assert session.context.trim_oldest() == 2
    boundary = session.context.boundary
    assert boundary is not None
    assert (boundary.message_id, boundary.turns) == (session.path[4].id, 2)
    assert await sent_next(session, provider) == ["Be brief.", "q2", "a2", "q3", "a3", "next"]
    assert [m.content for m in session.path[:2]] == ["q0", "a0"]

    assert session.context.trim_oldest() == 3
    assert session.context.send_everything()
    assert not session.context.send_everything()
    assert session.context.boundary is None
    assert len(await sent_next(session, provider)) == 1 + 2 * 5 + 1


async def test_it_is_saved_with_the_conversation(store: AsyncStore) -> None:
    session, provider = await asked(store)
    session.context.trim_oldest()
    await store.save_conversation(session.conversation)
    saved = await store.conversation(session.conversation.id)
    assert saved is not None
    again = ChatSession(
        saved,
        PROFILE,
        store=store,
        providers=FakeProviders(provider),
        messages=await store.messages(saved.id),
    )
    assert again.context.boundary == session.context.boundary


@pytest.mark.parametrize("turns", [0, 1])
async def test_the_last_turn_is_never_trimmed(store: AsyncStore, turns: int) -> None:
    session, _ = await asked(store, turns=turns)
    assert session.context.trim_oldest() == 0
    assert await session.context.summarize_oldest(lambda _: None) == 0
    assert session.context.boundary is None


async def test_trimming_ends_at_another_branch(store: AsyncStore) -> None:
    session, provider = await asked(store)
    session.context.trim_oldest()
    first = session.path[0]
    await session.ask_edited(first, "other", RecordingView())
    assert session.context.boundary is None
    assert [m.content for m in provider.requests[-1].messages] == ["Be brief.", "other"]
    await session.branches.flip(session.path[0], -1)
    assert session.context.boundary is not None


async def test_a_summary_replaces_the_oldest_turns(store: AsyncStore) -> None:
    session, provider = await asked(
        store, [TextDelta("They "), TextDelta("met."), Finished("stop")]
    )
    events: list[object] = []
    assert await session.context.summarize_oldest(events.append) == 2

    wish = [message.content for message in provider.requests[-1].messages]
    assert wish == ["Be brief.", "q0", "a0", "q1", "a1", SUMMARY_PROMPT]
    assert len(events) == 3
    assert len(session.path) == 8
    told = f"Be brief.\n\n{SUMMARY_HEAD}\nThey met."
    assert await sent_next(session, provider) == [told, "q2", "a2", "q3", "a3", "next"]

    # The next summary holds the one before.
    provider.scripts.append([TextDelta("More."), Finished("stop")])
    assert await session.context.summarize_oldest(events.append) == 3
    assert provider.requests[-1].messages[0].content == told
    boundary = session.context.boundary
    assert boundary is not None
    assert boundary.summary == "More."


@pytest.mark.parametrize(
    ("script", "error"),
    [([ServerFailed("No.")], ServerFailed), ([TextDelta(" \n"), Finished("stop")], NoAnswer)],
)
async def test_no_summary_changes_nothing(
    store: AsyncStore, script: list[Step], error: type[Exception]
) -> None:
    session, _ = await asked(store, script)
    before = session.conversation
    with pytest.raises(error):
        await session.context.summarize_oldest(lambda _: None)
    assert session.conversation == before


async def test_a_stopped_summary_changes_nothing(store: AsyncStore) -> None:
    hold = Hold()
    session, provider = await asked(store, [TextDelta("half"), hold])
    before = session.conversation
    summing = asyncio.get_running_loop().create_task(
        session.context.summarize_oldest(lambda _: None)
    )
    await hold.reached.wait()
    summing.cancel()
    with suppress(asyncio.CancelledError):
        await summing
    assert session.conversation == before
    assert provider.closed == 5


async def test_the_context_use_is_counted_or_estimated(store: AsyncStore) -> None:
    session, provider = await asked(store, answer("a"), turns=4)
    use = session.context.use(100)
    assert use is not None
    assert (use.tokens, use.is_estimate, use.limit) == (12, False, 100)

    drafted = session.context.use(100, "你好")
    assert drafted is not None
    assert (drafted.tokens, drafted.is_estimate) == (14, True)

    session.context.trim_oldest()
    use = session.context.use(None)
    assert use is not None
    # The system prompt, four letters and four digits, and the marks around five messages.
    assert (use.tokens, use.is_estimate) == (3 + 1 + 4 + 5 * 4, True)

    await sent_next(session, provider)
    use = session.context.use(None)
    assert use is not None
    assert (use.tokens, use.is_estimate) == (12, False)


async def test_the_tokens_of_a_stopped_reply_are_estimated(store: AsyncStore) -> None:
    hold = Hold()
    session, _ = await asked(store, [TextDelta("abcdefgh"), hold], turns=1)
    turn = asyncio.get_running_loop().create_task(session.run_turn("q", RecordingView()))
    await hold.reached.wait()
    turn.cancel()
    with suppress(asyncio.CancelledError):
        await turn
    use = session.context.use(None)
    assert use is not None
    assert (use.tokens, use.is_estimate) == (12 + 1 + 4 + 2 + 4, True)


async def test_an_empty_conversation_uses_nothing(store: AsyncStore) -> None:
    session, _ = await asked(store, turns=0)
    assert session.context.use(100) is None


@pytest.mark.parametrize("setting", [None, 3, {"through": 3}, {"through": "?"}, {"at": "never"}])
async def test_an_invalid_setting_trims_nothing(store: AsyncStore, setting: object) -> None:
    session, _ = await asked(store, turns=2)
    session.conversation = replace(session.conversation, settings={"left_out": setting})
    assert session.context.boundary is None
    assert session.context.use(9) is not None
    assert session.context.trim_oldest() == 1
