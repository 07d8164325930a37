from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.storage.build import asked
from tui_chat.core.conversation import Message, MessageStatus, new_id, now
from tui_chat.storage.purge import Purged

if TYPE_CHECKING:
    from datetime import datetime

    from tui_chat.storage.store import Store

_LONG_AGO = now() - timedelta(days=40)
_BEFORE = now() - timedelta(days=30)


def chain(store: Store, deleted: list[datetime | None]) -> list[Message]:
    """Save a conversation with one path, its messages deleted at the given times."""
    turn = asked()
    messages: list[Message] = []
    for deleted_at in deleted:
        parent = messages[-1].id if messages else None
        messages.append(
            replace(turn.question, id=new_id(), parent_id=parent, deleted_at=deleted_at)
        )
    store.add_messages(replace(turn.conversation, leaf_id=messages[-1].id), messages)
    return messages


def kept(store: Store, messages: list[Message]) -> list[str]:
    found = store.messages(messages[0].conversation_id, with_deleted=True)
    return [message.id for message in found]


def test_old_deletions_are_purged(store: Store) -> None:
    old, fresh, living = asked("old"), asked("fresh"), asked("living")
    for turn, deleted_at in ((old, _LONG_AGO), (fresh, now()), (living, None)):
        conversation = replace(turn.conversation, deleted_at=deleted_at)
        reply = turn.replied("because", MessageStatus.COMPLETE)
        store.add_turn(conversation, turn.question, reply)

    assert store.purge(_BEFORE) == Purged(conversations=1)

    assert store.conversation(old.conversation.id) is None
    assert store.messages(old.conversation.id, with_deleted=True) == []
    assert store.conversation(fresh.conversation.id) is not None
    assert [summary.title for summary in store.summaries(query="because")] == ["living"]
    assert store.purge(_BEFORE) == Purged()


def test_the_path_ends_before_purged_messages(store: Store) -> None:
    messages = chain(store, [None, None, _LONG_AGO, _LONG_AGO])

    assert store.purge(_BEFORE) == Purged(messages=2)

    assert kept(store, messages) == [message.id for message in messages[:2]]
    conversation = store.conversation(messages[0].conversation_id)
    assert conversation is not None
    assert conversation.leaf_id == messages[1].id


def test_purging_a_whole_path_leaves_no_leaf(store: Store) -> None:
    messages = chain(store, [_LONG_AGO, _LONG_AGO])

    assert store.purge(_BEFORE) == Purged(messages=2)

    conversation = store.conversation(messages[0].conversation_id)
    assert conversation is not None
    assert conversation.leaf_id is None


@pytest.mark.parametrize("last", [None, now()], ids=["living", "deleted lately"])
@pytest.mark.parametrize("first", [None, _LONG_AGO], ids=["in the middle", "at the beginning"])
def test_what_follows_a_message_that_was_deleted_alone_moves_up(
    store: Store, first: datetime | None, last: datetime | None
) -> None:
    messages = chain(store, [first, _LONG_AGO, _LONG_AGO, last, None])

    assert store.purge(_BEFORE) == Purged(messages=2 if first is None else 3)

    found = store.messages(messages[0].conversation_id, with_deleted=True)
    ids = [message.id for message in messages]
    above = None if first is not None else ids[0]
    moved = [(above, ids[3]), (ids[3], ids[4])]
    assert [(it.parent_id, it.id) for it in found][-2:] == moved
    conversation = store.conversation(messages[0].conversation_id)
    assert conversation is not None
    assert conversation.leaf_id == ids[4]


def test_a_long_path_is_purged_in_one_query(store: Store) -> None:
    messages = chain(store, [None, *[_LONG_AGO] * 5000])

    assert store.purge(_BEFORE) == Purged(messages=5000)

    assert kept(store, messages) == [messages[0].id]


@pytest.mark.parametrize(
    ("purged", "days", "words"),
    [
        (Purged(), 30, ""),
        (Purged(1, 0), 30, "older than 30 days: 1 conversation."),
        (Purged(2, 1), 1, "older than 1 day: 2 conversations, 1 message."),
    ],
)
def test_a_purge_is_described(purged: Purged, days: int, words: str) -> None:
    assert purged.describe(days).endswith(words)
    assert bool(purged.describe(days)) is bool(words)
