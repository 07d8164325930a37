from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Static

from tests.fakes import PROFILE, FakeProvider, FakeProviders
from tests.ui.bare import BareApp
from tests.ui.hand_timers import HandTimers
from tui_chat.core.conversation import new_conversation
from tui_chat.core.errors import StorageError
from tui_chat.session.session import ChatSession
from tui_chat.storage.async_store import AsyncStore
from tui_chat.ui.prompt.draft_saver import PAUSE_S, DraftSaver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[AsyncStore]:
    opened = await AsyncStore.open(tmp_path / "conversations.db")
    yield opened
    await opened.aclose()


def session_on(store: AsyncStore) -> ChatSession:
    return ChatSession(
        new_conversation(), PROFILE, store=store, providers=FakeProviders(FakeProvider())
    )


async def saved(store: AsyncStore, session: ChatSession) -> str | None:
    conversation = await store.conversation(session.conversation.id)
    return conversation.draft if conversation else None


async def test_a_draft_is_saved_while_it_is_written(
    store: AsyncStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert PAUSE_S < 1
    host = Static()
    async with BareApp(host).run_test() as pilot:
        timers = HandTimers(host, monkeypatch)
        session = session_on(store)
        await store.save_conversation(session.conversation)
        keeper = DraftSaver(host, store)
        for text in ("h", "he", "hello"):
            keeper.note(session, text)
        assert timers.delays == [PAUSE_S]
        timers.elapse()
        async with asyncio.timeout(60):
            while await saved(store, session) != "hello":
                await pilot.pause()


async def test_it_is_saved_at_once_when_it_must_be(store: AsyncStore) -> None:
    host = Static()
    async with BareApp(host).run_test():
        first, second = session_on(store), session_on(store)
        for session in (first, second):
            await store.save_conversation(session.conversation)
        keeper = DraftSaver(host, store)
        keeper.note(first, "one \ud83d")
        await keeper.save()
        keeper.note(second, "two")
        await keeper.save()
        await keeper.save()
        assert await saved(store, first) == "one \ufffd"
        assert await saved(store, second) == "two"


async def test_a_full_disk_does_not_end_the_typing(
    store: AsyncStore, caplog: pytest.LogCaptureFixture
) -> None:
    host = Static()

    class Full(ChatSession):
        async def save_draft(self, text: str, version: str | None = None) -> None:
            raise StorageError("The disk is full.")

    session = Full(
        new_conversation(), PROFILE, store=store, providers=FakeProviders(FakeProvider())
    )
    async with BareApp(host).run_test():
        keeper = DraftSaver(host, store)
        keeper.note(session, "one")
        await keeper.save()
    assert "The disk is full." in caplog.text
    assert "one" not in caplog.text
