"""Two processes with one conversation: each writes only its own changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.storage.build import asked, connection_of
from tui_chat.core.conversation import Conversation, MessageStatus, now
from tui_chat.storage.drafts import DRAFT_SEPARATOR as PARTED
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def other(path: Path) -> Iterator[Store]:
    with Store(path) as other:
        yield other


def _saved(store: Store, conversation: Conversation) -> Conversation:
    found = store.conversation(conversation.id)
    assert found is not None
    return found


def _begun(store: Store) -> Conversation:
    turn = asked("Why?")
    store.add_turn(turn.conversation, turn.question, turn.replied("So.", MessageStatus.COMPLETE))
    return turn.conversation


def test_a_turn_does_not_revert_changes_of_another_process(store: Store, other: Store) -> None:
    own = _begun(store)
    theirs = _saved(other, own)
    theirs = replace(theirs, title="Renamed", model="big", settings={"temperature": 0.5})
    other.save_conversation(theirs)

    turn = asked("And then?", replace(own, settings={"left_out_turns": 1}))
    store.add_turn(turn.conversation, turn.question, turn.reply)

    saved = _saved(store, own)
    assert (saved.title, saved.model, saved.leaf_id) == ("Renamed", "big", turn.reply.id)
    assert saved.settings == {"temperature": 0.5, "left_out_turns": 1}

    other.save_conversation(replace(theirs, settings={}, profile="work"))
    saved = _saved(store, own)
    assert (saved.leaf_id, saved.profile) == (turn.reply.id, "work")
    assert saved.settings == {"left_out_turns": 1}


def test_the_last_change_of_a_field_wins(store: Store, other: Store) -> None:
    own = replace(_begun(store), title="Mine")
    store.save_conversation(own)
    other.save_conversation(replace(_saved(other, own), title="Theirs"))

    store.save_conversation(replace(own, model="big"))
    assert _saved(store, own).title == "Theirs"

    store.save_conversation(replace(own, title="Mine again"))
    assert _saved(other, own).title == "Mine again"


def test_a_reread_copy_writes_only_its_own_changes(store: Store, other: Store) -> None:
    own = _begun(store)
    other.save_conversation(replace(_saved(other, own), title="Theirs"))
    fresh = _saved(store, own)
    other.save_conversation(replace(_saved(other, own), title="Newest", profile="work"))

    store.save_conversation(replace(fresh, model="big"))

    saved = _saved(store, own)
    assert (saved.title, saved.profile, saved.model) == ("Newest", "work", "big")


def test_a_snapshot_keeps_unwritten_changes(store: Store, other: Store) -> None:
    own = replace(_begun(store), settings={"left_out_turns": 2}, draft="mine")
    store.save_draft(own.id, "mine")
    other.save_conversation(replace(_saved(other, own), title="Theirs"))
    other.save_draft(own.id, "theirs")

    found = store.snapshot(own)

    assert found is not None
    assert found.conversation.title == "Theirs"
    assert found.conversation.settings == {"left_out_turns": 2}
    assert found.conversation.draft == "mine"
    store.save_conversation(replace(found.conversation, model="big"))
    saved = _saved(store, own)
    assert (saved.title, saved.model, saved.settings) == ("Theirs", "big", {"left_out_turns": 2})
    assert set(saved.draft.split(PARTED)) == {"mine", "theirs"}


def test_a_question_undeletes_its_path(store: Store, other: Store) -> None:
    own = _begun(store)
    other.save_conversation(replace(_saved(other, own), deleted_at=now()))
    connection_of(other).execute("UPDATE messages SET deleted_at = ?", (now().isoformat(),))

    turn = asked("And then?", own)
    store.add_turn(turn.conversation, turn.question, turn.reply)

    assert [message.content for message in store.messages(own.id)] == [
        "Why?", "So.", "And then?", "",
    ]  # fmt: skip
    assert _saved(store, own).deleted_at is None


def test_each_process_keeps_its_own_draft(store: Store, other: Store) -> None:
    own = _begun(store)
    store.save_draft(own.id, "mi")
    other.save_draft(own.id, "the")
    store.save_draft(own.id, "mine")
    other.save_draft(own.id, "theirs")
    assert _saved(store, own).draft == f"mine{PARTED}theirs"

    turn = asked("mine", own)
    store.add_turn(turn.conversation, turn.question, turn.reply)
    assert _saved(store, own).draft == "theirs"

    other.save_draft(own.id, "")
    assert _saved(store, own).draft == ""


def test_a_window_keeps_its_endpoint_and_edited_message(store: Store, other: Store) -> None:
    own = replace(_begun(store), profile="work", settings={"editing": {"message_id": "m"}})
    store.save_conversation(own)
    theirs = replace(_saved(other, own), profile="home", settings={"shared": 1})
    other.save_conversation(theirs)

    found = store.snapshot(own)

    assert found is not None
    assert found.conversation.profile == "work"
    assert found.conversation.settings == {"editing": {"message_id": "m"}, "shared": 1}
    store.save_conversation(replace(found.conversation, title="Mine"))
    saved = _saved(store, own)
    assert (saved.title, saved.profile, saved.settings) == ("Mine", "home", {"shared": 1})


def test_a_snapshot_shows_replies_of_another_process(store: Store, other: Store) -> None:
    own = _begun(store)
    before = store.snapshot(own)
    version = store.data_version()
    assert before is not None
    assert before.running == ()
    turn = asked("And then?", _saved(other, own))
    other.add_turn(turn.conversation, turn.question, turn.replied("half"))

    assert store.data_version() != version
    after = store.snapshot(own)
    assert after is not None
    assert not after.shows_same_messages(before)
    assert [reply.content for reply in after.running] == ["half"]
    assert store.interrupt_orphans() == []

    other.save_reply(turn.replied("half of it"))
    later = store.snapshot(own)
    assert later is not None
    assert later.shows_same_messages(after)
    other_own = other.snapshot(_saved(other, own))
    assert other_own is not None
    assert other_own.running == ()


def test_a_question_after_a_purged_parent_is_kept(store: Store, other: Store) -> None:
    own = _begun(store)
    connection_of(other).execute("DELETE FROM conversations WHERE id = ?", (own.id,))

    turn = asked("And then?", own)
    store.add_turn(turn.conversation, turn.question, turn.reply)
    store.save_reply(turn.replied("So.", MessageStatus.COMPLETE))

    question, reply = store.messages(own.id)
    assert (question.content, question.parent_id) == ("And then?", None)
    assert (reply.content, reply.parent_id) == ("So.", question.id)
    assert _saved(store, own).leaf_id == reply.id
