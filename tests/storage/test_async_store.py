from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import asynccontextmanager, closing, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from tests.storage.build import asked
from tui_chat.core.conversation import MessageStatus
from tui_chat.core.errors import StorageError
from tui_chat.storage import async_store
from tui_chat.storage.async_store import AsyncStore
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator
    from pathlib import Path

T = TypeVar("T")


@asynccontextmanager
async def _opened(path: Path | None) -> AsyncIterator[AsyncStore]:
    store = await AsyncStore.open(path)
    try:
        yield store
    finally:
        await store.aclose()


@contextmanager
def _locked(path: Path) -> Iterator[sqlite3.Connection]:
    """Hold the write lock until it is rolled back or the block ends."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


def _started(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    return asyncio.get_running_loop().create_task(work)


async def _begun(task: asyncio.Task[None]) -> None:
    await asyncio.sleep(0)
    assert not task.done()


async def test_the_async_store_covers_the_whole_store(path: Path) -> None:
    turn = asked("Why?")
    conversation_id = turn.conversation.id
    async with _opened(path) as store:
        await store.save_draft(conversation_id, "Wh")
        await store.add_turn(turn.conversation, turn.question, turn.reply)
        await store.save_reply(turn.replied("Because", MessageStatus.COMPLETE))
        await store.add_messages(turn.conversation, [turn.question])
        await store.save_conversation(turn.conversation)

        assert await store.conversation(conversation_id) == await store.latest_conversation()
        assert [m.content for m in await store.messages(conversation_id)] == ["Why?", "Because"]
        assert len(await store.messages(conversation_id, with_deleted=True)) == 2
        assert [s.title for s in await store.summaries(5, 0, "because")] == ["Why?"]
        assert await store.prompt_history(3) == ["Why?"]
        assert await store.interrupt_orphans() == []
        assert store.path == path
        assert store.notices == []


async def test_a_write_finishes_if_its_caller_is_cancelled(path: Path) -> None:
    turn = asked("Why?")
    async with _opened(path) as store:
        with _locked(path):
            saving = _started(store.add_turn(turn.conversation, turn.question, turn.reply))
            await _begun(saving)
            saving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await saving

            assert not store.drain(0.0)
        assert store.drain(10.0)

        assert len(await store.messages(turn.conversation.id)) == 2
        assert store.notices == []


async def test_a_locked_database_does_not_block_the_loop(path: Path) -> None:
    turn = asked("Why?")
    async with _opened(path) as store:
        with _locked(path):
            saving = _started(store.add_turn(turn.conversation, turn.question, turn.reply))
            for _ in range(100):
                await asyncio.sleep(0)
            assert not saving.done()
        await saving


async def test_writes_run_in_the_order_of_their_calls(path: Path) -> None:
    turn = asked("Why?")
    async with _opened(path) as store, asyncio.TaskGroup() as group:
        group.create_task(store.add_turn(turn.conversation, turn.question, turn.reply))
        for length in range(50):
            group.create_task(store.save_reply(turn.replied("x" * length)))
        group.create_task(store.save_reply(turn.replied("the end", MessageStatus.COMPLETE)))

    with Store(path) as again:
        assert again.messages(turn.conversation.id)[1].content == "the end"


async def test_closing_finishes_what_is_queued(path: Path) -> None:
    turn = asked("Why?")
    store = await AsyncStore.open(path)
    with _locked(path):
        saving = _started(store.add_turn(turn.conversation, turn.question, turn.reply))
        await _begun(saving)
        closing_task = _started(store.aclose())
        await _begun(closing_task)
    await closing_task
    await saving
    await store.aclose()

    with pytest.raises(StorageError, match="closed"):
        await store.summaries()
    with Store(path) as again:
        assert len(again.messages(turn.conversation.id)) == 2


async def test_a_failure_is_raised_to_the_caller(path: Path) -> None:
    async with _opened(path) as store:
        with pytest.raises(StorageError):
            await store.save_reply(asked().replied("lost", MessageStatus.COMPLETE))

        assert store.notices == []


async def test_a_failure_of_a_cancelled_call_becomes_a_notice(path: Path) -> None:
    async with _opened(path) as store:
        with _locked(path):
            saving = _started(store.save_reply(asked().replied("lost", MessageStatus.COMPLETE)))
            await _begun(saving)
            saving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await saving
        store.drain(10.0)
        await store.summaries()

        assert len(store.notices) == 1
        assert "no longer contains" in store.notices[0]


async def test_a_store_that_cannot_be_opened_leaves_no_thread(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StorageError, match="file"):
        await AsyncStore.open(tmp_path / "file" / "conversations.db")

    _join_store_threads()


async def test_a_store_whose_opening_is_cancelled_is_closed_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_open, closed = threading.Event(), threading.Event()

    class SlowStore(Store):
        def __init__(self, path: Path | None, **more: Any) -> None:
            let_open.wait(10)
            super().__init__(path, **more)

        def close(self) -> None:
            super().close()
            closed.set()

    monkeypatch.setattr(async_store, "Store", SlowStore)
    opening = _started(AsyncStore.open(path))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    let_open.set()
    _join_store_threads()

    assert closed.is_set()


async def test_a_temporary_store_touches_no_disk(tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    async with _opened(None) as store:
        turn = asked("Why?")
        await store.add_turn(turn.conversation, turn.question, turn.reply)

        assert len(await store.messages(turn.conversation.id)) == 2
    assert sorted(tmp_path.rglob("*")) == before


def _join_store_threads() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("store"):
            thread.join(10)
            assert not thread.is_alive()
