from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.storage.build import asked
from tui_chat.core.conversation import MessageStatus
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conversations.conftest import Command

# A file size limit has the same effect as a full disk.
_LITTLE_ROOM = """
import resource, signal, sys
from tui_chat.cli.main import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
sys.exit(main(sys.argv[1:]))
"""

pytestmark = pytest.mark.usefixtures("saved")


def test_a_backup_during_a_turn_is_consistent(run: Command, database: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    with Store(database) as store:
        turn = asked("Still arriving")
        store.add_turn(turn.conversation, turn.question, turn.reply)

        assert run("backup", str(target)).status == 0

        store.save_reply(turn.replied("Done.", MessageStatus.COMPLETE))
    assert target.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.glob("copy.db*")] == ["copy.db"]
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT count(*) FROM conversations").fetchone() == (5,)


def test_a_backup_can_be_imported(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("backup", str(tmp_path / "copy"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "elsewhere"))

    assert "imported: 4 conversations, 8 messages" in run("import", str(tmp_path / "copy")).out


def test_a_backup_does_not_overwrite_without_force(run: Command, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    target.write_text("mine")

    assert run("backup", str(target)).status == 1
    assert target.read_text() == "mine"
    assert run("backup", str(target), "--force").status == 0
    assert target.read_bytes().startswith(b"SQLite")


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_a_backup_does_not_overwrite_the_database(
    run: Command, database: Path, suffix: str
) -> None:
    before = database.read_bytes()

    ran = run("backup", f"{database}{suffix}", "--force")

    assert ran.status == 1
    assert "belongs to the database itself" in ran.err
    assert database.read_bytes() == before


def test_a_backup_does_not_overwrite_a_link_to_the_database(
    run: Command, database: Path, tmp_path: Path
) -> None:
    for link in (tmp_path / "soft", tmp_path / "hard"):
        link.symlink_to(database) if link.name == "soft" else link.hardlink_to(database)

        assert "belongs to the database itself" in run("backup", str(link), "--force").err


def test_a_full_disk_keeps_the_old_backup(database: Path, tmp_path: Path) -> None:
    with Store(database) as store:
        for _ in range(20):
            turn = asked("x" * 100_000)
            reply = turn.replied("x" * 100_000, MessageStatus.COMPLETE)
            store.add_turn(turn.conversation, turn.question, reply)
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "copy").write_text("mine")

    result = subprocess.run(
        [sys.executable, "-c", _LITTLE_ROOM, "backup", str(folder / "copy"), "--force"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert result.returncode == 1
    assert "disk" in result.stderr
    assert [file.name for file in folder.iterdir()] == ["copy"]
    assert (folder / "copy").read_text() == "mine"


def test_invalid_backup_targets_are_reported(run: Command, tmp_path: Path) -> None:
    assert "is a folder" in run("backup", str(tmp_path)).err
    assert "does not exist" in run("backup", str(tmp_path / "no" / "copy")).err
    (tmp_path / "copy.partial").write_text("mine")
    assert "already exists" in run("backup", str(tmp_path / "copy")).err
    assert (tmp_path / "copy.partial").read_text() == "mine"


def test_it_carries_the_texts_of_the_configuration_without_secrets(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "config" / "tui-chat"
    secret = "sk-test-1234567890abcdefghij"
    texts = {
        "config.toml": f'[profiles.a.headers]\nX-Key = "{secret}"\n',
        "prompts/review.md": "Review this: {{text}}",
        "memory/a.md": "- Metric units. 公制。",
        "projects/thesis/project.toml": 'system_prompt = "Brief."',
        "projects/thesis/notes.bin": "not a text of the configuration",
    }
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_text(text, "utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    copy = tmp_path / "copy"
    run("backup", str(copy))
    assert secret.encode() not in copy.read_bytes()

    elsewhere = tmp_path / "elsewhere" / "tui-chat"
    elsewhere.joinpath("memory").mkdir(parents=True)
    elsewhere.joinpath("memory", "a.md").write_text("mine", "utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "elsewhere"))
    with closing(sqlite3.connect(copy)) as connection, connection:
        for name in ("../evil.md", "/evil.md", "prompts/../../evil.md", "prompts/a/b.md"):
            connection.execute("INSERT INTO texts VALUES (?, 'evil')", (name,))
    dry = run("import", "--settings", "--dry-run", str(copy)).out
    assert "would be restored" in dry
    assert not elsewhere.joinpath("prompts").exists()
    # A configuration of somebody else may run commands: it is not restored without being asked.
    assert "holds 4 files of the configuration" in run("import", str(copy)).out
    assert not elsewhere.joinpath("config.toml").exists()
    out = run("import", "--settings", str(copy)).out
    assert "kept as it is here: 1 file" in out
    assert (
        elsewhere.joinpath("prompts", "review.md").read_text("utf-8") == texts["prompts/review.md"]
    )
    assert elsewhere.joinpath("memory", "a.md").read_text("utf-8") == "mine"
    restored = sorted(
        file.relative_to(elsewhere).as_posix() for file in elsewhere.rglob("*") if file.is_file()
    )
    assert restored == [
        "config.toml", "memory/a.md", "projects/thesis/project.toml", "prompts/review.md",
    ]  # fmt: skip
