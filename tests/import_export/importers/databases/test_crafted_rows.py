"""Crafted values in a tui-chat database: each costs as little as possible."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.import_export.importers.reading import read
from tests.storage.build import asked
from tui_chat.core.conversation import MessageStatus
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("column", "value", "kept"),
    [
        ("content", b"\xff", [""]),
        ("role", "tool", [""]),
        ("created_at", "yesterday", [""]),
        ("created_at", b"2026", [""]),
        ("structured", "[" * 100_000, [""]),
        ("structured", "3", [""]),
        ("input_tokens", "many", [""]),
        ("parent_id", "m2", ["one", ""]),
    ],
)
def test_a_crafted_value_in_a_message_costs_at_most_the_message(
    tmp_path: Path, column: str, value: object, kept: list[str]
) -> None:
    path = two_conversations(tmp_path)
    crafted(path, "messages", column, value)

    (first, second), tally = read(path)

    assert second.conversation.title == "two"
    assert [message.content for message in first.path] == kept
    assert first.messages[-1].status is MessageStatus.INTERRUPTED
    assert tally.broken == []
    assert len(tally.incomplete) == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("settings", "[" * 100_000),
        ("settings", "[]"),
        ("title", b"x"),
        ("id", "../../x"),
        ("id", b"x"),
    ],
)
def test_crafted_values_in_a_conversation_are_rejected(
    tmp_path: Path, column: str, value: object
) -> None:
    path = two_conversations(tmp_path)
    crafted(path, "conversations", column, value)

    (found,), tally = read(path)

    assert found.conversation.title == "two"
    assert found.messages[1].status is MessageStatus.INTERRUPTED
    assert len(tally.broken) == 1


def two_conversations(folder: Path) -> Path:
    path = folder / "backup"
    with Store(path) as store:
        for text in ("one", "two"):
            turn = asked(text)
            store.add_turn(turn.conversation, turn.question, turn.reply)
    return path


def crafted(path: Path, table: str, column: str, value: object) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for (trigger,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        sql = f"UPDATE {table} SET {column} = ? WHERE seq = 1"  # noqa: S608
        connection.execute(sql, (value,))
        connection.commit()
