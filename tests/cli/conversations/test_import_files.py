from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.import_export.importers.exports.test_chatgpt import BRANCHED, conversation, node
from tests.storage.build import asked
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conversations.conftest import Command


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """An export of ChatGPT with an unsupported part and a broken conversation."""
    parts = [{"content_type": "image_asset_pointer"}, "Look"]
    picture = conversation(
        node("q", "root", "user", {"content_type": "multimodal_text", "parts": parts}),
        shown="q", conversation_id="conv-2", title="Picture",
    )  # fmt: skip
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([BRANCHED, picture, {"title": "\x1b[2JBad", "mapping": {}}]))
    return path


def test_import_reports_imported_and_skipped_items(
    run: Command, export: Path, database: Path
) -> None:
    ran = run("import", str(export))

    assert ran.out == (
        f"{export}: ChatGPT's export\n"
        "  imported: 2 conversations, 6 messages\n"
        "  skipped: 1 image\n"
        "  unreadable: 1 conversation\n"
        "    “␛[2JBad”: `conversation_id` is missing\n"
    )
    assert ran.status == 1
    again = run("import", str(export))
    assert (
        "  imported: 0 conversations, 0 messages\n  already saved: 2 conversations\n" in again.out
    )
    with Store(database) as store:
        assert len(store.summaries()) == 2
        assert [summary.title for summary in store.summaries(query="scatters")] == ["Sky colours"]


def test_a_dry_run_writes_nothing(run: Command, export: Path, database: Path) -> None:
    ran = run("import", "--dry-run", str(export))

    assert "would be imported: 2 conversations, 6 messages" in ran.out
    assert not database.exists()
    run("import", str(export))
    assert "already saved: 2 conversations" in run("import", "--dry-run", str(export)).out


def test_a_broken_file_does_not_stop_the_import(
    run: Command, tmp_path: Path, database: Path
) -> None:
    bad, good = tmp_path / "bad", tmp_path / "good"
    bad.write_text('[{"mapping": {}},')
    good.write_text(json.dumps(BRANCHED))

    ran = run("import", str(bad), str(good))

    assert ran.status == 1
    assert f"{bad}, line 1: the file is incomplete" in ran.err
    assert "imported: 1 conversation, 5 messages" in ran.out


@pytest.mark.parametrize("content", [None, b"", b"[]", b"\x00\x01", b"PK\x03\x04"])
def test_an_unreadable_file_creates_no_database(
    run: Command, tmp_path: Path, database: Path, content: bytes | None
) -> None:
    file = tmp_path / "file"
    if content is not None:
        file.write_bytes(content)

    ran = run("import", str(file))

    assert (ran.status, ran.out) == (1, "")
    assert str(file) in ran.err
    assert not database.exists()


def test_a_continued_conversation_is_merged(run: Command, tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text(json.dumps([BRANCHED]))
    run("import", str(file))
    more = json.loads(json.dumps(BRANCHED))
    name, value = node("q9", "a2", "user", "More", 9)
    more["mapping"][name] = value
    more["current_node"] = name
    file.write_text(json.dumps([more]))

    assert "continued: 1 conversation, 1 new message" in run("import", str(file)).out
    assert run("show", "sky").out.rstrip().endswith("More")


def test_a_dry_run_does_not_change_the_wal_of_an_open_chat(
    run: Command, export: Path, database: Path
) -> None:
    """The write-ahead log of the chat contains pages that a reader must not checkpoint."""
    with Store(database) as store:
        turn = asked("A question")
        store.add_turn(turn.conversation, turn.question, turn.reply)
        before = database.with_name(f"{database.name}-wal").read_bytes()
        for _ in range(3):
            ran = run("import", "--dry-run", str(export))
            assert "would be imported: 2 conversations" in ran.out
            assert "disk" not in ran.err + ran.out
            assert "write" not in ran.err
        assert run("import", "--dry-run", str(export)).err == ""
        assert database.with_name(f"{database.name}-wal").read_bytes() == before


def test_a_file_without_any_message_is_a_failure(run: Command, tmp_path: Path) -> None:
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([conversation(shown="root", title="空")]), encoding="utf-8")

    ran = run("import", str(path))

    assert ran.status == 1
    assert "  skipped: 1 empty conversation\n" in ran.out
    assert f"Nothing was imported: {path} contains no conversation with messages." in ran.err
