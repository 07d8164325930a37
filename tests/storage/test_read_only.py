from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.storage.build import asked
from tui_chat.core.conversation import MessageStatus, now
from tui_chat.core.errors import StorageError
from tui_chat.storage import read_only as reading
from tui_chat.storage.database import migrations as schema
from tui_chat.storage.read_only import Reader, connect_reading

if TYPE_CHECKING:
    from tui_chat.storage.store import Store

_VERSION_1 = (Path(__file__).with_name("database") / "version_1.sql").read_text(encoding="utf-8")


def saved(store: Store, text: str) -> str:
    turn = asked(text)
    store.add_turn(
        turn.conversation, turn.question, turn.replied("Because.", MessageStatus.COMPLETE)
    )
    return turn.conversation.id


def test_a_reader_keeps_its_view_beside_a_writer(store: Store, path: Path) -> None:
    first = saved(store, "first")

    with Reader(path) as reader:
        saved(store, "second")

        assert reader.ids() == [first]
        assert [listed.title for listed in reader.list_conversations()] == ["first"]
        (transcript,) = reader.transcripts(with_deleted=True)
        assert [message.content for message in transcript.path] == ["first", "Because."]


def test_the_trash_is_listed_separately(store: Store, path: Path) -> None:
    saved(store, "kept")
    gone = asked("gone")
    store.add_messages(replace(gone.conversation, deleted_at=now()), [gone.question])

    with Reader(path) as reader:
        assert [listed.title for listed in reader.list_conversations()] == ["kept"]
        assert [listed.title for listed in reader.list_conversations(in_trash=True)] == ["gone"]
        assert len(list(reader.transcripts(with_deleted=False))) == 1
        assert len(list(reader.transcripts(with_deleted=True))) == 2


@pytest.mark.parametrize("query", ["天空为什么", "天空", "SKY 天空为什么", '"*()'])
def test_words_are_found_in_titles_and_messages(store: Store, path: Path, query: str) -> None:
    saved(store, 'Why is the sky blue? 天空为什么是蓝色的 "*()')
    saved(store, "Another thing")

    with Reader(path) as reader:
        assert len(reader.search(query, 10)) == 1
        assert reader.search("", 10) == []


def test_an_older_version_is_read_unchanged(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(_VERSION_1)
    before = path.read_bytes()

    with Reader(path) as reader:
        assert [listed.message_count for listed in reader.list_conversations()] == [3]

    assert path.read_bytes() == before


def test_an_older_version_is_migrated_in_memory(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = (*schema.MIGRATIONS, ("UPDATE conversations SET title = 'brought up'",))
    monkeypatch.setattr(reading, "MIGRATIONS", newest)
    monkeypatch.setattr(schema.migrate, "__defaults__", (newest,))
    monkeypatch.setattr(schema.check_version, "__defaults__", (len(newest),))
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(_VERSION_1)

    with Reader(path) as reader:
        assert [listed.title for listed in reader.list_conversations()] == ["brought up"]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)


def test_a_newer_version_is_reported(store: Store, path: Path) -> None:
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")

    with pytest.raises(StorageError, match="newer tui-chat"):
        Reader(path)


@pytest.mark.parametrize("content", [b"not a database, whatever its name says" * 40, None])
def test_a_file_that_is_not_a_database_is_reported(path: Path, content: bytes | None) -> None:
    path.parent.mkdir()
    path.mkdir() if content is None else path.write_bytes(content)

    with pytest.raises(StorageError, match=r"conversations\.db"):
        Reader(path)


def test_the_log_is_read_in_a_read_only_folder(
    store: Store, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(store, "still in the log")
    copy = tmp_path / "read-only" / path.name
    copy.parent.mkdir()
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{path}{suffix}", f"{copy}{suffix}")
    probed = reading._probed

    def refused(at: Path, way: str) -> sqlite3.Connection:
        if way == "mode=ro":
            # SQLite's error in a read-only folder; root may write everywhere.
            return probed(at.with_name("missing"), way)
        return probed(at, way)

    monkeypatch.setattr(reading, "_probed", refused)
    with Reader(copy) as reader:
        assert [listed.title for listed in reader.list_conversations()] == ["still in the log"]
    Path(f"{copy}-wal").unlink()
    with closing(connect_reading(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() is not None


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_database_in_a_read_only_folder_is_read(store: Store, path: Path) -> None:
    saved(store, "readable")
    store.close()
    path.parent.chmod(0o500)
    try:
        with Reader(path) as reader:
            assert [listed.title for listed in reader.list_conversations()] == ["readable"]
    finally:
        path.parent.chmod(0o700)
