"""Saving fails and works again: nothing is lost, and the user is notified once."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes import PROFILE, FakeProvider, FakeProviders, Hold, RecordingView, answer
from tests.session.full_disk import BIG, fill_disk, free_disk
from tui_chat.core.conversation import new_conversation
from tui_chat.core.errors import StorageError
from tui_chat.core.stream_events import TextDelta
from tui_chat.session.saving.write_buffer import WriteBuffer
from tui_chat.session.session import ChatSession
from tui_chat.storage.async_store import AsyncStore
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class FailureView(RecordingView):
    """Notes a failure, whether the turn still waits for its save or the save went on alone."""

    def __init__(self, has_failed: asyncio.Event) -> None:
        super().__init__()
        self._has_failed = has_failed

    def not_saved(self, error: StorageError) -> None:
        super().not_saved(error)
        self._has_failed.set()


class Case:
    """A session that saves through a WriteBuffer, and its notifications."""

    def __init__(self, store: AsyncStore, provider: FakeProvider) -> None:
        self.store = store
        self.has_failed = asyncio.Event()
        self.view = FailureView(self.has_failed)
        self.caught_up = 0
        self.has_caught_up = asyncio.Event()
        self.saver = WriteBuffer(store)
        self.saver.on_caught_up = self._count
        self.saver.on_failure = self.view.not_saved
        self.session = ChatSession(
            new_conversation(), PROFILE, store=self.saver, providers=FakeProviders(provider)
        )

    async def rows(self) -> list[tuple[str, str]]:
        messages = await self.store.messages(self.session.conversation.id)
        return [(message.content[:5], message.status.value) for message in messages]

    def _count(self) -> None:
        self.caught_up += 1
        self.has_caught_up.set()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[AsyncStore]:
    opened = await AsyncStore.open(tmp_path / "data" / "conversations.db")
    yield opened
    await opened.aclose()


async def test_a_turn_on_a_full_disk_is_saved_later(store: AsyncStore) -> None:
    hold = Hold()
    case = Case(store, FakeProvider([TextDelta("half " + BIG), hold, *answer("whole")]))
    await fill_disk(store)
    turn = asyncio.get_running_loop().create_task(case.session.run_turn(BIG, case.view))
    await hold.reached.wait()
    # The turn goes on before the refusal where the disk is slow.
    await case.has_failed.wait()
    assert await case.rows() == []
    assert len(case.view.storage_errors) == 1
    assert "disk is full" in case.view.storage_errors[0].message

    await free_disk(store)
    async with asyncio.timeout(5):
        await case.has_caught_up.wait()
    assert await case.rows() == [(BIG[:5], "complete"), ("half ", "streaming")]

    hold.go.set()
    reply = await turn
    assert await case.rows() == [(BIG[:5], "complete"), ("half ", "complete")]
    assert (await store.messages(case.session.conversation.id))[-1].content == reply.content
    assert (len(case.view.storage_errors), case.caught_up) == (1, 1)


async def test_after_a_full_disk_the_next_question_saves_everything(
    store: AsyncStore,
) -> None:
    hold = Hold()
    case = Case(store, FakeProvider([TextDelta("one "), hold, TextDelta(BIG)], answer("two")))
    turn = asyncio.get_running_loop().create_task(case.session.run_turn("first", case.view))
    await hold.reached.wait()
    await fill_disk(store)
    hold.go.set()
    await turn
    assert [waiting.conversation for waiting in case.saver.waiting]

    await case.session.run_turn(BIG, case.view)
    assert (await case.rows())[0] == ("first", "complete")
    assert len(case.view.storage_errors) == 1
    await free_disk(store)
    await case.session.run_turn("third", case.view)

    assert [text for text, _ in await case.rows()] == [
        "first", "one x", BIG[:5], "two", "third", "two",
    ]  # fmt: skip
    saved = await store.conversation(case.session.conversation.id)
    assert saved is not None
    assert saved.leaf_id == case.session.path[-1].id
    assert (len(case.view.storage_errors), case.caught_up, case.saver.waiting) == (1, 1, [])


async def test_a_reply_stopped_on_a_full_disk_is_saved_with_its_question(
    store: AsyncStore,
) -> None:
    hold = Hold()
    case = Case(store, FakeProvider([TextDelta("half"), hold]))
    await fill_disk(store)
    turn = asyncio.get_running_loop().create_task(case.session.run_turn(BIG, case.view))
    await hold.reached.wait()
    turn.cancel()
    with suppress(asyncio.CancelledError):
        await turn
    assert await case.rows() == []

    await free_disk(store)
    assert await case.saver.catch_up()

    assert await case.rows() == [(BIG[:5], "complete"), ("half", "cancelled")]


async def test_drafts_and_choices_are_buffered_too(store: AsyncStore) -> None:
    case = Case(store, FakeProvider())
    await fill_disk(store)
    with pytest.raises(StorageError):
        await case.session.save_draft(BIG)
    with pytest.raises(StorageError):
        await case.session.choose(PROFILE, BIG)
    assert case.saver.waiting_drafts == [BIG]
    assert case.session.conversation.draft == ""

    await free_disk(store)
    await case.session.save_draft(f"{BIG} and more")

    assert (case.saver.waiting, case.saver.waiting_drafts) == ([], [])
    saved = await store.conversation(case.session.conversation.id)
    assert saved is not None
    assert (saved.draft, saved.model) == (f"{BIG} and more", BIG)


async def test_a_sent_draft_is_no_longer_a_draft(store: AsyncStore) -> None:
    case = Case(store, FakeProvider(answer(BIG)))
    await case.session.save_draft("Why is")
    await fill_disk(store)
    await case.session.run_turn("Why is the sky blue?" + BIG, case.view)
    await free_disk(store)
    await case.saver.catch_up()

    saved = await store.conversation(case.session.conversation.id)
    assert saved is not None
    assert (saved.draft, saved.title[:20]) == ("", "Why is the sky blue?")


async def test_a_long_lock_delays_only_the_first_save(
    tmp_path: Path,
) -> None:
    path = tmp_path / "conversations.db"
    thread = ThreadPoolExecutor(1)
    impatient = AsyncStore(thread.submit(Store, path, busy_timeout_s=0.3).result(), thread)
    hold = Hold()
    case = Case(impatient, FakeProvider([TextDelta("half"), hold, *answer(" whole")]))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        turn = asyncio.get_running_loop().create_task(case.session.run_turn("Hi?", case.view))
        await hold.reached.wait()
        assert case.saver.is_behind
        await case.has_failed.wait()
        assert "keeps" in case.view.storage_errors[0].message
        assert impatient._store._timeout_s < 0.1
        assert await case.rows() == []
        other.execute("ROLLBACK")
    assert await case.saver.catch_up()
    assert case.caught_up == 1
    assert impatient._store._timeout_s == 0.3
    hold.go.set()
    await turn

    assert await case.rows() == [("Hi?", "complete"), ("half ", "complete")]
    assert len(case.view.storage_errors) == 1
    await impatient.aclose()


async def test_what_changes_while_it_is_written_is_caught_up_too(store: AsyncStore) -> None:
    hold, grown = Hold(), Hold()
    case = Case(store, FakeProvider([TextDelta("half"), hold, TextDelta(" more"), grown]))
    await fill_disk(store)
    turn = asyncio.get_running_loop().create_task(case.session.run_turn(BIG, case.view))
    await hold.reached.wait()
    await case.has_failed.wait()
    await free_disk(store)
    add = store.add_messages

    async def grows(*args: Any, **more: Any) -> None:
        await add(*args, **more)
        if not hold.go.is_set():
            hold.go.set()
            await grown.reached.wait()
            # As a checkpoint does in the middle of the write.
            reply = case.session.path[-1]
            case.saver._keep(case.session.conversation, [replace(reply, content="half more")])

    store.add_messages = grows  # type: ignore[method-assign]
    assert await case.saver.catch_up()
    assert case.saver.waiting == []
    assert case.caught_up == 1
    assert [text for text, _ in await case.rows()] == [BIG[:5], "half "]
    turn.cancel()
    with suppress(asyncio.CancelledError):
        await turn


async def test_unsaved_deleted_messages_are_saved_as_deleted(
    store: AsyncStore,
) -> None:
    case = Case(store, FakeProvider(answer(BIG)))
    await fill_disk(store)
    await case.session.run_turn("first", case.view)
    with suppress(StorageError):
        await case.session.branches.delete(case.session.path[0])
    await free_disk(store)

    assert await case.saver.catch_up()

    everything = await store.messages(case.session.conversation.id, with_deleted=True)
    assert [message.deleted_at is not None for message in everything] == [True, True]
