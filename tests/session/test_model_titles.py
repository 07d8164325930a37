from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.fakes import PROFILE, FakeProvider, FakeProviders, RecordingView, Step, answer
from tui_chat.core.conversation import new_conversation
from tui_chat.core.errors import CutOff, EngineError
from tui_chat.core.stream_events import TextDelta
from tui_chat.session.library import ConversationLibrary
from tui_chat.session.model_titles import title_by_model
from tui_chat.session.session import ChatSession
from tui_chat.storage.async_store import AsyncStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def store() -> AsyncIterator[AsyncStore]:
    opened = await AsyncStore.open(None)
    yield opened
    await opened.aclose()


async def asked(
    store: AsyncStore, script: list[Step], question: str = "why?"
) -> tuple[ChatSession, FakeProviders]:
    providers = FakeProviders(FakeProvider(answer("because"), script))
    session = ChatSession(new_conversation(), PROFILE, store=store, providers=providers)
    await session.run_turn(question, RecordingView())
    return session, providers


async def saved_title(store: AsyncStore, session: ChatSession) -> str:
    saved = await store.conversation(session.conversation.id)
    assert saved is not None
    return saved.title


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Sky colours", "Sky colours"),
        ('\n**Title: "Sky colours."**\n', "Sky colours"),
        ("Title: “天空的颜色”。", "天空的颜色"),
        ("a\x1b]0;b", "a␛]0;b"),
        ("x" * 100, "x" * 59 + "…"),
        (" \n", "why?"),
    ],
)
async def test_a_title_is_written_and_saved(store: AsyncStore, written: str, title: str) -> None:
    session, _ = await asked(store, answer(written))
    await title_by_model(session, FakeProviders(FakeProvider(answer(written))))
    assert session.conversation.title == title
    assert await saved_title(store, session) == title


async def test_a_reply_that_is_no_title_is_stopped(store: AsyncStore) -> None:
    endless: list[Step] = [TextDelta("word " * 20) for _ in range(1000)]
    provider = FakeProvider(endless)
    session, _ = await asked(store, [])
    await title_by_model(session, FakeProviders(provider))
    assert provider.closed == 1
    assert len(session.conversation.title) == 60


async def test_a_title_of_the_user_is_kept(store: AsyncStore) -> None:
    session, providers = await asked(store, answer("other"))
    await ConversationLibrary(lambda: store, {session.conversation.id: session}.get).rename(
        session.conversation.id, "  mine\n#tag "
    )
    assert not await title_by_model(session, providers)
    assert await saved_title(store, session) == "mine #tag"


async def test_a_title_written_meanwhile_is_kept(store: AsyncStore) -> None:
    session, _ = await asked(store, [])

    class Renaming(FakeProviders):
        async def provider(self, profile: object) -> FakeProvider:
            await ConversationLibrary(lambda: store, {session.conversation.id: session}.get).rename(
                session.conversation.id, "mine"
            )
            return self.given

    assert not await title_by_model(session, Renaming(FakeProvider(answer("other"))))
    assert await saved_title(store, session) == "mine"


@pytest.mark.parametrize("failure", [EngineError("no"), None])
async def test_a_failure_is_only_logged(
    store: AsyncStore, failure: Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    session, _ = await asked(store, [])
    provider = FakeProvider([TextDelta("half"), CutOff("gone", "")])
    assert not await title_by_model(session, FakeProviders(provider, failure))
    assert "no title was written" in caplog.text
    assert await saved_title(store, session) == "why?"


async def test_only_the_first_answer_and_never_the_embedded_model(store: AsyncStore) -> None:
    session, providers = await asked(store, answer("other"))
    session.profile = replace(PROFILE, is_embedded=True)
    assert not await title_by_model(session, providers)
    session.profile = PROFILE
    await session.run_turn("again", RecordingView())
    assert not await title_by_model(session, providers)
