"""Attachments of a conversation: loaded when a request needs them, kept by every later turn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.fakes import PROFILE, FakeProvider, FakeProviders, RecordingView, answer
from tui_chat.core.attachments import AttachmentKind, SentAs, new_attachment
from tui_chat.core.conversation import MessageStatus, new_conversation
from tui_chat.core.reply_extras import ExtraKind, ReplyExtra
from tui_chat.core.stream_events import Finished, TextDelta
from tui_chat.session.session import ChatSession
from tui_chat.storage.async_store import AsyncStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CAT = new_attachment(
    b"\x89PNG\r\n\x1a\n", "cat.png", "image/png", AttachmentKind.PICTURE, SentAs.IMAGE
)
NOTES = new_attachment(
    b"notes", "notes.txt", "text/plain", AttachmentKind.TEXT, SentAs.TEXT, text="notes"
)
PICTURE_URL = "data:image/png;base64,iVBORw0KGgo="


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[AsyncStore]:
    opened = await AsyncStore.open(tmp_path / "data" / "conversations.db")
    yield opened
    await opened.aclose()


def session_on(
    store: AsyncStore, provider: FakeProvider, *, is_temporary: bool = False
) -> ChatSession:
    providers = FakeProviders(provider)
    return ChatSession(
        new_conversation(), PROFILE, store=store, providers=providers, is_temporary=is_temporary
    )


async def reopened(session: ChatSession, store: AsyncStore, provider: FakeProvider) -> ChatSession:
    conversation_id = session.conversation.id
    conversation = await store.conversation(conversation_id)
    assert conversation is not None
    messages = await store.messages(conversation_id)
    return ChatSession(
        conversation, PROFILE, store=store, providers=FakeProviders(provider), messages=messages
    )


async def test_later_turns_and_edits_send_the_files_of_a_reopened_conversation(
    store: AsyncStore,
) -> None:
    first = session_on(store, FakeProvider(answer("A cat.")))
    await first.run_turn("", RecordingView(), attachments=[CAT, NOTES])
    assert first.conversation.title == "cat.png, notes.txt"

    provider = FakeProvider(answer("one"), answer("two"), answer("three"), answer("four"))
    session = await reopened(first, store, provider)
    question = session.path[0]
    assert [it.content for it in question.attachments] == [None, None]
    await session.run_turn("And now?", RecordingView())
    await session.ask_edited(question, "Which animal?", RecordingView())
    await session.ask_edited(question, "Nothing", RecordingView(), attachments=[])
    sent = [request.messages[0].attachments for request in provider.requests]
    assert [[it.content for it in attached] for attached in sent] == [
        [CAT.content, NOTES.content],
        [CAT.content, NOTES.content],
        [],
    ]
    saved = await store.messages(session.conversation.id)
    assert [it.attachments for it in saved if it.content == "Which animal?"] == [(CAT, NOTES)]


async def test_lost_bytes_are_reported_with_what_to_do(store: AsyncStore) -> None:
    session = session_on(store, FakeProvider(answer("never")))
    lost = replace(CAT, content=None)
    reply = await session.run_turn("What?", RecordingView(), attachments=[lost])
    assert reply.status is MessageStatus.FAILED
    assert "cat.png is not in the database. Edit the question" in (reply.error_text or "")


async def test_a_temporary_conversation_that_is_kept_has_its_files(store: AsyncStore) -> None:
    memory = await AsyncStore.open(None)
    provider = FakeProvider(answer("A cat."))
    session = session_on(memory, provider, is_temporary=True)
    await session.run_turn("What?", RecordingView(), attachments=[CAT])
    assert await store.attachment_content(CAT) is None
    await session.keep(store)
    await memory.aclose()
    assert await store.attachment_content(CAT) == CAT.content


async def test_pictures_and_sources_of_a_reply_are_stored(store: AsyncStore) -> None:
    source = ReplyExtra(ExtraKind.SOURCE, "https://example.org", "Example", 0, 4)
    remote = ReplyExtra(ExtraKind.PICTURE, "https://example.org/cat.png")
    broken = ReplyExtra(ExtraKind.PICTURE, "data:image/png;base64,!")
    extras = (ReplyExtra(ExtraKind.PICTURE, PICTURE_URL), source, remote, broken)
    provider = FakeProvider([TextDelta("Here."), Finished("stop", extras=extras)])
    session = session_on(store, provider)
    await session.run_turn("Paint", RecordingView())
    reply = (await store.messages(session.conversation.id))[1]
    assert reply.extras == (source, remote, broken)
    (picture,) = reply.attachments
    assert (picture.name, picture.mime) == ("picture-1.png", "image/png")
    content = await store.attachment_content(picture)
    assert content is not None
    assert content.data == b"\x89PNG\r\n\x1a\n"


async def test_the_context_meter_counts_attached_files(store: AsyncStore) -> None:
    session = session_on(store, FakeProvider())
    plain = session.context.use(None, "What?")
    with_files = session.context.use(None, "What?", [CAT, NOTES])
    assert plain is not None
    assert with_files is not None
    assert with_files.tokens - plain.tokens == CAT.tokens + NOTES.tokens
