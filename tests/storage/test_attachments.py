"""Attachments in the database: bytes once, with the question, until the trash is emptied."""

from __future__ import annotations

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
from tui_chat.storage.import_writer import ImportWriter
from tui_chat.storage.journal.journal import Journal, JournalEntry, orphaned_journals
from tui_chat.storage.read_only import Reader
from tui_chat.storage.recovery.recover_rows import recover
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
