from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.storage.build import asked, connection_of
from tui_chat.core.conversation import (
    Conversation,
    Message,
    MessageStatus,
    new_conversation,
    new_id,
    now,
    path_to,
)
from tui_chat.core.errors import StorageError
from tui_chat.storage.row_mapping import time_text
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from pathlib import Path


def _texts(store: Store, conversation_id: str) -> list[str]:
    return [message.content for message in store.messages(conversation_id)]


def _plan(store: Store, statement: str) -> str:
    rows = connection_of(store).execute(f"EXPLAIN QUERY PLAN {statement}")
    return "\n".join(row[3] for row in rows)


def test_a_turn_survives_a_restart(path: Path) -> None:
    turn = asked("Why is the sky blue?", profile="work", model="m-1", system_prompt="Be short")
    with Store(path) as store:
        store.add_turn(turn.conversation, turn.question, turn.reply)
        store.save_reply(turn.replied("Air scat", MessageStatus.CANCELLED))

    with Store(path) as store:
        assert store.latest_conversation() == turn.conversation
        assert store.messages(turn.conversation.id) == [
            turn.question,
            turn.replied("Air scat", MessageStatus.CANCELLED),
        ]


def test_a_regenerated_reply_is_a_sibling(store: Store) -> None:
    turn = asked("Why?")
    store.add_turn(turn.conversation, turn.question, turn.reply)
    store.save_reply(turn.replied("one", MessageStatus.COMPLETE))
    other = replace(turn.reply, id=new_id(), content="two", status=MessageStatus.COMPLETE)

    store.add_turn(replace(turn.conversation, leaf_id=other.id), None, other)

    messages = store.messages(turn.conversation.id)
    assert [message.content for message in messages] == ["Why?", "one", "two"]
    conversation = store.conversation(turn.conversation.id)
    assert conversation is not None
    assert [m.content for m in path_to(conversation.leaf_id, messages)] == ["Why?", "two"]


def test_a_turn_is_written_in_one_transaction(store: Store) -> None:
    turn = asked("Why?")
    orphan = replace(turn.reply, conversation_id="nobody")

    with pytest.raises(StorageError, match="no longer contains"):
        store.add_turn(turn.conversation, turn.question, orphan)

    assert store.conversation(turn.conversation.id) is None
    assert store.messages(turn.conversation.id) == []


def test_saving_a_turn_is_idempotent(store: Store) -> None:
    turn = asked("Why?")

    store.add_turn(turn.conversation, turn.question, turn.reply)
    store.add_turn(turn.conversation, turn.question, turn.replied("more"))

    assert _texts(store, turn.conversation.id) == ["Why?", "more"]


def test_unsaved_messages_can_be_saved_later(store: Store) -> None:
    first = asked("one")
    second = asked("two", first.conversation)
    messages = [first.question, first.replied("1"), second.question, second.replied("2")]

    store.add_messages(second.conversation, messages)

    assert _texts(store, second.conversation.id) == ["one", "1", "two", "2"]


def test_a_reply_without_its_conversation_is_reported(store: Store) -> None:
    with pytest.raises(StorageError):
        store.save_reply(asked().replied("lost", MessageStatus.COMPLETE))


def test_saving_a_reply_does_not_undelete_it(store: Store) -> None:
    turn = asked()
    deleted = replace(turn.reply, deleted_at=now())
    store.add_turn(turn.conversation, turn.question, deleted)

    store.save_reply(turn.replied("late", MessageStatus.COMPLETE))

    assert _texts(store, turn.conversation.id) == ["Why?"]
    late = store.messages(turn.conversation.id, with_deleted=True)[1]
    assert (late.content, late.deleted_at) == ("late", deleted.deleted_at)


def test_a_draft_creates_its_conversation(store: Store) -> None:
    conversation_id = new_id()

    store.save_draft(conversation_id, "half a thou\ud83d")

    latest = store.latest_conversation()
    assert latest is not None
    assert (latest.id, latest.draft) == (conversation_id, "half a thou\ufffd")
    assert [summary.id for summary in store.summaries()] == [conversation_id]

    store.save_draft(conversation_id, "")

    assert store.latest_conversation() is None
    assert store.summaries() == []


def test_clearing_an_unknown_draft_creates_nothing(store: Store) -> None:
    store.save_draft("nobody", "")

    assert store.conversation("nobody") is None


def test_saving_a_conversation_keeps_its_draft(store: Store) -> None:
    conversation = replace(new_conversation(), settings={"temperature": 0.5})
    store.save_draft(conversation.id, "a")
    store.save_conversation(replace(conversation, draft="b", title="B"))

    saved = _saved(store, conversation.id)
    assert (saved.draft, saved.title, saved.settings) == ("a", "B", {"temperature": 0.5})


def test_the_time_of_last_use_never_decreases(store: Store) -> None:
    conversation = replace(new_conversation(), title="T")
    store.save_draft(conversation.id, "later")
    later = _saved(store, conversation.id).updated_at

    store.save_conversation(conversation)

    assert _saved(store, conversation.id).updated_at == later > conversation.updated_at


def test_a_deleted_conversation_is_not_listed(store: Store) -> None:
    kept, deleted = asked("kept"), asked("deleted")
    for turn in (kept, deleted):
        store.add_turn(turn.conversation, turn.question, turn.reply)

    store.save_conversation(replace(deleted.conversation, deleted_at=now()))

    assert store.latest_conversation() == kept.conversation
    assert [summary.title for summary in store.summaries()] == ["kept"]
    assert store.conversation(deleted.conversation.id) is not None
    store.save_conversation(deleted.conversation)
    assert store.latest_conversation() == deleted.conversation


def test_summaries_are_paged_newest_first(store: Store) -> None:
    for number in range(7):
        turn = asked(f"question {number}", model=None if number % 2 else "own")
        reply = replace(turn.reply, model="answered")
        store.add_turn(turn.conversation, turn.question, reply)

    assert [summary.title for summary in store.summaries(3, 2)] == [
        "question 4",
        "question 3",
        "question 2",
    ]
    assert [(s.model, s.message_count) for s in store.summaries(2)] == [("own", 2), ("answered", 2)]


def test_listing_conversations_uses_an_index(store: Store) -> None:
    statements: list[str] = []
    moment = time_text(now())
    connection_of(store).execute("BEGIN")
    connection_of(store).executemany(
        "INSERT INTO conversations (id, title, leaf_id, created_at, updated_at)"
        " VALUES (?, 't', 'x', ?1, ?1)".replace("?1", repr(moment)),
        [(str(number),) for number in range(5000)],
    )
    connection_of(store).execute("COMMIT")
    connection_of(store).set_trace_callback(statements.append)

    assert [summary.id for summary in store.summaries(2)] == ["4999", "4998"]
    assert store.latest_conversation() is not None

    connection_of(store).set_trace_callback(None)
    for statement in statements:
        plan = _plan(store, statement)
        assert "c USING INDEX conversations_recent" in plan
        assert "TEMP B-TREE" not in plan
        assert "SCAN n" not in plan
        assert "SCAN l" not in plan
    assert "n USING COVERING INDEX messages_of" in _plan(store, statements[0])


def test_messages_orphans_and_questions_use_indices(store: Store) -> None:
    statements: list[str] = []
    connection_of(store).set_trace_callback(statements.append)

    store.messages("c")
    store.interrupt_orphans()
    store.prompt_history()

    connection_of(store).set_trace_callback(None)
    plans = [_plan(store, statement) for statement in statements]
    indexes = ("messages_of", "messages_streaming", "messages_asked")
    for index in indexes:
        assert any(index in plan for plan in plans)
    assert not any("TEMP B-TREE" in plan for plan in plans)


def test_the_prompt_history_is_distinct_and_newest_first(store: Store) -> None:
    for text in ("one", "two", "one", "three", "two"):
        turn = asked(text)
        store.add_turn(turn.conversation, turn.question, turn.reply)

    assert store.prompt_history() == ["two", "three", "one"]
    assert store.prompt_history(2) == ["two", "three"]
    assert store.prompt_history(0) == []


def test_a_full_disk_is_reported_and_rolls_back(store: Store, path: Path) -> None:
    turn = asked("Why?")
    store.add_turn(turn.conversation, turn.question, turn.reply)
    pages = connection_of(store).execute("PRAGMA page_count").fetchone()[0]
    connection_of(store).execute(f"PRAGMA max_page_count = {pages}")
    later = asked("x" * 100_000, turn.conversation)

    with pytest.raises(StorageError, match="disk is full") as caught:
        store.add_turn(later.conversation, later.question, later.reply)
    with pytest.raises(StorageError, match="disk is full"):
        store.save_reply(turn.replied("y" * 100_000))

    assert str(path) in str(caught.value)
    assert _texts(store, turn.conversation.id) == ["Why?", ""]
    connection_of(store).execute("PRAGMA max_page_count = 100000")
    store.add_turn(later.conversation, later.question, later.reply)
    assert len(store.messages(turn.conversation.id)) == 4


def test_a_locked_database_is_reported(path: Path) -> None:
    with Store(path, busy_timeout_s=0.05) as store, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        turn = asked("Why?")

        with pytest.raises(StorageError, match=r"keeps .* locked") as caught:
            store.add_turn(turn.conversation, turn.question, turn.reply)
        assert str(path) in str(caught.value)
        assert store.messages(turn.conversation.id) == []

        other.rollback()
        store.add_turn(turn.conversation, turn.question, turn.reply)
        assert len(store.messages(turn.conversation.id)) == 2


def test_a_read_only_database_is_reported(store: Store) -> None:
    connection_of(store).execute("PRAGMA query_only = ON")

    with pytest.raises(StorageError, match=r"cannot be opened or written.*permissions"):
        store.save_conversation(new_conversation())


def test_a_removed_file_is_reported_before_a_write(store: Store, path: Path) -> None:
    path.rename(path.with_name("elsewhere.db"))
    turn = asked()

    with pytest.raises(StorageError, match="was removed"):
        store.add_turn(turn.conversation, turn.question, turn.reply)


def test_a_closed_store_raises_and_closes_again(path: Path) -> None:
    store = Store(path)
    store.close()
    store.close()

    with pytest.raises(StorageError, match="closed database"):
        store.summaries()


def test_a_store_in_memory_does_not_touch_the_disk(tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    with Store(None) as store:
        turn = asked("Why?")
        store.add_turn(turn.conversation, turn.question, turn.reply)
        store.save_reply(turn.replied("Because", MessageStatus.COMPLETE))
        store.save_draft(turn.conversation.id, "and")

        assert store.path is None
        assert store.interrupt_orphans() == []
        assert [summary.title for summary in store.summaries(query="because")] == ["Why?"]
        assert _texts(store, turn.conversation.id) == ["Why?", "Because"]
    assert sorted(tmp_path.rglob("*")) == before


def test_a_backup_is_complete_and_private(store: Store, tmp_path: Path) -> None:
    turn = asked("Why?")
    store.add_turn(turn.conversation, turn.question, turn.reply)
    target = tmp_path / "copy.db"

    store.back_up(target)

    assert target.stat().st_mode & 0o777 == 0o600
    with Store(target) as copy:
        assert _texts(copy, turn.conversation.id) == ["Why?", ""]
    with pytest.raises(StorageError, match="nowhere"):
        store.back_up(tmp_path / "nowhere" / "copy.db")


def test_ten_thousand_messages_are_read_in_order(store: Store) -> None:
    turn = asked("start")
    messages: list[Message] = []
    for number in range(10_000):
        parent = messages[-1].id if messages else None
        messages.append(replace(turn.question, id=f"{number}", parent_id=parent))
    # A child may come before its parent: a transaction is checked at its end.
    store.add_messages(turn.conversation, messages[::-1])

    assert store.messages(turn.conversation.id) == messages[::-1]
    assert path_to("9999", store.messages(turn.conversation.id)) == messages


def _saved(store: Store, conversation_id: str) -> Conversation:
    conversation = store.conversation(conversation_id)
    assert conversation is not None
    return conversation
