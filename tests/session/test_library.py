from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.fakes import PROFILE, FakeProvider, FakeProviders, RecordingView, answer
from tui_chat.core.conversation import Conversation, new_conversation
from tui_chat.session.library import ConversationLibrary, is_pinned
from tui_chat.session.session import ChatSession
from tui_chat.storage.async_store import AsyncStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def store() -> AsyncIterator[AsyncStore]:
    opened = await AsyncStore.open(None)
    yield opened
    await opened.aclose()


async def asked(store: AsyncStore, *questions: str) -> ChatSession:
    providers = FakeProviders(FakeProvider(answer("because")))
    session = ChatSession(new_conversation(), PROFILE, store=store, providers=providers)
    for question in questions:
        await session.run_turn(question, RecordingView())
    return session


async def saved(store: AsyncStore, session: ChatSession) -> Conversation:
    found = await store.conversation(session.conversation.id)
    assert found is not None
    return found


@pytest.mark.parametrize("is_open", [True, False])
async def test_a_title_is_one_line_and_not_empty(store: AsyncStore, *, is_open: bool) -> None:
    session = await asked(store, "why?")
    shelf = ConversationLibrary(
        lambda: store, {session.conversation.id: session}.get if is_open else lambda _: None
    )
    await shelf.rename(session.conversation.id, " a\n\tb \ud83d ")
    await shelf.rename(session.conversation.id, " \n ")
    await shelf.rename("nobody", "x")
    assert (await saved(store, session)).title == "a b �"
    assert session.conversation.title == ("a b �" if is_open else "why?")


async def test_the_next_turn_keeps_title_and_pin_of_the_open_conversation(
    store: AsyncStore,
) -> None:
    session = await asked(store, "why?")
    shelf = ConversationLibrary(lambda: store, {session.conversation.id: session}.get)
    await shelf.rename(session.conversation.id, "mine")
    assert await shelf.toggle_pinned(session.conversation.id)
    await session.run_turn("again", RecordingView())
    found = await saved(store, session)
    assert (found.title, is_pinned(found)) == ("mine", True)
    assert not await shelf.toggle_pinned(session.conversation.id)
    assert not is_pinned(await saved(store, session))
    assert not await shelf.toggle_pinned("nobody")


async def test_deleted_conversations_are_restored_one_by_one(store: AsyncStore) -> None:
    first, second = await asked(store, "1"), await asked(store, "2")
    shelf = ConversationLibrary(lambda: store, {second.conversation.id: second}.get)
    await shelf.delete(first.conversation.id)
    await shelf.delete(second.conversation.id)
    assert second.conversation.deleted_at is not None
    assert await store.search("") == []
    assert await shelf.undo() == second.conversation.id
    assert (await saved(store, second)).deleted_at is None
    assert await shelf.undo() == first.conversation.id
    assert await shelf.undo() is None
    assert len(await store.search("")) == 2


async def test_restored_messages_bring_back_their_parents(store: AsyncStore) -> None:
    session = await asked(store, "1", "2")
    path = list(session.path)
    await session.branches.delete(path[3])
    await session.branches.delete(path[1])
    answer_entry = (await store.trash())[1]
    assert answer_entry.message_count == 1

    shelf = ConversationLibrary(lambda: store, {session.conversation.id: session}.get)
    assert await shelf.restore(answer_entry) == path[3].id
    await session.branches.show(path[3].id)
    assert [it.id for it in session.path] == [it.id for it in path]
    assert len(await store.messages(session.conversation.id)) == 4


async def test_a_restored_conversation_is_unchanged(store: AsyncStore) -> None:
    session = await asked(store, "1")
    shelf = ConversationLibrary(lambda: store, lambda _: None)
    await shelf.delete(session.conversation.id)
    (entry,) = await store.trash()
    assert await shelf.restore(entry) is None
    found = await saved(store, session)
    assert replace(found, draft="") == replace(session.conversation, draft="")
