"""A database that somebody else wrote into: what is no value is left out, reported and kept."""

from __future__ import annotations

import os
import socket
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.storage.build import asked
from tui_chat.core.conversation import MessageStatus, now, path_to
from tui_chat.core.errors import StorageError
from tui_chat.core.search_query import parse_query
from tui_chat.storage.async_store import AsyncStore
from tui_chat.storage.import_writer import ImportWriter
from tui_chat.storage.read_only import Reader
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEEP = "[" * 100_000
BAD: list[tuple[str, str, object]] = [
    ("messages", "role", "wizard"),
    ("messages", "role", b"user"),
    ("messages", "role", 7),
    ("messages", "status", "asleep"),
    ("messages", "status", 1.5),
    ("messages", "content", b"\xff\x00"),
    ("messages", "reasoning", b"x"),
    ("messages", "created_at", "yesterday"),
    ("messages", "created_at", b"2026"),
    ("messages", "created_at", ""),
    ("messages", "created_at", "0001-01-01T00:00:00+14:00"),
    ("messages", "finished_at", "99999-01-01"),
    ("messages", "finished_at", 3),
    ("messages", "deleted_at", "never"),
    ("messages", "input_tokens", "many"),
    ("messages", "input_tokens", 1.5),
    ("messages", "input_tokens", b"1"),
    ("messages", "structured", "3"),
    ("messages", "structured", "{"),
    ("messages", "structured", DEEP),
    ("messages", "structured", b"{}"),
    ("messages", "model", b"m"),
    ("messages", "error_text", b"e"),
    ("conversations", "title", b"x"),
    ("conversations", "settings", ""),
    ("conversations", "settings", "[]"),
    ("conversations", "settings", "{"),
    ("conversations", "settings", DEEP),
    ("conversations", "settings", b"{}"),
    ("conversations", "created_at", "yesterday"),
    ("conversations", "updated_at", b"2026"),
    ("conversations", "updated_at", "soon"),
    ("conversations", "deleted_at", b"x"),
    ("conversations", "draft", b"d"),
    ("conversations", "system_prompt", b"s"),
]


def _fill(path: Path) -> None:
    with Store(path) as store:
        for text in ("first words", "second words"):
            turn = asked(text)
            reply = turn.replied(f"answer to {text}", MessageStatus.COMPLETE)
            store.add_turn(turn.conversation, turn.question, reply)


def _change(path: Path, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(sql, values)
        connection.commit()


def _everything(store: Store) -> None:
    """Do what the chat does with a database."""
    store.latest_conversation()
    for summary in store.summaries(limit=-1):
        found = store.conversation(summary.id)
        store.messages(summary.id, with_deleted=True)
        if found is not None:
            store.snapshot(found)
    store.summaries(query="words")
    for text in ("", "words", "wo", "#words"):
        store.search(parse_query(text), 100)
    store.trash()
    assert all(isinstance(text, str) for text in store.prompt_history())
    store.interrupt_orphans()
    store.purge(now())


@pytest.mark.parametrize(("table", "column", "value"), BAD)
def test_an_invalid_value_skips_only_its_row(
    path: Path, table: str, column: str, value: object
) -> None:
    _fill(path)
    _change(path, f"UPDATE {table} SET {column} = ? WHERE seq = 1", value)  # noqa: S608

    with Store(path) as store:
        _everything(store)
        assert store.unreadable.count >= 1
        assert "cannot be read" in store.unreadable.report()
        assert store.unreadable.report() == ""
        texts = [m.content for it in store.summaries() for m in store.messages(it.id)]
        assert {"second words", "answer to second words"} <= set(texts)
        kept = store._rows(f"SELECT {column} FROM {table} WHERE seq = 1")  # noqa: S608
    assert kept == [(value if not isinstance(value, float | int) else kept[0][0],)]


@pytest.mark.parametrize(("table", "column", "value"), BAD)
def test_commands_skip_invalid_rows(path: Path, table: str, column: str, value: object) -> None:
    _fill(path)
    _change(path, f"UPDATE {table} SET {column} = ? WHERE seq = 1", value)  # noqa: S608

    with Reader(path) as reader:
        assert reader.list_conversations()
        assert reader.list_conversations(in_trash=True) == []
        assert reader.search("second", 10)
        assert len(list(reader.transcripts(with_deleted=True))) >= 1
        assert reader.unreadable.count == 1


@pytest.mark.parametrize("bad", ["2", "2, 3", "1, 2, 3"])
def test_the_replies_to_a_skipped_row_move_up(path: Path, bad: str) -> None:
    with Store(path) as store:
        turn = asked("one")
        for text in ("two", "three"):
            store.add_turn(turn.conversation, turn.question, turn.reply)
            turn = asked(text, turn.conversation)
        store.add_turn(turn.conversation, turn.question, turn.reply)
    _change(path, f"UPDATE messages SET role = 'wizard' WHERE seq IN ({bad})")  # noqa: S608
    links = "SELECT id, parent_id FROM messages ORDER BY seq"
    with closing(sqlite3.connect(path)) as connection:
        before = connection.execute(links).fetchall()
    whole = [message_id for seq, (message_id, _) in enumerate(before, 1) if str(seq) not in bad]

    with Store(path) as store, Reader(path) as reader:
        conversation = store.conversation(turn.conversation.id)
        assert conversation is not None
        shown = path_to(conversation.leaf_id, store.messages(conversation.id))
        assert [message.id for message in shown] == whole
        assert [message.id for message in reader.transcript(conversation).path] == whole
        after = asked("four", conversation)
        store.add_turn(after.conversation, after.question, after.reply)
        store.save_reply(shown[-1])
        assert store._rows(links)[: len(before)] == before


async def test_skipped_rows_are_reported(path: Path) -> None:
    _fill(path)
    _change(path, "UPDATE messages SET role = 'wizard' WHERE seq = 1")
    told: list[str] = []
    store = await AsyncStore.open(path)
    store.on_notice = told.append

    for summary in await store.summaries():
        await store.messages(summary.id)
        await store.messages(summary.id)
    await store.aclose()

    assert len(told) == 1
    assert "'wizard' is not a valid Role" in told[0]
    assert "unchanged in the database" in told[0]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE messages SET parent_id = id",
        "UPDATE messages SET parent_id = (SELECT id FROM messages WHERE seq = 5 - messages.seq)",
        "UPDATE messages SET parent_id = (SELECT max(id) FROM messages), deleted_at = created_at",
        "UPDATE messages SET edited_from = id",
        "UPDATE messages SET input_tokens = 9223372036854775807, output_tokens = -1",
        "UPDATE conversations SET leaf_id = 'nowhere'",
        "UPDATE conversations SET created_at = '2026-01-01', updated_at = '2026-01-01 10:00'",
        'UPDATE conversations SET settings = \'{"pinned": "yes", "one_shot": [1]}\'',
        "UPDATE messages SET seq = seq + 9000000000000000000",
        "DELETE FROM messages WHERE seq = 1",
    ],
)
def test_cycles_and_extreme_numbers_are_read(path: Path, sql: str) -> None:
    _fill(path)
    _change(path, sql)

    with Store(path) as store:
        _everything(store)
        for summary in store.summaries():
            found = store.conversation(summary.id)
            assert found is not None
            turn = asked("after it", found)
            store.add_turn(turn.conversation, turn.question, turn.reply)
        _everything(store)


@pytest.mark.parametrize("version", [-1, -7, 0, 2_000_000_000])
def test_an_impossible_version_counts_as_damage(path: Path, version: int) -> None:
    _fill(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")

    with Store(path) as store:
        assert len(store.summaries()) == 2
        (notice,) = store.notices
    assert f"version {version}" in notice
    assert "2 conversations, 4 messages" in notice


@pytest.mark.parametrize("version", [-3, 0, 1, 2, 2_000_000_000])
@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_foreign_database_is_not_changed(path: Path, version: int, mode: str) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, text TEXT)")
        connection.execute("INSERT INTO messages (text) VALUES ('theirs')")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.commit()
    path.chmod(0o644)
    before = (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns)

    with pytest.raises(StorageError, match="another program"):
        Store(path)
    assert {file.name for file in path.parent.iterdir()} <= {path.name, "writers"}
    openers: list[Callable[[Path], object]] = [
        Store,
        Reader,
        ImportWriter.open,
        ImportWriter.open_preview,
    ]
    for open_it in openers:
        with pytest.raises(StorageError, match="another program"):
            open_it(path)

    assert (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns) == before


def _make_pipe(path: Path) -> None:
    os.mkfifo(path)


def _make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as it:
        it.bind(str(path))


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (_make_pipe, "a pipe"),
        (_make_socket, "a socket"),
        (lambda path: path.mkdir(), "a folder"),
        (lambda path: path.symlink_to("/dev/null"), "a device"),
        (lambda path: path.symlink_to("/dev/zero"), "a device"),
        (lambda path: path.symlink_to(path.with_name("gone")), "a link"),
        (lambda path: path.symlink_to(path), "cycle"),
    ],
)
def test_folders_and_devices_are_refused(path: Path, make: object, word: str) -> None:
    path.parent.mkdir()
    assert callable(make)
    make(path)

    for open_it in (Store, Reader):
        with pytest.raises(StorageError) as caught:
            open_it(path)
        if open_it is Store:
            assert word in caught.value.message
    assert path.is_symlink() or not path.is_file()
