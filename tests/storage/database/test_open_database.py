from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.storage.build import asked
from tui_chat.core.errors import StorageError
from tui_chat.storage.database import open_database as database
from tui_chat.storage.database.open_database import retry_while_locked
from tui_chat.storage.store import Store
from tui_chat.storage.writer_lock import hold_lock, writers_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

needs_modes = pytest.mark.skipif(sys.platform == "win32", reason="no file modes there")


def _obeys_modes() -> bool:
    """Return whether file modes apply to this process; to root they mostly do not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o500)
        return not os.access(folder, os.W_OK)


not_as_root = pytest.mark.skipif(not _obeys_modes(), reason="nothing is forbidden to root")


@pytest.fixture(params=[0o000, 0o022, 0o277])
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _fill(path: Path) -> None:
    with Store(path) as store:
        for number in range(50):
            turn = asked(f"question {number} " + "x" * 2000)
            store.add_turn(turn.conversation, turn.question, turn.reply)


@needs_modes
@pytest.mark.usefixtures("_umask")
def test_files_are_private_whatever_the_umask(path: Path) -> None:
    with Store(path) as store:
        turn = asked()
        store.add_turn(turn.conversation, turn.question, turn.reply)

        files = [file for file in path.parent.rglob("*") if file.is_file()]
        assert {file.name.removeprefix(path.name) for file in files} >= {"", "-wal", "-shm"}
        assert len(files) == 4
        for file in files:
            assert _mode(file) == 0o600, file
        for folder in (path.parent, writers_folder(path)):
            assert _mode(folder) == 0o700, folder


@needs_modes
def test_a_file_that_others_may_read_is_made_private(path: Path) -> None:
    _fill(path)
    path.chmod(0o644)

    Store(path).close()

    assert _mode(path) == 0o600


@needs_modes
def test_an_existing_folder_keeps_its_mode(path: Path) -> None:
    path.parent.mkdir(mode=0o755)

    Store(path).close()

    assert _mode(path.parent) == 0o755


def test_importing_the_module_creates_no_files(tmp_path: Path) -> None:
    code = "import tui_chat.storage.store, tui_chat.storage.async_store"
    subprocess.run([sys.executable, "-c", code], check=True)

    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


@pytest.mark.parametrize(
    "content", [b"not a database" * 1000, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_file_that_is_not_a_database_is_set_aside(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    path.with_name(f"{path.name}-wal").write_bytes(b"its log")

    with Store(path) as store:
        turn = asked()
        store.add_turn(turn.conversation, turn.question, turn.reply)
        (notice,) = store.notices

    (kept,) = path.parent.glob("*.damaged-*Z")
    assert kept.read_bytes() == content
    assert kept.with_name(f"{kept.name}-wal").read_bytes() == b"its log"
    assert str(path) in notice
    assert kept.name in notice
    with Store(path) as store:
        assert store.notices == []
        assert len(store.summaries()) == 1


def test_damage_found_while_reading_is_checked_at_the_next_start(path: Path) -> None:
    _fill(path)
    half = path.stat().st_size // 2
    with path.open("r+b") as file:
        file.seek(half)
        file.write(b"\xa5" * half)

    with Store(path) as store:
        with pytest.raises(StorageError, match="is damaged") as caught:
            [store.messages(summary.id) for summary in store.summaries()]
        assert "Restart tui-chat" in caught.value.hint

    with Store(path) as store:
        assert len(store.notices) == 1
        # Readable rows were recovered: test_recovery.py.
        [store.messages(summary.id) for summary in store.summaries()]
    assert len(list(path.parent.glob("*.damaged-*Z"))) == 1
    with Store(path) as store:
        assert store.notices == []


def test_the_mark_is_removed_if_the_check_passes(path: Path) -> None:
    _fill(path)
    suspicion = path.with_name(f"{path.name}.suspect")
    suspicion.touch()

    with Store(path) as store:
        assert store.notices == []
        assert len(store.summaries()) == 50
    assert not suspicion.exists()


def test_damage_of_the_search_index_only_rebuilds_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(path)
    path.with_name(f"{path.name}.suspect").touch()
    # The report of SQLite 3.44 and later about a damaged index.
    words = ["malformed inverted index for FTS5 table main.messages_fts", "ok"]
    monkeypatch.setattr(database, "_quick_check", lambda _: words.pop(0))

    with Store(path) as store:
        assert store.notices == []
        assert len(store.summaries(query="question")) == 50
    assert words == []


def test_two_damaged_files_get_different_names(path: Path) -> None:
    path.parent.mkdir()
    for content in (b"one" * 500, b"two" * 500):
        path.write_bytes(content)
        Store(path).close()

    kept = [
        file.read_bytes()[:3]
        for file in path.parent.glob("*.damaged-*")
        if not file.name.endswith(("-wal", "-shm"))
    ]
    assert sorted(kept) == [b"one", b"two"]


@not_as_root
def test_a_read_only_folder_is_reported(path: Path) -> None:
    _fill(path)
    path.parent.chmod(0o500)
    try:
        with pytest.raises(StorageError, match="permissions") as caught:
            Store(path)
    finally:
        path.parent.chmod(0o700)

    assert str(path) in str(caught.value)


@not_as_root
def test_a_read_only_file_is_reported(path: Path) -> None:
    _fill(path)
    path.chmod(0o400)

    with pytest.raises(StorageError, match="permissions") as caught:
        Store(path)

    assert str(path) in str(caught.value)


@pytest.mark.parametrize("place", ["file/conversations.db", "file", "folder"])
def test_an_unusable_path_is_reported(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").mkdir()
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").rmdir()
    (tmp_path / "file").write_text("in the way" * 100)
    path = tmp_path / place
    if place == "file":
        path = tmp_path / "file" / "deep" / "conversations.db"

    with pytest.raises(StorageError) as caught:
        Store(path)

    assert "file" in str(caught.value) or "folder" in str(caught.value)
    assert (tmp_path / "file").read_text().startswith("in the way")


def test_opening_waits_for_the_lock_and_reports_a_timeout(path: Path) -> None:
    path.parent.mkdir()
    with (
        hold_lock(writers_folder(path) / "opening", 1.0),
        pytest.raises(StorageError, match="locked"),
    ):
        Store(path, busy_timeout_s=0.05)

    Store(path).close()


def test_a_short_lock_is_waited_for(path: Path) -> None:
    tries = 0
    with (
        Store(path),
        closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as holder,
        closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as waiting,
    ):
        holder.execute("BEGIN IMMEDIATE")

        def begin() -> None:
            nonlocal tries
            tries += 1
            if tries == 3:
                holder.execute("ROLLBACK")
            waiting.execute("BEGIN IMMEDIATE")

        retry_while_locked(begin, 5.0)

    assert tries == 3


def test_two_stores_of_one_process_share_a_database(path: Path) -> None:
    with Store(path) as first, Store(path) as second:
        for store in (first, second, first):
            turn = asked()
            store.add_turn(turn.conversation, turn.question, turn.reply)

        assert len(first.summaries()) == len(second.summaries()) == 3
        assert first.interrupt_orphans() == second.interrupt_orphans() == []
