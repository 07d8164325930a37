"""Drafts have one owner and a version, and end in the transaction of their question."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.storage.build import asked, connection_of
from tui_chat.core.conversation import new_conversation, new_id
from tui_chat.storage.drafts import DRAFT_SEPARATOR as PARTED
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tui_chat.core.conversation import Conversation


@pytest.fixture
def other(path: Path) -> Iterator[Store]:
    with Store(path) as other:
        yield other


@pytest.fixture
def conversation(store: Store) -> Conversation:
    begun = replace(new_conversation(), title="T")
    store.save_conversation(begun)
    return begun


def shown(store: Store, conversation: Conversation) -> str:
    found = store.conversation(conversation.id)
    assert found is not None
    return found.draft


def test_a_question_ends_its_edited_draft(store: Store, conversation: Conversation) -> None:
    store.save_draft(conversation.id, "Why is the sea blue today?")
    turn = asked("Why is the sky blue today?", conversation)
    store.add_turn(turn.conversation, turn.question, turn.reply)
    assert shown(store, conversation) == ""
    store.save_draft(conversation.id, "And")
    assert shown(store, conversation) == "And"


def test_a_late_write_does_not_bring_back_a_sent_draft(
    store: Store, conversation: Conversation
) -> None:
    store.save_draft(conversation.id, "old")
    typed_before = new_id()
    turn = asked("new", conversation)
    store.add_turn(turn.conversation, turn.question, turn.reply)
    store.save_draft(conversation.id, "old and late", typed_before)
    assert shown(store, conversation) == ""


def test_a_draft_newer_than_the_question_is_kept(store: Store, conversation: Conversation) -> None:
    turn = asked("first", conversation)
    store.save_draft(conversation.id, "the next one", new_id())
    # Saved late: the database was locked.
    store.add_turn(turn.conversation, turn.question, turn.reply)
    assert shown(store, conversation) == "the next one"


def test_a_question_keeps_drafts_of_other_windows(
    store: Store, other: Store, conversation: Conversation
) -> None:
    other.save_draft(conversation.id, "the same words")
    store.save_draft(conversation.id, "the same words")
    turn = asked("the same words", conversation)
    store.add_turn(turn.conversation, turn.question, turn.reply)
    assert shown(store, conversation) == "the same words"
    assert other.claim_draft(conversation.id) == "the same words"


def test_drafts_of_running_windows_are_not_claimed(
    store: Store, other: Store, conversation: Conversation
) -> None:
    store.save_draft(conversation.id, "typed here")
    assert other.claim_draft(conversation.id) == ""
    turn = asked("typed here and sent", conversation)
    store.add_turn(turn.conversation, turn.question, turn.reply)
    other.save_draft(conversation.id, "theirs")
    assert shown(store, conversation) == "theirs"


def test_drafts_of_closed_windows_are_claimed_once(
    path: Path, store: Store, other: Store, conversation: Conversation
) -> None:
    for text in ("one", "two", "one"):
        with Store(path) as ended:
            ended.save_draft(conversation.id, text)
    assert store.claim_draft(conversation.id) == f"one{PARTED}two"
    assert other.claim_draft(conversation.id) == ""
    assert shown(store, conversation) == f"one{PARTED}two"
    store.save_draft(conversation.id, "")
    assert shown(store, conversation) == ""


def test_a_released_draft_is_claimed_by_the_next_window(
    store: Store, other: Store, conversation: Conversation
) -> None:
    store.save_draft(conversation.id, "begun here")
    store.release_draft(conversation.id)
    assert other.claim_draft(conversation.id) == "begun here"
    assert store.claim_draft(conversation.id) == ""


def test_a_window_finds_its_own_draft_again(store: Store, conversation: Conversation) -> None:
    store.save_draft(conversation.id, "begun here")
    store.release_draft(conversation.id)
    assert store.claim_draft(conversation.id) == "begun here"
    store.save_draft(conversation.id, "begun here, and more")
    assert shown(store, conversation) == "begun here, and more"


def test_a_draft_without_an_owner_is_claimed(store: Store, conversation: Conversation) -> None:
    text = f"old{PARTED}older"
    connection_of(store).execute("UPDATE conversations SET draft = ?", (text,))
    assert store.claim_draft(conversation.id) == text
    store.save_draft(conversation.id, "new")
    assert shown(store, conversation) == "new"


def test_a_draft_without_an_owner_is_kept_beside_a_new_one(
    store: Store, conversation: Conversation
) -> None:
    connection_of(store).execute("UPDATE conversations SET draft = 'imported'")
    store.save_draft(conversation.id, "typed")
    assert shown(store, conversation) == f"imported{PARTED}typed"


def test_purging_a_conversation_removes_its_drafts(
    store: Store, conversation: Conversation
) -> None:
    store.save_draft(conversation.id, "typed")
    connection_of(store).execute("DELETE FROM conversations")
    assert store._rows("SELECT * FROM drafts") == []


def test_drafts_work_in_memory() -> None:
    with Store(None) as store:
        conversation_id = new_id()
        store.save_draft(conversation_id, "typed")
        assert store.claim_draft(conversation_id) == "typed"
        assert store.claim_draft("unknown") == ""
