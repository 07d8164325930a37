"""A store in memory gives way to the database as soon as that can be opened."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.fakes import PROFILE, FakeProvider, FakeProviders, RecordingView, answer
from tui_chat.core.conversation import new_conversation, now
from tui_chat.session.saved_conversations import SavedConversations
from tui_chat.session.session import ChatSession
from tui_chat.storage.journal.journal import orphaned_journals, read

if TYPE_CHECKING:
    from pathlib import Path


class Case:
    """Saved conversations whose clock the test moves, and one session in them."""

    def __init__(self, path: Path) -> None:
        self.seconds = 0.0
        self.notices: list[str] = []
        self.saved = SavedConversations(
            path, self.notices, trash_days=30, clock=lambda: self.seconds
        )

    async def open(self) -> ChatSession:
        await self.saved.open()
        return ChatSession(
            new_conversation(),
            PROFILE,
            store=self.saved.write_buffer,
            providers=FakeProviders(FakeProvider(answer("The answer."))),
        )

    @property
    def is_in_memory(self) -> bool:
        return self.saved.is_in_memory

    @property
    def is_behind(self) -> bool:
        return self.saved.write_buffer.is_behind

    async def recover(self) -> None:
        self.seconds += 10
        await self.saved.recover()

    async def close(self) -> None:
        await self.saved.save_remaining()
        await self.saved.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "conversations.db"


def stored(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [text for (text,) in connection.execute("SELECT content FROM messages ORDER BY seq")]


async def test_conversations_in_memory_are_saved_when_the_database_opens(
    path: Path,
) -> None:
    path.mkdir(parents=True)
    case = Case(path)
    session = await case.open()
    await session.run_turn("first", RecordingView())
    await session.save_draft("not sent")
    states = [case.is_in_memory]
    for is_free in (False, True):
        if is_free:
            path.rmdir()
        await case.recover()
        states.append(case.is_in_memory)

    assert states == [True, True, False]
    assert stored(path) == ["first", "The answer."]
    await session.run_turn("second", RecordingView())
    assert stored(path) == ["first", "The answer.", "second", "The answer."]
    await case.close()
    assert case.saved.unsaved_work is None
    assert orphaned_journals(path) == []


async def test_unsaved_work_is_in_the_journal(path: Path) -> None:
    path.mkdir(parents=True)
    case = Case(path)
    session = await case.open()
    await session.run_turn("first", RecordingView())
    await case.close()

    assert case.saved.unsaved_work is not None
    (file,) = orphaned_journals(path)
    (kept,) = read(file)
    assert [message.content for message in kept.messages] == ["first", "The answer."]


async def test_changes_to_a_conversation_in_memory_reach_the_disk(path: Path) -> None:
    path.mkdir(parents=True)
    case = Case(path)
    session = await case.open()
    await session.run_turn("first", RecordingView())
    moment = now()
    await case.saved.store.delete_conversation(session.conversation.id, moment)
    path.rmdir()
    await case.recover()

    found = await case.saved.store.conversation(session.conversation.id)
    assert found is not None
    assert found.deleted_at == moment
    await case.close()


async def test_a_removed_database_is_replaced_by_a_new_file(path: Path) -> None:
    case = Case(path)
    session = await case.open()
    await session.run_turn("first", RecordingView())
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    view = RecordingView()
    await session.run_turn("second", view)
    assert "was removed" in view.storage_errors[0].message
    states = [case.is_behind]
    other = Case(path)
    await other.open()
    await case.recover()
    states.append(case.is_behind)

    assert states == [True, False]
    assert stored(path) == ["first", "The answer.", "second", "The answer."]
    await other.close()
    await case.close()
    assert case.saved.unsaved_work is None
