from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tui_chat.storage import writer_lock as writers
from tui_chat.storage.writer_lock import Writer, hold_lock, is_alive, sweep

if TYPE_CHECKING:
    from pathlib import Path


def _die(writer: Writer) -> None:
    """Let go of a writer's lock as the system does when its process is killed."""
    assert writer._file is not None
    os.close(writer._file)
    writer._file = None


def test_a_writer_lives_until_it_is_closed(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "writers")
    assert is_alive(tmp_path / "writers", writer.id)

    writer.close()
    writer.close()

    assert not is_alive(tmp_path / "writers", writer.id)
    assert list((tmp_path / "writers").iterdir()) == []


def test_a_killed_writer_is_dead_and_its_file_removed(tmp_path: Path) -> None:
    writer = Writer(tmp_path)

    _die(writer)

    assert list(tmp_path.glob("*.lock"))
    assert not is_alive(tmp_path, writer.id)
    assert not list(tmp_path.glob("*.lock"))


def test_child_processes_do_not_keep_a_writer_alive(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    code = "print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as started:
        assert started.stdout is not None
        started.stdout.readline()

        _die(writer)

        assert not is_alive(tmp_path, writer.id)
        started.kill()


def test_sweeping_removes_only_files_of_dead_writers(tmp_path: Path) -> None:
    living, dead = Writer(tmp_path), Writer(tmp_path)
    _die(dead)

    sweep(tmp_path)
    sweep(tmp_path / "nowhere")

    assert [file.stem for file in tmp_path.glob("*.lock")] == [living.id]
    living.close()


def test_a_lock_file_removed_before_locking_is_recreated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = writers._lock
    removed: list[Path] = []

    def swept_first(file: int) -> None:
        lock(file)
        if not removed:
            removed.extend(tmp_path.glob("*.lock"))
            removed[0].unlink()

    monkeypatch.setattr(writers, "_lock", swept_first)

    writer = Writer(tmp_path)

    assert removed
    assert is_alive(tmp_path, writer.id)
    writer.close()


def test_without_file_locks_every_writer_counts_as_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(file: int) -> None:
        raise OSError(38, "not implemented")

    monkeypatch.setattr(writers, "_lock", no_locks)

    writer = Writer(tmp_path)

    assert is_alive(tmp_path, writer.id)
    writer.close()


def test_a_held_lock_excludes_others(tmp_path: Path) -> None:
    path = tmp_path / "writers" / "opening"
    with (
        hold_lock(path, 1.0),
        pytest.raises(TimeoutError, match="another process"),
        hold_lock(path, 0.03),
    ):
        pytest.fail("two were in")

    with hold_lock(path, 0.0):
        assert path.exists()
    assert not path.exists()


@pytest.mark.parametrize(("others", "is_free"), [(1, True), (5, True), (9, False)])
def test_the_time_limit_counts_for_one_holder_and_is_bounded_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, others: int, is_free: bool
) -> None:
    path = tmp_path / "opening"
    clock = 0.0
    with ExitStack() as held:
        held.enter_context(hold_lock(path, 0.0))

        def sleep(_seconds: float) -> None:
            nonlocal clock, others
            clock += 0.8
            held.close()
            others -= 1
            if others:
                held.enter_context(hold_lock(path, 0.0))

        monkeypatch.setattr(writers, "time", SimpleNamespace(monotonic=lambda: clock, sleep=sleep))
        if is_free:
            with hold_lock(path, 1.0):
                assert not others
        else:
            with pytest.raises(TimeoutError), hold_lock(path, 1.0):
                pytest.fail("two were in")
