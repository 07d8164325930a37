"""What can still be read of a damaged database is in the fresh one; the damaged file stays."""

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
    """Make conversations of a question and a long answer; return the answers by question."""
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


def test_a_page_in_the_middle_costs_only_what_was_on_it(path: Path) -> None:
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
    assert "could still be read" in notice
    (kept,) = path.parent.glob("*.damaged-*Z")
    assert kept.read_bytes() == bytes(data)


def test_messages_whose_conversation_is_lost_get_one(path: Path) -> None:
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
def test_whatever_is_damaged_the_store_opens_and_works(path: Path, seed: int) -> None:
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


def test_a_letter_that_is_none_costs_that_letter(path: Path) -> None:
    _fill(path)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"answer 30 answer 30", b"answer 30 \xffnswer 30", 1))

    with Store(path) as store:
        found = _found(store)
        assert found["question 30"].startswith("answer 30 \ufffdnswer 30")
        assert len(found) == COUNT
        assert store.notices == []


def test_a_file_that_is_no_database_gives_nothing(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database at all" * 1000)

    with Store(path) as store:
        assert store.summaries() == []
        assert "could still be read" not in store.notices[0]
