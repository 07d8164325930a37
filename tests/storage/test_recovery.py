"""Readable rows of a damaged database are recovered into a new one; the damaged file is kept."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.storage.build import asked
from tui_chat.core.conversation import MessageStatus
from tui_chat.storage.damage import mark_suspect
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
        whole = store._connection.execute("PRAGMA integrity_check").fetchall()
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
