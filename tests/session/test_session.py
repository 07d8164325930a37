from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.fakes import PROFILE, FakeProvider, FakeProviders, Hold, RecordingView, Step, answer
from tui_chat.core.conversation import MessageStatus, Role, new_conversation
from tui_chat.core.errors import CutOff, EngineError, ServerFailed, StorageError
from tui_chat.core.stream_events import Finished, ReasoningDelta, TextDelta
from tui_chat.session.saving.checkpoints import INTERVAL_S
from tui_chat.session.session import ChatSession
from tui_chat.storage.async_store import AsyncStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from tui_chat.core.attachments import Attachment, AttachmentContent
    from tui_chat.core.conversation import Conversation, Message


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[AsyncStore]:
    opened = await AsyncStore.open(tmp_path / "data" / "conversations.db")
    yield opened
    await opened.aclose()


def session_on(store: AsyncStore, provider: FakeProvider) -> ChatSession:
    return ChatSession(
        new_conversation(), PROFILE, store=store, providers=FakeProviders(provider), nickname="Ada"
    )


async def rows(store: AsyncStore, session: ChatSession) -> list[tuple[str, str, str]]:
    messages = await store.messages(session.conversation.id)
    messages.sort(key=lambda message: message.id)
    return [(item.role.value, item.content, item.status.value) for item in messages]


async def test_a_complete_reply_is_shown_and_saved(store: AsyncStore) -> None:
    session = session_on(store, FakeProvider(answer("Hello.")))
    view = RecordingView()

    reply = await session.run_turn("Hi?", view)

    assert view.text == "Hello."
    assert view.calls == ["started", "finished"]
    assert reply.status is MessageStatus.COMPLETE
    assert (reply.input_tokens, reply.output_tokens) == (5, 7)
    assert await rows(store, session) == [
        ("user", "Hi?", "complete"),
        ("assistant", "Hello.", "complete"),
    ]
    saved = await store.conversation(session.conversation.id)
    assert saved is not None
    assert (saved.title, saved.leaf_id) == ("Hi?", reply.id)
    assert session.turn is None


async def test_the_question_is_saved_before_the_request_is_sent(store: AsyncStore) -> None:
    hold = Hold()
    session = session_on(store, FakeProvider([hold, *answer("late")]))
    turn = asyncio.get_running_loop().create_task(session.run_turn("Hi?", RecordingView()))
    await hold.reached.wait()

    assert await rows(store, session) == [
        ("user", "Hi?", "complete"),
        ("assistant", "", "streaming"),
    ]

    hold.go.set()
    await turn


async def test_a_stalled_reply_is_saved_completely(store: AsyncStore) -> None:
    hold = Hold()
    session = session_on(store, FakeProvider([TextDelta("half an "), TextDelta("answer"), hold]))
    turn = asyncio.get_running_loop().create_task(session.run_turn("Hi?", RecordingView()))
    await hold.reached.wait()

    # Nothing more comes: the clock is at the next checkpoint at once.
    await asyncio.sleep(2 * INTERVAL_S)
    assert (await rows(store, session))[-1] == ("assistant", "half an answer", "streaming")

    turn.cancel()
    with suppress(asyncio.CancelledError):
        await turn


async def test_a_cancelled_answer_keeps_its_text_and_closes_the_stream(store: AsyncStore) -> None:
    hold = Hold()
    provider = FakeProvider([TextDelta("half"), hold])
    session = session_on(store, provider)
    view = RecordingView()
    turn = asyncio.get_running_loop().create_task(session.run_turn("Hi?", view))
    await hold.reached.wait()

    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn

    assert provider.closed == 1
    assert view.finished[-1].status is MessageStatus.CANCELLED
    assert (await rows(store, session))[-1] == ("assistant", "half", "cancelled")
    assert session.turn is None


async def test_a_failure_is_data_beside_the_text(store: AsyncStore) -> None:
    failure = ServerFailed("The server failed.", "Try again.", status=500, server_message="oops")
    session = session_on(store, FakeProvider([failure]))

    reply = await session.run_turn("Hi?", RecordingView())

    assert reply.status is MessageStatus.FAILED
    assert reply.error_kind == "server_failed"
    assert reply.error_text == "The server failed. It said: “oops”. Try again."


async def test_a_broken_stream_is_interrupted(store: AsyncStore) -> None:
    session = session_on(store, FakeProvider([TextDelta("half"), CutOff("It broke off.")]))

    reply = await session.run_turn("Hi?", RecordingView())

    assert (reply.content, reply.status) == ("half", MessageStatus.INTERRUPTED)


async def test_a_stream_without_an_end_is_interrupted(store: AsyncStore) -> None:
    session = session_on(store, FakeProvider([TextDelta("half")]))

    reply = await session.run_turn("Hi?", RecordingView())

    assert reply.status is MessageStatus.INTERRUPTED


async def test_an_engine_that_does_not_start_fails_the_turn(store: AsyncStore) -> None:
    session = ChatSession(
        new_conversation(),
        PROFILE,
        store=store,
        providers=FakeProviders(FakeProvider(), EngineError("The local model crashed.")),
    )

    reply = await session.run_turn("Hi?", RecordingView())

    assert (reply.status, reply.error_kind) == (MessageStatus.FAILED, "engine")


async def test_a_bug_is_raised_after_the_text_is_saved(store: AsyncStore) -> None:
    session = session_on(store, FakeProvider([TextDelta("half"), ZeroDivisionError()]))

    with pytest.raises(ZeroDivisionError):
        await session.run_turn("Hi?", RecordingView())

    assert (await rows(store, session))[-1] == ("assistant", "half", "failed")
    assert session.turn is None


async def test_messages_alternate_after_a_failure(store: AsyncStore) -> None:
    provider = FakeProvider([ServerFailed("No.")], answer("Yes."))
    session = session_on(store, provider)
    view = RecordingView()

    await session.run_turn("first", view)
    await session.run_turn("second", view)
    await session.run_turn("third", view)

    sent = [(item.role, item.content) for item in provider.requests[-1].messages]
    assert sent == [(Role.USER, "second"), (Role.ASSISTANT, "Yes."), (Role.USER, "third")]


async def test_a_regenerated_reply_is_a_sibling(store: AsyncStore) -> None:
    session = session_on(store, FakeProvider(answer("one"), answer("two")))
    view = RecordingView()
    first = await session.run_turn("Hi?", view)

    second = await session.regenerate(view)

    assert second is not None
    assert second.parent_id == first.parent_id
    assert [item.content for item in session.path] == ["Hi?", "two"]
    assert [row[1] for row in await rows(store, session)] == ["Hi?", "one", "two"]


async def test_without_a_question_nothing_is_regenerated(store: AsyncStore) -> None:
    session = session_on(store, FakeProvider())

    assert await session.regenerate(RecordingView()) is None


async def test_reasoning_is_kept_apart(store: AsyncStore) -> None:
    script: list[Step] = [ReasoningDelta("hm"), TextDelta("Yes."), Finished("stop")]
    session = session_on(store, FakeProvider(script))

    reply = await session.run_turn("Hi?", RecordingView())

    assert (reply.reasoning, reply.content) == ("hm", "Yes.")


class FullDisk:
    """A store that cannot write."""

    async def add_turn(
        self, conversation: Conversation, question: Message | None, reply: Message
    ) -> None:
        raise StorageError("The disk is full.")

    async def save_reply(self, reply: Message) -> None:
        raise StorageError("The disk is full.")

    async def add_messages(
        self, conversation: Conversation, messages: Sequence[Message], *, sent: str = ""
    ) -> None:
        raise StorageError("The disk is full.")

    async def mark_deleted(
        self, conversation: Conversation, messages: Sequence[Message], at: datetime | None
    ) -> None:
        raise StorageError("The disk is full.")

    async def attachment_content(self, attachment: Attachment) -> AttachmentContent | None:
        raise StorageError("The disk is full.")

    async def save_conversation(self, conversation: Conversation) -> None:
        raise StorageError("The disk is full.")

    async def save_draft(
        self, conversation_id: str, draft: str, version: str | None = None
    ) -> None:
        raise StorageError("The disk is full.")


async def test_a_full_disk_is_reported_and_the_turn_continues() -> None:
    view = RecordingView()
    session = ChatSession(
        new_conversation(),
        PROFILE,
        store=FullDisk(),
        providers=FakeProviders(FakeProvider(answer("Hello."))),
    )

    reply = await session.run_turn("Hi?", view)

    assert reply.status is MessageStatus.COMPLETE
    assert view.storage_errors
    assert [item.content for item in session.path] == ["Hi?", "Hello."]
