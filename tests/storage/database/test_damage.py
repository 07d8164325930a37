"""Marking of a damaged file, and its recovery at the next start, whatever interrupts it."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

import pytest

from tests.storage.build import asked
from tui_chat.cli.conversations.backup import back_up_into
from tui_chat.core.conversation import MessageStatus
from tui_chat.core.errors import StorageError
from tui_chat.core.search_query import parse_query
from tui_chat.session.saved_conversations import SavedConversations
from tui_chat.storage.async_store import AsyncStore
from tui_chat.storage.database.damage import is_suspect, mark_suspect
from tui_chat.storage.read_only import Reader
from tui_chat.storage.recovery.salvaged_rows import RowMerge
from tui_chat.storage.search.search_as_you_type import IncrementalSearch
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = 4096
COUNT = 30
# A process that kills itself at the given row of a recovery.
KILLED = """
import os, signal, sys
from pathlib import Path
from tui_chat.storage.recovery import salvaged_rows as recovery_rows
from tui_chat.storage.store import Store
left = int(sys.argv[2])
put = recovery_rows.RowMerge.put
def dying(*args, **more):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    put(*args, **more)
recovery_rows.RowMerge.put = dying
Store(Path(sys.argv[1]))
"""


def _fill(path: Path) -> None:
    with Store(path) as store:
        for number in range(COUNT):
            turn = asked(f"question {number} " + "x" * 1000)
            reply = turn.replied(f"answer {number} " * 200, MessageStatus.COMPLETE)
            store.add_turn(turn.conversation, turn.question, reply)


def _overwrite(path: Path, text: bytes) -> None:
    """Overwrite all pages that contain a text, except for the schema."""
    data = bytearray(path.read_bytes())
    place = data.find(text, PAGE)
    while place >= 0:
        start = place // PAGE * PAGE
        data[start : start + PAGE] = b"\xa5" * PAGE
        place = data.find(text, start)
    path.write_bytes(data)


def _read_all(path: Path) -> None:
    with Reader(path) as reader:
        list(reader.transcripts(with_deleted=True))


def _search(path: Path) -> None:
    async def search() -> None:
        searcher = IncrementalSearch(path)
        try:
            await searcher.search(parse_query("question"), 100)
            await searcher.search(parse_query("qu"), 100)
        finally:
            await searcher.aclose()

    asyncio.run(search())


def _store(path: Path) -> None:
    with Store(path) as store:
        for summary in store.summaries(limit=-1):
            store.messages(summary.id)


@pytest.mark.parametrize(
    "meet",
    [
        _read_all,
        _search,
        _store,
        lambda path: back_up_into(path, path.with_name("copy"), is_replacing=False),
    ],
)
def test_any_access_that_finds_damage_marks_the_file(
    path: Path, meet: Callable[[Path], None]
) -> None:
    _fill(path)
    _overwrite(path, b"question 7 ")

    is_met = False
    try:
        meet(path)
    except StorageError as error:
        is_met = "damaged" in error.message
    assert is_suspect(path) == is_met
    mark_suspect(path)
    with Store(path) as store:
        (notice,) = store.notices
        kept = len(store.summaries(limit=-1))
    assert kept >= COUNT - 1
    assert "was damaged" in notice
    assert f"{kept} conversations" in notice
    assert "rows could not be read" in notice
    with Store(path) as store:
        assert store.notices == []


def test_the_next_start_recovers_a_marked_file(path: Path) -> None:
    _fill(path)
    _overwrite(path, b"question 7 ")

    with pytest.raises(StorageError, match="is damaged"):
        _read_all(path)
    assert is_suspect(path)
    with Store(path) as store:
        assert "was damaged" in store.notices[0]

    _read_all(path)
    assert not is_suspect(path)


@pytest.mark.parametrize("at", [1, 20, 55])
def test_a_killed_recovery_is_repeated(path: Path, at: int) -> None:
    _fill(path)
    data = path.read_bytes()
    path.write_bytes(b"\0" * PAGE + data[PAGE:])
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path), str(at)], check=False)
    assert ended.returncode == -9

    with Store(path) as store:
        assert len(store.summaries(limit=-1)) == COUNT
        assert f"{COUNT} conversations, {2 * COUNT} messages" in store.notices[0]
    with Store(path) as store:
        assert store.notices == []
        assert len(store.summaries(limit=-1)) == COUNT
    assert len(list(path.parent.glob("*.damaged-*Z"))) == 1


def test_a_recovery_on_a_full_disk_is_repeated(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(path)
    path.write_bytes(b"\0" * PAGE + path.read_bytes()[PAGE:])

    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("tui_chat.storage.recovery.recover_rows.RowMerge.put", full)
        with Store(path) as store:
            assert "the next start tries again" in store.notices[0]
            turn = asked("said in between")
            store.add_turn(turn.conversation, turn.question, turn.reply)

    with Store(path) as store:
        texts = {summary.title[:15] for summary in store.summaries(limit=-1)}
    assert "said in between" in texts
    assert len(texts) > COUNT // 2


async def test_progress_is_reported_without_blocking_the_loop(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(path)
    path.write_bytes(b"\0" * PAGE + path.read_bytes()[PAGE:])
    monkeypatch.setattr("tui_chat.storage.database.damage._REPORT_INTERVAL_S", 0.0)
    told: list[str] = []
    threads: set[int] = set()

    def progress(words: str) -> None:
        told.append(words)
        threads.add(threading.get_ident())

    store = await AsyncStore.open(path, progress)
    with suppress(StorageError):
        await store.aclose()

    assert told
    assert all(words.startswith("recovering conversations from ") for words in told)
    assert threads == {threading.get_ident()}


class Recovering:
    """A store that recovers a damaged database on a thread, and pauses in the middle."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._began, self.may_end = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._open)

    def _open(self) -> None:
        def pause(_: str) -> None:
            self._began.set()
            self.may_end.wait()

        Store(self._path, progress=pause).close()

    def __enter__(self) -> Self:
        _fill(self._path)
        self._path.write_bytes(b"\0" * PAGE + self._path.read_bytes()[PAGE:])
        self._thread.start()
        assert self._began.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self.may_end.set()
        self._thread.join()


async def test_a_second_start_waits_for_a_recovery_and_uses_its_result(path: Path) -> None:
    notices: list[str] = []
    told: list[str] = []
    with Recovering(path) as first:

        def progress(text: str) -> None:
            told.append(text)
            first.may_end.set()

        saved = SavedConversations(path, notices, trash_days=30, progress=progress)
        await saved.open()
        assert not saved.is_in_memory
        assert len(await saved.store.summaries(limit=-1)) == COUNT
        await saved.close()
    assert "another window is recovering a damaged database; waiting for it · 0 s" in told
    assert notices == []


def test_a_command_does_not_wait_for_a_recovery_without_end(path: Path) -> None:
    with Recovering(path), pytest.raises(StorageError, match=r"is recovering .* try again"):
        Store(path, busy_timeout_s=0.01)


def _threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith("store")}


async def test_quitting_ends_the_wait_for_a_recovery(path: Path) -> None:
    is_waiting = asyncio.Event()
    earlier = _threads()
    with Recovering(path):
        async with asyncio.TaskGroup() as group:
            opening = group.create_task(AsyncStore.open(path, lambda _: is_waiting.set()))
            await is_waiting.wait()
            opening.cancel()
        for thread in _threads() - earlier:
            await asyncio.to_thread(thread.join)


async def test_quitting_ends_a_recovery_and_the_next_start_repeats_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(path)
    path.write_bytes(b"\0" * PAGE + path.read_bytes()[PAGE:])
    monkeypatch.setattr("tui_chat.storage.database.damage._REPORT_INTERVAL_S", 0.0)
    began, cancelled = threading.Event(), threading.Event()
    put = RowMerge.put

    def slow_put(*args: Any, **more: Any) -> None:
        began.set()
        cancelled.wait()
        put(*args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(RowMerge, "put", slow_put)
        async with asyncio.TaskGroup() as group:
            opening = group.create_task(AsyncStore.open(path, lambda _: None))
            await asyncio.to_thread(began.wait)
            opening.cancel()
        cancelled.set()

    with Store(path, busy_timeout_s=60) as store:
        assert len(store.summaries(limit=-1)) == COUNT


def test_noise_in_the_log_is_not_damage(path: Path) -> None:
    _fill(path)
    for seed in range(20):
        noise = random.Random(seed).randbytes(100_000)  # noqa: S311 - not a secret
        path.with_name(f"{path.name}-wal").write_bytes(noise)
        with Store(path) as store:
            assert store.notices == []
            assert len(store.summaries(limit=-1)) == COUNT


def test_concurrent_writers_are_not_mistaken_for_damage(path: Path) -> None:
    _fill(path)
    is_over = threading.Event()

    def write() -> None:
        with Store(path) as store:
            while not is_over.is_set():
                turn = asked("written meanwhile")
                store.add_turn(turn.conversation, turn.question, turn.reply)
                # SQLite does not hand a lock over in order: without a pause it may never be free
                # at a moment when another writer asks.
                is_over.wait(0.001)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(30):
            with Store(path) as store:
                assert store.notices == []
    finally:
        is_over.set()
        for writer in writers:
            writer.join()
    assert not list(path.parent.glob("*.damaged-*"))
