"""Attachments in the database: bytes once, with the question, until the trash is emptied."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.storage.build import Asked, asked, connection_of
from tui_chat.core.attachments import (
    Attachment,
    AttachmentContent,
    AttachmentKind,
    SentAs,
    new_attachment,
)
from tui_chat.core.conversation import MessageStatus, now
from tui_chat.core.reply_extras import ExtraKind, ReplyExtra
from tui_chat.core.search_query import parse_query
from tui_chat.storage.database.migrations import MIGRATIONS
from tui_chat.storage.import_writer import ImportWriter
from tui_chat.storage.journal.journal import Journal, JournalEntry, orphaned_journals
from tui_chat.storage.read_only import Reader
from tui_chat.storage.recovery.recover_rows import recover
from tui_chat.storage.row_mapping import time_text
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from pathlib import Path

PICTURE = new_attachment(
    b"\x89PNG\r\n\x1a\n" + b"\xab" * 9_000, "猫.png", "image/png", AttachmentKind.PICTURE,
    SentAs.IMAGE, width=640, height=480,
)  # fmt: skip
NOTES = new_attachment(
    "Grüße\n".encode("latin-1"), "notes.txt", "text/plain", AttachmentKind.TEXT, SentAs.TEXT,
    text="Grüße\n",
)  # fmt: skip
PLAIN = new_attachment(
    b"one\ntwo\n", "log.txt", "text/plain", AttachmentKind.TEXT, SentAs.TEXT, text="one\ntwo\n"
)
ALL = (PICTURE, NOTES, PLAIN)


def asked_with(*attachments: Attachment, text: str = "What is this?") -> Asked:
    turn = asked(text)
    return replace(turn, question=replace(turn.question, attachments=attachments))


def stored(store: Store, turn: Asked) -> tuple[Attachment, ...]:
    return store.messages(turn.conversation.id)[0].attachments


def bytes_rows(store: Store) -> int:
    (count,) = connection_of(store).execute("SELECT count(*) FROM attachments").fetchone()
    return int(count)


def contents(store: Store, turn: Asked) -> list[AttachmentContent | None]:
    return [store.attachment_content(it) for it in stored(store, turn)]


def test_attachments_are_saved_with_the_question_and_read_without_their_content(
    path: Path,
) -> None:
    turn = asked_with(*ALL)
    with Store(path) as store:
        store.add_turn(turn.conversation, turn.question, turn.reply)
    with Store(path) as store:
        assert stored(store, turn) == ALL
        assert [it.content for it in stored(store, turn)] == [None, None, None]
        assert contents(store, turn) == [it.content for it in ALL]


def test_bytes_are_stored_once_however_often_they_are_sent(store: Store) -> None:
    first, second = asked_with(NOTES, NOTES), asked_with(NOTES)
    for turn in (first, second):
        store.add_turn(turn.conversation, turn.question, turn.reply)
    fork = asked("fork")
    copy = replace(fork.question, attachments=stored(store, first))
    store.add_messages(fork.conversation, [copy])

    assert bytes_rows(store) == 1
    assert contents(store, fork) == [NOTES.content, NOTES.content]


def test_checkpoints_and_the_end_of_a_reply_keep_its_pictures_and_sources(store: Store) -> None:
    turn = asked()
    store.add_turn(turn.conversation, turn.question, turn.reply)
    store.save_reply(turn.replied("Here"))
    source = ReplyExtra(ExtraKind.SOURCE, "https://example.org/", "Example", 0, 4)
    reply = replace(
        turn.replied("Here", MessageStatus.COMPLETE), attachments=(PICTURE,), extras=(source,)
    )
    store.save_reply(reply)
    assert store.messages(turn.conversation.id)[1] == reply


def test_the_trash_keeps_bytes_until_nothing_refers_to_them(store: Store) -> None:
    gone, kept = asked_with(PICTURE, NOTES), asked_with(NOTES)
    for turn in (gone, kept):
        store.add_turn(turn.conversation, turn.question, turn.reply)
    store.delete_conversation(gone.conversation.id, now() - timedelta(days=1))
    assert contents(store, gone) == [PICTURE.content, NOTES.content]
    store.purge(now() + timedelta(days=1))
    assert bytes_rows(store) == 1
    assert contents(store, kept) == [NOTES.content]


def test_a_backup_and_a_database_import_have_the_bytes(path: Path, tmp_path: Path) -> None:
    turn = asked_with(*ALL)
    with Store(path) as store:
        store.add_turn(turn.conversation, turn.question, turn.reply)
        store.back_up(tmp_path / "backup.db")
    with Reader(tmp_path / "backup.db") as reader, ImportWriter.open(tmp_path / "new.db") as writer:
        for transcript in reader.transcripts(with_deleted=True):
            writer.write(transcript)
    with Store(tmp_path / "new.db") as store:
        assert contents(store, turn) == [it.content for it in ALL]


def test_a_journal_of_a_killed_process_has_the_bytes(path: Path) -> None:
    turn = asked_with(*ALL)
    with Store(path):
        pass
    journal = Journal(path)
    journal.write([JournalEntry(turn.conversation, [turn.question])])
    assert len(list(path.parent.glob("*.attached-*"))) == len(ALL)
    assert orphaned_journals(path) == []
    journal.close()
    with Store(path) as store:
        assert store.recover_journals() == 1
        assert contents(store, turn) == [it.content for it in ALL]
    assert list(path.parent.glob("*.attached-*")) == []


def test_a_saved_journal_leaves_no_bytes_behind(path: Path) -> None:
    turn, other = asked_with(PICTURE), asked_with(NOTES)
    with Store(path):
        pass
    journal = Journal(path)
    journal.write([JournalEntry(it.conversation, [it.question]) for it in (turn, other)])
    journal.write([JournalEntry(other.conversation, [other.question])])
    (file,) = path.parent.glob("*.attached-*")
    assert file.read_bytes() == NOTES.content.data if NOTES.content else None
    journal.write([])
    assert list(path.parent.glob("*.attached-*")) == []
    journal.close()


@pytest.mark.parametrize("is_damaged", [False, True])
def test_rows_of_a_damaged_file_are_recovered_with_whole_bytes_only(
    path: Path, tmp_path: Path, *, is_damaged: bool
) -> None:
    turn = asked_with(*ALL)
    with Store(path) as store:
        store.add_turn(turn.conversation, turn.question, turn.replied("so", MessageStatus.COMPLETE))
        connection_of(store).execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if is_damaged:
        data = path.read_bytes()
        at = data.index(b"\xab" * 3_000) + 1_500
        path.write_bytes(data[:at] + b"\xff" * 8 + data[at + 8 :])
    with Store(tmp_path / "fresh" / "new.db") as store:
        recover(path, connection_of(store))
        assert stored(store, turn) == ALL
        expected = [None if is_damaged else PICTURE.content, NOTES.content, PLAIN.content]
        assert contents(store, turn) == expected


def test_unreadable_sources_and_details_hide_no_other_message(store: Store) -> None:
    turn = asked_with(PICTURE)
    store.add_turn(turn.conversation, turn.question, turn.replied("so", MessageStatus.COMPLETE))
    connection_of(store).execute("UPDATE message_attachments SET details = '[]'")
    assert stored(store, turn) == ()
    assert "cannot be read" in store.unreadable.report()


@pytest.mark.parametrize(("words", "found"), [
    ("notes.txt", True), ("猫", True), ("grüße", True), ("two log", True), ("what two", False),
    ("PNG", True), ("absent", False),
])  # fmt: skip
def test_attachments_are_found_by_name_and_text(store: Store, words: str, *, found: bool) -> None:
    turn, gone = asked_with(*ALL), asked_with(*ALL)
    for it in (turn, gone):
        store.add_turn(it.conversation, it.question, it.reply)
    store.delete_conversation(gone.conversation.id, now())
    hits = store.search(parse_query(words), 9)
    assert [hit.message_id for hit in hits] == [turn.question.id] * found
    assert len(store.summaries(query=words)) == found


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_a_database_of_any_earlier_version_takes_attachments(path: Path, version: int) -> None:
    path.parent.mkdir()
    moment = time_text(now())
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        for step in MIGRATIONS[:version]:
            for statement in step:
                old.execute(statement)
        old.execute(f"PRAGMA user_version = {version}")
        old.execute(
            "INSERT INTO conversations (id, created_at, updated_at) VALUES ('c', ?, ?)",
            (moment, moment),
        )
        old.execute(
            "INSERT INTO messages (id, conversation_id, role, status, created_at, content) "
            "VALUES ('m', 'c', 'user', 'complete', ?, 'old')",
            (moment,),
        )
    with Store(path) as store:
        conversation = store.conversation("c")
        assert conversation is not None
        turn = asked("new", conversation)
        question = replace(turn.question, attachments=ALL)
        store.add_turn(turn.conversation, question, turn.reply)
        old_message, new_message, _ = store.messages("c")
        assert (old_message.content, old_message.attachments) == ("old", ())
        assert new_message.attachments == ALL


_SAVE_FOR_EVER = """
import sys
from dataclasses import replace
from pathlib import Path
from tests.storage.build import asked
from tui_chat.core.attachments import AttachmentKind, SentAs, new_attachment
from tui_chat.storage.store import Store
with Store(Path(sys.argv[1])) as store:
    print("open", flush=True)
    for number in range(10**6):
        data = number.to_bytes(4, "big") * 5_000_000
        picture = new_attachment(data, "p.png", "image/png", AttachmentKind.PICTURE, SentAs.IMAGE)
        turn = asked(f"question {number}")
        question = replace(turn.question, attachments=(picture,))
        store.add_turn(turn.conversation, question, turn.reply)
        print(question.id, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("delay_s", [0.01 * step for step in range(6)])
def test_a_kill_while_twenty_megabytes_are_saved_loses_no_question(
    path: Path, delay_s: float
) -> None:
    command = [sys.executable, "-c", _SAVE_FOR_EVER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(2)]
        # Any moment of the next save.
        time.sleep(delay_s)
        process.kill()
        lines += process.stdout.read().split()
    with Store(path) as store:
        connection = connection_of(store)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        saved = {it for (it,) in connection.execute("SELECT message_id FROM message_attachments")}
        asked_ids = {
            it for (it,) in connection.execute("SELECT id FROM messages WHERE role='user'")
        }
        assert saved == asked_ids
        assert {it for it in lines[1:] if len(it) == 32} <= saved
        for sha256, data in connection.execute("SELECT sha256, bytes FROM attachments"):
            assert hashlib.sha256(data).hexdigest() == sha256
        assert bytes_rows(store) == len(saved)
