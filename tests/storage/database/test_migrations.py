from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.storage.build import connection_of
from tui_chat.core.conversation import MessageStatus
from tui_chat.core.errors import StorageError
from tui_chat.storage.database import migrations as schema
from tui_chat.storage.database.migrations import MIGRATIONS, migrate, version_of
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

_VERSION_1 = Path(__file__).with_name("version_1.sql").read_text(encoding="utf-8")
# To SQLite a file size limit looks like a full disk.
_MIGRATE_WITH_LITTLE_ROOM = """
import resource, signal, sqlite3, sys
from pathlib import Path
from tui_chat.storage.database.sqlite_errors import storage_error
from tui_chat.storage.database import migrations as schema
from tui_chat.storage.database.migrations import MIGRATIONS, migrate

path = Path(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
connection = sqlite3.connect(path, isolation_level=None)
try:
    migrate(connection, path, (*MIGRATIONS, ("CREATE TABLE more (id)",)))
except (sqlite3.Error, OSError) as error:
    print(storage_error(error, path))
"""
_SECOND = ("ALTER TABLE conversations ADD COLUMN pinned_at TEXT", "UPDATE messages SET model = 'm'")


@pytest.fixture
def old(path: Path) -> Iterator[sqlite3.Connection]:
    """A database of version 1 with a conversation."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(_VERSION_1)
        yield connection


@pytest.mark.usefixtures("old")
def test_version_1_is_migrated_without_loss(path: Path) -> None:
    with Store(path) as store:
        conversation = store.latest_conversation()
        assert conversation is not None
        assert (conversation.title, conversation.draft) == ("Why is the sky blue?", "And at sun")
        assert conversation.settings == {"temperature": 0.5}
        assert [orphan.id for orphan in store.interrupt_orphans()] == ["m3"]
        messages = store.messages(conversation.id)
        assert [(message.id, message.parent_id) for message in messages] == [
            ("m1", None),
            ("m2", "m1"),
            ("m3", "m1"),
        ]
        assert messages[1].structured == {"colour": "blue"}
        assert messages[2].status is MessageStatus.INTERRUPTED
        assert len(store.summaries(query="天空为什么")) == 1
        assert version_of(connection_of(store)) == len(MIGRATIONS)


def test_the_first_step_creates_version_1(old: sqlite3.Connection) -> None:
    def shape(connection: sqlite3.Connection) -> set[str]:
        rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {re.sub(r"\s+", " ", sql).strip() for (sql,) in rows}

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        migrate(fresh, None, MIGRATIONS[:1])

        assert shape(fresh) == shape(old)


def test_a_migration_leaves_a_private_backup(old: sqlite3.Connection, path: Path) -> None:
    migrate(old, path, (*MIGRATIONS, _SECOND))

    assert version_of(old) == len(MIGRATIONS) + 1
    assert old.execute("SELECT DISTINCT model FROM messages").fetchall() == [("m",)]
    backup = path.with_name(f"{path.name}.v1-backup")
    assert backup.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(backup)) as copy:
        assert version_of(copy) == 1
        assert copy.execute("SELECT count(*) FROM messages WHERE model IS NULL").fetchone() == (3,)
    assert sorted(file.name for file in path.parent.iterdir()) == [path.name, backup.name]


def test_a_second_backup_does_not_replace_the_first(old: sqlite3.Connection, path: Path) -> None:
    first = path.with_name(f"{path.name}.v1-backup")
    first.write_text("kept")

    migrate(old, path, (*MIGRATIONS, _SECOND))

    assert first.read_text() == "kept"
    assert path.with_name(f"{first.name}-2").exists()


def test_a_failed_step_changes_nothing(old: sqlite3.Connection, path: Path) -> None:
    with pytest.raises(sqlite3.Error, match="no such table"):
        migrate(old, path, (*MIGRATIONS, _SECOND, ("DROP TABLE photos",)))

    assert version_of(old) == 1
    assert old.execute("SELECT count(*) FROM messages WHERE model IS NULL").fetchone() == (3,)
    assert "pinned_at" not in old.execute("SELECT sql FROM sqlite_master").fetchone()[0]


def test_repeated_failures_leave_no_backups(old: sqlite3.Connection, path: Path) -> None:
    for _ in range(3):
        with pytest.raises(sqlite3.Error, match="no such table"):
            migrate(old, path, (*MIGRATIONS, ("DROP TABLE photos",)))

    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_full_disk_stops_the_migration_without_a_partial_backup(
    old: sqlite3.Connection, path: Path
) -> None:
    old.execute("UPDATE messages SET content = ?", ("x" * 400_000,))
    old.close()

    result = subprocess.run(
        [sys.executable, "-c", _MIGRATE_WITH_LITTLE_ROOM, str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert "disk" in result.stdout
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    with closing(sqlite3.connect(path)) as connection:
        assert version_of(connection) == 1
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_notice_of_a_migration_names_the_backup(
    old: sqlite3.Connection, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old.close()
    monkeypatch.setattr(schema, "MIGRATIONS", (*MIGRATIONS, _SECOND))
    monkeypatch.setattr(schema.migrate, "__defaults__", ((*MIGRATIONS, _SECOND),))
    monkeypatch.setattr(schema.check_version, "__defaults__", (len(MIGRATIONS) + 1,))

    with Store(path) as store:
        assert [f"{path}.v1-backup" in notice for notice in store.notices] == [True]


def test_without_a_backup_there_is_no_migration(old: sqlite3.Connection, path: Path) -> None:
    path.with_name(f"{path.name}.v1-backup.partial").mkdir()

    with pytest.raises(OSError, match="partial"):
        migrate(old, path, (*MIGRATIONS, _SECOND))

    assert version_of(old) == 1


def test_a_newer_database_is_refused_unchanged(path: Path) -> None:
    Store(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
        # An older SQLite library may call the schema of a newer one malformed.
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = 'CREATE TABLE of (the future' || sql")
        connection.commit()
    before = path.read_bytes()

    with pytest.raises(StorageError, match=r"newer tui-chat \(version 99") as caught:
        Store(path)

    assert str(path) in str(caught.value)
    assert "Update tui-chat" in caught.value.hint
    assert path.read_bytes() == before
    assert list(path.parent.glob("*.damaged*")) == []


def test_a_foreign_database_is_refused_unchanged(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE photos (id)")
    before = path.read_bytes()

    with pytest.raises(StorageError, match="another program"):
        Store(path)

    assert path.read_bytes() == before
