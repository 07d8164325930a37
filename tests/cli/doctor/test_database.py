from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.cli.doctor.doctor_run import DoctorRun
from tui_chat.cli.doctor import database
from tui_chat.cli.doctor.database import check_database
from tui_chat.cli.doctor.report import Report
from tui_chat.config.paths import find_paths
from tui_chat.core.conversation import new_conversation
from tui_chat.storage.async_store import AsyncStore
from tui_chat.storage.database.damage import is_suspect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""
_DELETE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("UPDATE conversations SET deleted_at = 1 WHERE title = 'first'")
connection.commit()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path() -> Path:
    return find_paths(os.environ).database


@pytest.fixture
async def saved(path: Path) -> Path:
    """A database with two conversations, closed."""
    store = await AsyncStore.open(path)
    for title in ("first", "second"):
        await store.save_conversation(replace(new_conversation(), title=title))
    await store.aclose()
    return path


@pytest.fixture(autouse=True)
def _short_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_LOCK_TIMEOUT_S", 0.3)


@contextmanager
def other_process(code: str, path: Path) -> Iterator[None]:
    """Run code in another process until the end of the block."""
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield
        process.communicate(timeout=10)


@pytest.fixture
def writer(saved: Path) -> Iterator[None]:
    """Another process that holds the write lock."""
    with other_process(_HOLD, saved):
        yield


@pytest.fixture
def deleter(saved: Path) -> Iterator[None]:
    """Another process that has deleted the first conversation and keeps its connection."""
    with other_process(_DELETE, saved):
        yield


def checked(path: Path, capsys: pytest.CaptureFixture[str]) -> DoctorRun:
    """Check a database and assert that no file has changed."""
    before = contents(path.parent)
    report = Report(sys.stdout, {})
    check_database(path, report)
    assert contents(path.parent) == before
    return DoctorRun(capsys.readouterr().out, 0 if report.is_passed else 1)


def contents(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    return {
        file.name: (file.read_bytes(), file.stat().st_mode, file.stat().st_mtime_ns)
        # Readers write their marks into the shared memory of an active WAL.
        for file in (folder.iterdir() if folder.is_dir() else ())
        # The marker makes the next start recover the damaged database.
        if file.is_file() and not file.name.endswith(("-shm", ".suspect"))
    }


def test_the_doctor_creates_no_database(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "not created yet" in checked(path, capsys).one("database")[1]
    assert not path.parent.exists()


def test_conversations_are_counted(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = checked(saved, capsys)

    mark, words = seen.one("database")
    assert mark == "ok"
    assert words.endswith("mode 0600, 2 conversations, intact")
    assert not list(saved.parent.glob("*-shm"))


def test_a_database_in_use_is_checked(
    saved: Path, deleter: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "1 conversation, intact" in checked(saved, capsys).one("database")[1]


def test_a_long_write_lock_is_reported(
    saved: Path, writer: None, capsys: pytest.CaptureFixture[str]
) -> None:
    mark, words = checked(saved, capsys).one("database")
    assert mark == "!!"
    assert "keeps" in words
    assert "locked — Close it" in words


def test_a_rollback_journal_lock_is_reported(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.execute("BEGIN EXCLUSIVE")
        path.chmod(0o600)
        report = Report(sys.stdout, {})
        check_database(path, report)
    assert "locked" in capsys.readouterr().out


def test_a_file_that_is_not_a_database_is_reported(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"This is no database. " * 100)
    path.chmod(0o600)

    mark, words = checked(path, capsys).one("database")
    assert mark == "!!"
    assert "is damaged" in words
    assert "keeps the damaged file" in words


def test_damage_is_detected(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(saved)) as connection:
        rows = [(f"x{i}", "t" * 200, "2026-01-01", "2026-01-01") for i in range(300)]
        connection.executemany(
            "INSERT INTO conversations (id, title, created_at, updated_at) VALUES (?, ?, ?, ?)",
            rows,
        )
        connection.commit()
    damaged = bytearray(saved.read_bytes())
    for start in range(8192, len(damaged), 8192):
        damaged[start : start + 300] = os.urandom(300)
    saved.write_bytes(damaged)

    mark, words = checked(saved, capsys).one("database")
    assert mark == "!!"
    assert "damaged" in words
    assert is_suspect(saved)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("PRAGMA user_version = 99", "newer tui-chat"),
        ("PRAGMA user_version = 0", "is damaged (unknown version 0"),
        ("PRAGMA user_version = -7", "is damaged (unknown version -7"),
        ("ALTER TABLE messages RENAME COLUMN role TO part", "another program"),
    ],
)
def test_a_foreign_or_newer_database_is_reported(
    saved: Path, statement: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(saved)) as connection:
        connection.execute(statement)
    mark, words = checked(saved, capsys).one("database")
    assert mark == "!!"
    assert told in words


def test_a_readable_database_is_reported(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved.chmod(0o644)
    mark, words = checked(saved, capsys).one("database")
    assert mark == "!!"
    assert "mode 0644" in words
    assert f"chmod 600 {saved}" in words


def test_an_empty_file_is_valid(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.parent.mkdir(parents=True)
    path.touch(mode=0o600)
    assert checked(path, capsys).one("database")[1].endswith("empty")


def test_a_folder_instead_of_the_file_is_reported(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path.mkdir(parents=True)
    assert "is not a file — Move it." in checked(path, capsys).one("database")[1]


def test_a_read_only_database_is_reported(
    saved: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # root, who may run the tests, has all permissions.
    monkeypatch.setattr(os, "access", lambda *_: False)
    mark, words = checked(saved, capsys).one("database")
    assert mark == "!!"
    assert f"is not writable: nothing can be saved — Run: chmod 600 {saved}" in words


def test_a_check_timeout_is_not_damage(
    saved: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_CHECK_TIMEOUT_S", -1.0)
    monkeypatch.setattr(database, "_STEPS_PER_TIMEOUT_CHECK", 1)
    mark, words = checked(saved, capsys).one("database")
    assert mark == "ok"
    assert "integrity not checked" in words
