from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.fakes import PROFILE, FakeProvider, FakeProviders, Hold, RecordingView, answer
from tui_chat.core.conversation import Message, MessageStatus, Role, new_conversation
from tui_chat.core.errors import CutOff, ServerFailed
from tui_chat.core.profile import Continuing, Profile
from tui_chat.core.stream_events import Finished, TextDelta
from tui_chat.session.branches import is_continuable
from tui_chat.session.external_changes import merge_external_changes
from tui_chat.session.session import ChatSession
from tui_chat.session.turns.structured_output import CONTINUE_PROMPT
from tui_chat.storage.async_store import AsyncStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[AsyncStore]:
    opened = await AsyncStore.open(tmp_path / "data" / "conversations.db")
    yield opened
    await opened.aclose()


def session_on(
    store: AsyncStore, provider: FakeProvider, profile: Profile = PROFILE
) -> ChatSession:
    return ChatSession(new_conversation(), profile, store=store, providers=FakeProviders(provider))


async def reopened(session: ChatSession, store: AsyncStore) -> ChatSession:
    """Return the conversation as the next start of the program finds it."""
    conversation = await store.conversation(session.conversation.id)
    assert conversation is not None
    messages = await store.messages(conversation.id, with_deleted=True)
    return ChatSession(
        conversation,
        PROFILE,
        store=store,
        providers=FakeProviders(FakeProvider()),
        messages=messages,
    )


def texts(session: ChatSession) -> list[str]:
    return [message.content for message in session.path]


async def sky(store: AsyncStore, *answers: str) -> ChatSession:
    """Return a session in which `one`, `two`, ... were asked and answered."""
    provider = FakeProvider(*[answer(text) for text in answers], answer("more"))
    session = session_on(store, provider)
    for question, _ in zip(("one?", "two?", "three?"), answers, strict=False):
        await session.run_turn(question, RecordingView())
    return session


async def test_an_edited_question_is_a_version(store: AsyncStore) -> None:
    session = await sky(store, "1", "2")
    first = session.path[0]

    await session.ask_edited(first, "uno?", RecordingView())

    assert texts(session) == ["uno?", "more"]
    assert session.branches.version_number(session.path[0]) == (2, 2)
    shown = await session.branches.flip(session.path[0], -1)
    assert shown is not None
    assert texts(session) == ["one?", "1", "two?", "2"]
    assert texts(await reopened(session, store)) == ["one?", "1", "two?", "2"]
    assert await session.branches.flip(session.path[0], -1) is None


async def test_a_regenerated_reply_keeps_the_messages_below_the_first(
    store: AsyncStore,
) -> None:
    session = await sky(store, "1", "2")
    question = session.path[0]

    await session.regenerate(RecordingView(), question)

    assert texts(session) == ["one?", "more"]
    await session.branches.flip(session.path[1], -1)
    assert texts(session) == ["one?", "1", "two?", "2"]


async def test_an_edited_reply_is_a_marked_version(store: AsyncStore) -> None:
    session = await sky(store, "1")
    edited = await session.branches.add_edited_answer(session.path[1], "better")

    assert texts(session) == ["one?", "better"]
    assert edited.edited_from is not None
    assert session.branches.version_number(edited) == (2, 2)
    again = await reopened(session, store)
    assert texts(again) == ["one?", "better"]
    assert again.path[-1].edited_from == edited.edited_from


async def test_a_deleted_message_and_its_replies_can_be_restored_after_a_restart(
    store: AsyncStore,
) -> None:
    session = await sky(store, "1", "2")
    assert await session.branches.delete(session.path[2]) == 2
    assert texts(session) == ["one?", "1"]

    again = await reopened(session, store)
    assert texts(again) == ["one?", "1"]
    assert [message.content for message in await store.messages(session.conversation.id)] == [
        "one?",
        "1",
    ]
    back = await again.branches.undo_delete()
    assert [message.content for message in back] == ["two?", "2"]
    assert texts(await reopened(session, store)) == ["one?", "1", "two?", "2"]
    assert await again.branches.undo_delete() == []


async def test_a_message_is_deleted_without_what_follows(store: AsyncStore) -> None:
    session = await sky(store, "1", "2", "3")
    # Another window had the conversation open.
    other = await reopened(session, store)
    answer = session.path[1]
    await session.branches.delete_alone(answer)
    assert texts(session) == ["one?", "two?", "2", "three?", "3"]
    assert texts(await reopened(session, store)) == texts(session)
    stored = await store.messages(other.conversation.id, with_deleted=True)
    snapshot = await store.snapshot(other.conversation)
    assert snapshot is not None
    merge_external_changes(other, snapshot, stored)
    assert texts(other) == texts(session)

    # Questions and answers alternate on the wire; an edited question does not restore the answer.
    sent = session.context.request(session.path, "").messages
    spoken = [it.content for it in sent if it.role is not Role.SYSTEM]
    assert spoken == ["two?", "2", "three?", "3"]
    await session.ask_edited(session.path[1], "two, edited?", RecordingView())
    assert texts(session)[:2] == ["one?", "two, edited?"]
    assert "1" not in texts(await reopened(session, store))

    assert [it.id for it in await session.branches.undo_delete()] == [answer.id]
    assert texts(session) == ["one?", "1", "two?", "2", "three?", "3"]
    assert texts(await reopened(session, store)) == texts(session)


async def test_the_last_message_alone_is_the_last_message(store: AsyncStore) -> None:
    session = await sky(store, "1", "2")
    for left in (["one?", "1", "two?"], ["one?", "1"], ["one?"], []):
        await session.branches.delete_alone(session.path[-1])
        assert texts(session) == left
        assert texts(await reopened(session, store)) == left


async def test_an_answer_whose_question_was_deleted_is_kept_as_it_is(store: AsyncStore) -> None:
    session = await sky(store, "1", "2")
    question, answer = session.path[2:]
    await session.branches.delete_alone(question)
    assert texts(session) == ["one?", "1", "2"]
    assert await session.continue_reply(answer, RecordingView()) is None
    edited = await session.branches.add_edited_answer(answer, "better")
    again = await reopened(session, store)
    assert texts(again) == ["one?", "1", "better"]
    assert again.branches.version_number(edited) == (2, 2)


async def test_a_clock_that_is_behind_does_not_age_what_is_deleted(
    store: AsyncStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await sky(store, "1", "2")
    newest = max(message.created_at for message in session.path)
    monkeypatch.setattr("tui_chat.session.branches.now", lambda: newest - timedelta(days=400))
    await session.branches.delete(session.path[2])

    deleted = [
        message.deleted_at
        for message in await store.messages(session.conversation.id, with_deleted=True)
        if message.deleted_at is not None
    ]
    assert len(deleted) == 2
    assert min(deleted) >= newest
    assert len(await session.branches.undo_delete()) == 2


async def test_deleting_a_version_shows_the_previous_one(store: AsyncStore) -> None:
    session = await sky(store, "1")
    await session.regenerate(RecordingView())
    await session.regenerate(RecordingView())
    assert session.branches.version_number(session.path[-1]) == (3, 3)

    await session.branches.delete(session.path[-1])

    assert session.branches.version_number(session.path[-1]) == (2, 2)
    await session.branches.flip(session.path[-1], -1)
    await session.branches.delete(session.path[-1])
    number = session.branches.version_number(session.path[-1])
    assert (texts(session), number) == (
        ["one?", "more"],
        (1, 1),
    )


async def test_the_whole_conversation_can_be_deleted_message_by_message(store: AsyncStore) -> None:
    session = await sky(store, "1")
    await session.branches.delete(session.path[0])
    assert texts(session) == []
    await session.run_turn("anew?", RecordingView())
    assert texts(session) == ["anew?", "more"]
    await session.branches.undo_delete()
    assert texts(session) == ["one?", "1"]
    assert session.branches.version_number(session.path[0]) == (1, 2)


async def test_a_fork_is_a_conversation_of_its_own(store: AsyncStore) -> None:
    session = await sky(store, "1", "2")
    conversation, path = session.branches.fork(session.path[1])
    await store.add_messages(conversation, path)

    assert conversation.id != session.conversation.id
    assert conversation.title == "one? (fork)"
    saved = await store.messages(conversation.id)
    assert [message.content for message in saved] == ["one?", "1"]
    assert texts(session) == ["one?", "1", "two?", "2"]


async def test_an_edit_survives_a_restart(store: AsyncStore) -> None:
    session = await sky(store, "1")
    await session.branches.begin_edit(session.path[0], "a draft")

    again = await reopened(session, store)
    assert again.branches.editing is not None
    assert again.branches.editing.message == session.path[0]
    # A second message to edit does not take the place of the draft.
    await again.branches.begin_edit(again.path[1], "text of the first one")
    assert again.branches.end_edit() == "a draft"
    assert again.branches.editing is None


async def test_a_cut_off_reply_is_continued_if_the_endpoint_supports_it(store: AsyncStore) -> None:
    provider = FakeProvider(
        [TextDelta("The sky is"), CutOff("It broke off.")],
        [TextDelta(" blue."), Finished("stop")],
    )
    profile = Profile("p", "http://127.0.0.1:9/v1", continue_with=Continuing.PREFILL)
    session = session_on(store, provider, profile)
    cut = await session.run_turn("Why?", RecordingView())
    assert is_continuable(cut)

    view = RecordingView()
    reply = await session.continue_reply(cut, view)

    assert reply is not None
    assert (reply.content, reply.status) == ("The sky is blue.", MessageStatus.COMPLETE)
    sent = [(m.role.value, m.content) for m in provider.requests[-1].messages]
    assert sent == [("user", "Why?"), ("assistant", "The sky is")]
    assert provider.requests[-1].messages[-1].continuing is Continuing.PREFILL
    assert session.branches.version_number(reply) == (2, 2)
    assert texts(await reopened(session, store)) == ["Why?", "The sky is blue."]


async def test_a_repeated_beginning_is_dropped(
    store: AsyncStore,
) -> None:
    beginning = "The sky is blue because air"
    provider = FakeProvider(
        [TextDelta(beginning), CutOff("It broke off.")],
        [TextDelta("The sky is"), TextDelta(" blue because air scatters"), Finished("stop")],
    )
    profile = Profile("p", "http://127.0.0.1:9/v1", continue_with=Continuing.PREFILL)
    session = session_on(store, provider, profile)
    cut = await session.run_turn("Why?", RecordingView())

    reply = await session.continue_reply(cut, RecordingView())

    assert reply is not None
    assert reply.content == f"{beginning} scatters"


@pytest.mark.parametrize("failure", [CutOff("It broke off."), ServerFailed("It failed.")])
async def test_other_endpoints_get_a_visible_question(
    store: AsyncStore, failure: Exception
) -> None:
    provider = FakeProvider([TextDelta("The sky is"), failure], answer("blue."))
    session = session_on(store, provider)
    cut = await session.run_turn("Why?", RecordingView())

    await session.continue_reply(cut, RecordingView())

    assert texts(session) == ["Why?", "The sky is", CONTINUE_PROMPT, "blue."]
    assert [m.content for m in provider.requests[-1].messages] == texts(session)[:3]
    assert texts(await reopened(session, store)) == texts(session)


async def test_stopping_a_continuation_keeps_both_parts(store: AsyncStore) -> None:
    hold = Hold()
    provider = FakeProvider([TextDelta("one"), CutOff("cut")], [TextDelta(" two"), hold])
    profile = Profile("p", "http://127.0.0.1:9/v1", continue_with=Continuing.PREFIX)
    session = session_on(store, provider, profile)
    cut = await session.run_turn("Why?", RecordingView())
    turn = asyncio.get_running_loop().create_task(session.continue_reply(cut, RecordingView()))
    await hold.reached.wait()
    turn.cancel()
    with suppress(asyncio.CancelledError):
        await turn

    assert [(m.content, m.status) for m in (await reopened(session, store)).path] == [
        ("Why?", MessageStatus.COMPLETE),
        ("one two", MessageStatus.CANCELLED),
    ]


async def test_complete_or_empty_replies_cannot_be_continued(store: AsyncStore) -> None:
    session = await sky(store, "1")
    question, reply = session.path

    def like(status: MessageStatus, content: str = "x", reason: str | None = None) -> Message:
        from dataclasses import replace

        return replace(reply, status=status, content=content, finish_reason=reason)

    assert not is_continuable(question)
    assert not is_continuable(reply)
    assert is_continuable(like(MessageStatus.COMPLETE, reason="length"))
    assert is_continuable(like(MessageStatus.CANCELLED))
    assert not is_continuable(like(MessageStatus.CANCELLED, content=" "))
    assert not is_continuable(like(MessageStatus.STREAMING))
    assert await session.continue_reply(like(MessageStatus.CANCELLED, ""), RecordingView()) is None
