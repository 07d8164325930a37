from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.storage.build import asked
from tui_chat.core.conversation import MessageStatus, now
from tui_chat.core.errors import StorageError
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from pathlib import Path


def test_messages_are_deleted_and_restored_together(path: Path) -> None:
    with Store(path) as store:
        turn = asked("Why?")
        reply = turn.replied("Because.", MessageStatus.COMPLETE)
        store.add_turn(turn.conversation, turn.question, reply)
        moment = now()
        emptied = replace(turn.conversation, leaf_id=None)

        store.mark_deleted(emptied, [turn.question, reply], moment)

        assert store.messages(emptied.id) == []
        assert [it.deleted_at for it in store.messages(emptied.id, with_deleted=True)] == [
            moment,
            moment,
        ]
        [entry] = store.trash()
        assert (entry.title, entry.beginning, entry.message_count) == ("Why?", "Why?", 2)
        assert entry.deleted_at == moment

        store.restore_messages(entry.conversation_id, entry.deleted_at)
        assert store.trash() == []
        assert [it.content for it in store.messages(emptied.id)] == ["Why?", "Because."]


def test_a_conversation_is_deleted_and_restored(path: Path) -> None:
    with Store(path) as store:
        turn = asked("Why?")
        store.add_turn(turn.conversation, turn.question, turn.replied("x", MessageStatus.COMPLETE))

        store.delete_conversation(turn.conversation.id, now())

        assert store.summaries() == []
        assert store.latest_conversation() is None
        [entry] = store.trash()
        assert (entry.beginning, entry.message_count) == (None, 2)

        store.delete_conversation(turn.conversation.id, None)
        assert [summary.id for summary in store.summaries()] == [turn.conversation.id]


def test_saving_a_reply_restores_nothing(path: Path) -> None:
    with Store(path) as store:
        turn = asked("Why?")
        store.add_turn(turn.conversation, turn.question, turn.reply)
        store.mark_deleted(turn.conversation, [turn.question, turn.reply], now())

        store.save_reply(turn.replied("late", MessageStatus.COMPLETE))

        assert store.messages(turn.conversation.id) == []


def test_a_disk_failure_is_reported(path: Path) -> None:
    store = Store(path)
    store.close()
    with pytest.raises(StorageError):
        store.delete_conversation("x", now())


def test_a_clock_that_is_behind_does_not_delete_long_ago(path: Path) -> None:
    with Store(path) as store:
        turn = asked("Why?")
        store.add_turn(turn.conversation, turn.question, turn.replied("x", MessageStatus.COMPLETE))

        store.delete_conversation(turn.conversation.id, now() - timedelta(days=20_000))

        [entry] = store.trash()
        assert entry.deleted_at >= turn.conversation.updated_at
        assert not store.purge(now() - timedelta(days=1)).conversations
