"""The journal of unsaved messages, and its recovery at the next start."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.storage.build import asked
from tui_chat.core.conversation import (
    MessageStatus,
    new_conversation,
    new_id,
    now,
)
from tui_chat.storage.journal.journal import (
    Journal,
    JournalEntry,
    draft_entry,
    orphaned_journals,
    read,
)
from tui_chat.storage.journal.journal_file import JournalFile
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_KEEP = """
import sys
from pathlib import Path
from tests.storage.build import asked
from tui_chat.storage.journal.journal import Journal, JournalEntry
journal = Journal(Path(sys.argv[1]))
for number in range(10**9):
    turn = asked("question")
    reply = turn.replied("x" * (number % 3000) + "end")
    journal.write([JournalEntry(turn.conversation, [turn.question, reply])])
    if number == 3:
        print("kept", flush=True)
"""


def leave(path: Path, *entries: JournalEntry) -> None:
    """Write a journal as a killed process leaves it."""
    journal = Journal(path)
    journal.write(list(entries))
    journal.close()


def texts(store: Store, conversation_id: str) -> list[tuple[str, str]]:
    return [(m.content, m.status.value) for m in store.messages(conversation_id)]


def test_the_journal_is_private_and_removed_with_its_last_entry(path: Path) -> None:
    turn = asked("Why?")
    journal = Journal(path)
    journal.write([JournalEntry(turn.conversation, [turn.question])])
    (file,) = path.parent.glob("*.unsaved-*")
    if sys.platform != "win32":
        assert file.stat().st_mode & 0o777 == 0o600
    assert orphaned_journals(path) == []
    journal.write([])
    assert list(path.parent.glob("*.unsaved-*")) == []
    journal.close()


def test_an_unsaved_turn_is_recovered_at_the_next_start(path: Path) -> None:
    turn = asked("Why?")
    leave(
        path,
        JournalEntry(turn.conversation, [turn.question, turn.replied("half")], turn.question.id),
    )
    with Store(path) as store:
        assert store.recover_journals() == 2
        assert texts(store, turn.conversation.id) == [("Why?", "complete"), ("half", "interrupted")]
        assert "2 unsaved messages" in store.notices[-1]
        latest = store.latest_conversation()
        assert latest is not None
        assert latest.leaf_id == turn.reply.id
        assert store.recover_journals() == 0
    assert orphaned_journals(path) == []


@pytest.mark.parametrize(
    ("stored", "kept", "expected"),
    [
        ("half", "half and more", "half and more"),
        ("half and more", "half", "half and more"),
        ("quite different", "half and more", "quite different"),
        ("", "", ""),
    ],
)
def test_stored_messages_never_get_shorter(
    path: Path, stored: str, kept: str, expected: str
) -> None:
    turn = asked("Why?")
    with Store(path) as store:
        store.add_turn(turn.conversation, turn.question, turn.reply)
        store.save_reply(turn.replied(stored, MessageStatus.CANCELLED))
        leave(path, JournalEntry(turn.conversation, [turn.question, turn.replied(kept)]))
        store.recover_journals()
        assert texts(store, turn.conversation.id)[1][0] == expected


def test_a_sent_question_does_not_come_back_as_a_draft(path: Path) -> None:
    with Store(path) as store:
        begun = replace(new_conversation(), title="T")
        store.save_conversation(begun)
        store.save_draft(begun.id, "The correct question")
        owner = store.own_id()
    turn = asked("The corrected question", begun)
    leave(
        path,
        JournalEntry(turn.conversation, [turn.question, turn.reply], turn.question.id, owner=owner),
    )
    with Store(path) as store:
        store.recover_journals()
        assert store.claim_draft(turn.conversation.id) == ""


def test_an_unsaved_draft_is_recovered_alone(path: Path) -> None:
    turn = asked("Why?")
    with Store(path) as store:
        store.add_turn(turn.conversation, turn.question, turn.reply)
        before = store.conversation(turn.conversation.id)
    leave(path, draft_entry(turn.conversation.id, (new_id(), "typed"), ""))
    with Store(path) as store:
        store.recover_journals()
        assert store.claim_draft(turn.conversation.id) == "typed"
        after = store.conversation(turn.conversation.id)
    assert before is not None
    assert after is not None
    assert (after.title, after.leaf_id) == (before.title, before.leaf_id)


def test_changes_of_another_window_are_kept(path: Path) -> None:
    turn = asked("Why?")
    with Store(path) as store:
        store.add_turn(turn.conversation, turn.question, turn.reply)
        mine = store.conversation(turn.conversation.id)
        assert mine is not None
        store.save_conversation(replace(mine, title="Renamed elsewhere"))
    more = asked("And?", mine)
    leave(path, JournalEntry(replace(more.conversation, model="big"), [more.question, more.reply]))
    with Store(path) as store:
        store.recover_journals()
        found = store.conversation(turn.conversation.id)
        assert found is not None
        assert (found.title, found.model, found.leaf_id) == (
            "Renamed elsewhere", "big", more.reply.id,
        )  # fmt: skip


@pytest.mark.parametrize("is_new", [False, True])
def test_an_early_question_is_recovered(path: Path, is_new: bool) -> None:
    turn = asked("Why?")
    with Store(path) as store:
        store.add_turn(
            turn.conversation, turn.question, turn.replied("So.", MessageStatus.COMPLETE)
        )
    entry = {"id": new_id(), "text": "asked early", "created_at": now().isoformat()}
    found: list[tuple[str, str]] = []
    for _ in range(2):
        file = JournalFile(path)
        file.replace([{"early": {**entry, "is_new": is_new}}])
        file.close()
        with Store(path) as store:
            store.recover_journals()
            latest = store.latest_conversation()
            assert latest is not None
            found = texts(store, latest.id)
    assert found[-2:] == [("asked early", "complete"), ("", "interrupted")]
    assert len(found) == (2 if is_new else 4)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def _other(file: Path) -> None:
    file.write_text('[{"conversation": 1}]', encoding="utf-8")


def _early_without_text(file: Path) -> None:
    file.write_text('[{"early": {"id": "x", "created_at": "now"}}]', encoding="utf-8")


def _binary(file: Path) -> None:
    file.write_bytes(b"\xff\x00\xfe")


@pytest.mark.parametrize("damage", [_cut, _other, _binary, _early_without_text])
def test_an_unreadable_journal_is_reported_and_kept(
    path: Path, damage: Callable[[Path], None]
) -> None:
    turn = asked("Why?")
    leave(path, JournalEntry(turn.conversation, [turn.question]))
    (file,) = orphaned_journals(path)
    damage(file)
    with Store(path) as store:
        assert store.recover_journals() == 0
        assert str(file) in store.notices[-1]
    assert file.exists()


def test_a_kill_at_any_moment_leaves_a_complete_journal(path: Path) -> None:
    for _ in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", _KEEP, str(path)], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"kept\n"
            process.send_signal(signal.SIGKILL)
        (file,) = orphaned_journals(path)
        (kept,) = read(file)
        assert kept.messages[1].content.endswith("end")
        file.unlink()
        assert list(path.parent.glob("*.partial")) == []
