"""Readable rows of a damaged database are recovered into a new one; the damaged file is kept."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.storage.build import asked, connection_of
from tui_chat.core.conversation import MessageStatus
from tui_chat.storage.database.damage import mark_suspect
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 40
PAGE = 4096


def _fill(path: Path) -> dict[str, str]:
    """Create conversations of a question and a long reply; return the replies by question."""
    answers = {}
    with Store(path) as store:
        for number in range(COUNT):
            turn = asked(f"question {number}")
            answer = f"answer {number} " * 200
            store.add_turn(
                turn.conversation, turn.question, turn.replied(answer, MessageStatus.COMPLETE)
            )
            answers[turn.question.content] = answer
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return answers


def _found(store: Store) -> dict[str, str]:
    found = {}
    for summary in store.summaries(limit=-1):
        texts = [message.content for message in store.messages(summary.id)]
        found.update({texts[0]: texts[1]} if len(texts) == 2 else {})
    return found


def test_a_damaged_page_loses_only_its_own_rows(path: Path) -> None:
    answers = _fill(path)
    data = bytearray(path.read_bytes())
    place = data.index(b"answer 30 answer 30") // PAGE * PAGE
    data[place : place + PAGE] = b"\xa5" * PAGE
    path.write_bytes(data)
    mark_suspect(path)

    with Store(path) as store:
        found = _found(store)
        (notice,) = store.notices

    assert len(found) > COUNT - 12
    assert all(answers[question] == answer for question, answer in found.items())
    assert "Recovered: " in notice
    (kept,) = path.parent.glob("*.damaged-*Z")
    assert kept.read_bytes() == bytes(data)


def test_messages_of_a_lost_conversation_get_a_new_one(path: Path) -> None:
    answers = _fill(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DELETE FROM conversations WHERE seq <= 3")
        connection.execute("DELETE FROM messages WHERE content = 'question 7'")
        connection.commit()
    mark_suspect(path)
    data = bytearray(path.read_bytes())
    place = data.index(b"answer 20 answer 20") // PAGE * PAGE
    data[place : place + PAGE] = b"\xa5" * PAGE
    path.write_bytes(data)

    with Store(path) as store:
        found = _found(store)
        assert {f"question {number}" for number in range(3)} <= set(found)
        latest = store.latest_conversation()
        assert latest is not None
        assert latest.leaf_id in {message.id for message in store.messages(latest.id)}
    assert all(answers[question] == answer for question, answer in found.items())


@pytest.mark.parametrize("seed", range(6))
def test_the_store_opens_with_any_damage(path: Path, seed: int) -> None:
    _fill(path)
    chance = random.Random(seed)  # noqa: S311 - not a secret
    data = bytearray(path.read_bytes())
    for _ in range(chance.randrange(1, 12)):
        place = chance.randrange(len(data))
        length = chance.choice([1, 8, 100, PAGE])
        data[place : place + length] = chance.randbytes(length)
    path.write_bytes(data)
    mark_suspect(path)

    with Store(path) as store:
        _found(store)
        turn = asked("after it")
        store.add_turn(turn.conversation, turn.question, turn.reply)
        whole = connection_of(store).execute("PRAGMA integrity_check").fetchall()
        assert whole == [("ok",)]


def test_invalid_utf_8_loses_only_its_bytes(path: Path) -> None:
    _fill(path)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"answer 30 answer 30", b"answer 30 \xffnswer 30", 1))

    with Store(path) as store:
        found = _found(store)
        assert found["question 30"].startswith("answer 30 \ufffdnswer 30")
        assert len(found) == COUNT
        assert store.notices == []


def test_a_file_that_is_not_a_database_recovers_nothing(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database at all" * 1000)

    with Store(path) as store:
        assert store.summaries() == []
        assert "Recovered: " not in store.notices[0]


def _delete_for_good(path: Path, *tables: str) -> None:
    """Delete rows and overwrite their bytes; keep the rows that refer to them."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        for table in tables:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _with_draft(path: Path) -> str:
    """Create a conversation with a draft; return its ID."""
    turn = asked("a question")
    with Store(path) as store:
        store.add_turn(
            turn.conversation, turn.question, turn.replied("an answer", MessageStatus.COMPLETE)
        )
        store.save_draft(turn.conversation.id, "a draft that was not sent")
    return turn.conversation.id


def test_a_draft_is_recovered_with_its_conversation(path: Path) -> None:
    answers = _fill(path)
    conversation_id = _with_draft(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    place = data.index(b"answer 20 answer 20") // PAGE * PAGE
    data[place : place + PAGE] = b"\xa5" * PAGE
    path.write_bytes(data)
    mark_suspect(path)

    with Store(path) as store:
        found = store.conversation(conversation_id)
        assert found is not None
        assert found.draft == "a draft that was not sent"
        assert len(_found(store)) > len(answers) - 12


@pytest.mark.parametrize("tables", [("conversations",), ("conversations", "messages")])
def test_a_draft_of_a_lost_conversation_gets_a_new_one(path: Path, tables: tuple[str, ...]) -> None:
    conversation_id = _with_draft(path)
    _delete_for_good(path, *tables)
    mark_suspect(path)

    with Store(path) as store:
        found = store.conversation(conversation_id)
        assert found is not None
        assert found.draft == "a draft that was not sent"
        assert found.deleted_at is None
        assert [summary.id for summary in store.summaries()] == [conversation_id]
        (notice,) = store.notices
        assert "1 conversation" in notice
        latest = store.latest_conversation()
        assert latest is not None
        assert latest.id == conversation_id


def test_a_sent_draft_is_not_recovered(path: Path) -> None:
    turn = asked("a question")
    conversation_id = turn.conversation.id
    with Store(path) as store:
        store.add_turn(turn.conversation, turn.question, turn.replied("x", MessageStatus.COMPLETE))
        store.save_draft(conversation_id, "a draft that was not sent")
        sent = asked("a draft that is sent now", store.conversation(conversation_id))
        store.add_turn(sent.conversation, sent.question, sent.replied("x", MessageStatus.COMPLETE))
        found = store.conversation(conversation_id)
        assert found is not None
        assert found.draft == ""
    mark_suspect(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("UPDATE messages SET parent_id = 'nowhere' WHERE parent_id IS NULL")
        connection.commit()

    with Store(path) as store:
        assert "was damaged" in store.notices[0]
        found = store.conversation(conversation_id)
        assert found is not None
        assert found.draft == ""
