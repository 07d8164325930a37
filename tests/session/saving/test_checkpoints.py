from __future__ import annotations

import asyncio

import pytest

from tui_chat.core.conversation import Message, MessageStatus, Role, new_id, now
from tui_chat.core.errors import StorageError
from tui_chat.core.stream_events import TextDelta
from tui_chat.core.turn import Turn
from tui_chat.session.saving import checkpoints
from tui_chat.session.saving.checkpoints import Checkpoints


class Kept:
    """A store that writes down what it is given."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.saved: list[str] = []
        self.tries = 0
        self.saved_one = asyncio.Event()

    async def save_reply(self, reply: Message) -> None:
        self.tries += 1
        self.saved_one.set()
        if self.failure is not None:
            raise self.failure
        self.saved.append(reply.content)


def new_turn() -> Turn:
    question = Message(new_id(), "c", None, Role.USER, "Hi?", now())
    streaming = MessageStatus.STREAMING
    return Turn(
        question, Message(new_id(), "c", question.id, Role.ASSISTANT, "", now(), status=streaming)
    )


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checkpoints.INTERVAL_S < 0.5
    monkeypatch.setattr(checkpoints, "INTERVAL_S", 0.001)


def unexpected(error: StorageError) -> None:
    pytest.fail(error.message)


async def test_only_changes_are_saved() -> None:
    store, turn = Kept(), new_turn()
    async with Checkpoints(store.save_reply, turn, unexpected) as saving:
        for _ in range(20):
            await asyncio.sleep(0)
        assert store.tries == 0

        turn.apply(TextDelta("one"), now())
        saving.note_change()
        await store.saved_one.wait()
        store.saved_one.clear()
        turn.apply(TextDelta(" two"), now())
        saving.note_change()
        saving.note_change()
        await store.saved_one.wait()

    assert store.saved == ["one", "one two"]


async def test_a_failed_save_is_reported_once_and_retried() -> None:
    told: list[StorageError] = []
    store, turn = Kept(StorageError("The disk is full.")), new_turn()
    async with Checkpoints(store.save_reply, turn, told.append) as saving:
        for text in ("one", "two"):
            turn.apply(TextDelta(text), now())
            saving.note_change()
            await store.saved_one.wait()
            await asyncio.sleep(0)

    assert [error.message for error in told] == ["The disk is full."]


async def test_a_bug_in_the_store_is_raised_at_the_end() -> None:
    store = Kept(ZeroDivisionError())
    saving = Checkpoints(store.save_reply, new_turn(), unexpected)
    await saving.__aenter__()
    saving.note_change()
    await store.saved_one.wait()
    with pytest.raises(ZeroDivisionError):
        await saving.__aexit__(None, None, None)


async def test_the_end_does_not_wait_for_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "INTERVAL_S", 3600)
    async with asyncio.timeout(5), Checkpoints(Kept().save_reply, new_turn(), unexpected) as saving:
        saving.note_change()
        await asyncio.sleep(0)
