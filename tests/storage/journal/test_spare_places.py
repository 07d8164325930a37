"""A journal on a full disk is in a private temporary folder, and the next start takes it in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.storage.build import asked
from tui_chat.storage.journal.journal import Journal, JournalEntry, orphaned_journals
from tui_chat.storage.journal.journal_places import spare_places
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="file modes")

_KEEP = """
import sys, time
from pathlib import Path
from tests.storage.build import asked
from tui_chat.storage.journal.journal import Journal, JournalEntry
turn = asked("asked on a full disk")
Journal(Path(sys.argv[1])).write([JournalEntry(turn.conversation, [turn.question])])
print("kept", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for runtime files."""
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "none"))
    return folder


@pytest.fixture
def full(path: Path) -> Path:
    """Return a database beside which no journal can be written, also by the superuser."""
    Store(path).close()
    writers = path.with_name("writers")
    for file in writers.glob("*"):
        file.unlink()
    if writers.exists():
        writers.rmdir()
    writers.write_text("a file where a folder is needed", encoding="utf-8")
    return path


def entry(text: str = "Why?") -> JournalEntry:
    turn = asked(text)
    return JournalEntry(turn.conversation, [turn.question], turn.question.id)


def files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if ".unsaved-" in file.name]


def free(path: Path) -> None:
    path.with_name("writers").unlink()


def test_a_killed_process_loses_nothing_on_a_full_disk(runtime: Path, full: Path) -> None:
    command = [sys.executable, "-c", _KEEP, str(full)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"kept\n"
        assert files(full.parent) == []
        (file,) = files(runtime)
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.parent.stat().st_mode & 0o777 == 0o700
        # A process that is alive keeps its journal.
        assert orphaned_journals(full) == []
        process.send_signal(signal.SIGKILL)
    free(full)

    with Store(full) as store:
        assert store.recover_journals() == 1
        latest = store.latest_conversation()
        assert latest is not None
        assert [it.content for it in store.messages(latest.id)] == ["asked on a full disk"]
        assert store.recover_journals() == 0
    assert files(runtime) == []


def test_the_journal_moves_back_beside_the_database(runtime: Path, full: Path) -> None:
    journal = Journal(full)
    journal.write([entry("one")])
    assert len(files(runtime)) == 1
    free(full)
    journal.write([entry("one"), entry("two")])
    assert files(runtime) == []
    (file,) = full.parent.glob("*.unsaved-*")
    assert "two" in file.read_text(encoding="utf-8")
    journal.write([])
    assert list(full.parent.glob("*.unsaved-*")) == []
    journal.close()


def test_a_folder_that_others_may_write_is_not_used(
    runtime: Path, full: Path, tmp_path: Path
) -> None:
    place = spare_places(full)[0]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for kind in ("open to others", "a link", "a file"):
        if kind == "open to others":
            place.parent.mkdir(mode=0o700)
            place.parent.chmod(0o777)
        elif kind == "a link":
            place.parent.symlink_to(elsewhere)
        else:
            place.parent.write_text("a file", encoding="utf-8")
        # An entry of somebody else is not read either.
        if place.parent.is_dir():
            place.with_name(f"{place.name}.unsaved-x").write_text("[]", encoding="utf-8")
        assert orphaned_journals(full) == []
        journal = Journal(full)
        journal.write([entry()])
        assert not [file for file in files(runtime) if not file.name.endswith("unsaved-x")]
        assert not [file for file in files(elsewhere) if not file.name.endswith("unsaved-x")]
        journal.write([])
        journal.close()
        if place.parent.is_symlink() or place.parent.is_file():
            place.parent.unlink()
        else:
            place.parent.rename(tmp_path / "used")


def test_each_database_has_its_own_name(runtime: Path, tmp_path: Path) -> None:
    one, two = (spare_places(tmp_path / name)[0] for name in ("one.db", "two.db"))
    assert one != two
    assert one.parent == two.parent
    assert one.is_relative_to(runtime)
    assert str(os.getuid()) in one.parent.name


def test_without_any_place_the_first_reason_is_raised(
    full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_chat.storage.journal.journal_places.spare_places", lambda _: [])
    with pytest.raises(OSError, match="writers"):
        Journal(full).write([entry()])
