from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.import_export.build import message, talk
from tui_chat.core.conversation import Message, MessageStatus, now
from tui_chat.core.transcript import Transcript
from tui_chat.storage.import_writer import ImportResult, ImportWriter
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def writer(path: Path) -> Iterator[ImportWriter]:
    with ImportWriter.open(path) as writer:
        yield writer


def longer(transcript: Transcript, *contents: str) -> Transcript:
    """Return a conversation with more turns."""
    messages: list[Message] = list(transcript.messages)
    for content in contents:
        messages.append(message(len(messages) + 1, messages[-1], content))
    conversation = replace(transcript.conversation, leaf_id=messages[-1].id, updated_at=now())
    return Transcript(conversation, messages)


def test_importing_twice_adds_nothing(writer: ImportWriter, path: Path) -> None:
    transcript = talk("Why?", "Because", draft="And")

    assert writer.write(transcript) == ImportResult(is_new=True, added=2)
    assert writer.write(transcript) == ImportResult(is_new=False, added=0)

    with Store(path) as store:
        assert store.conversation("c1") == transcript.conversation
        assert store.messages("c1") == list(transcript.messages)
        assert len(store.summaries(query="because")) == 1


def test_new_messages_extend_an_imported_conversation(writer: ImportWriter, path: Path) -> None:
    transcript = talk("Why?", "Because")
    writer.write(transcript)
    with Store(path) as store:
        store.save_conversation(replace(transcript.conversation, title="Mine"))
        store.save_draft(transcript.conversation.id, "typed")

        taken = writer.write(longer(transcript, "And?", "So."))

        assert taken == ImportResult(is_new=False, added=2)
        conversation = store.conversation("c1")
        assert conversation is not None
        assert (conversation.title, conversation.draft) == ("Mine", "typed")
        assert conversation.leaf_id == "m4"


def test_an_incomplete_reply_is_completed(writer: ImportWriter, path: Path) -> None:
    whole = talk("Why?", "Because the air scatters it.")
    question, answer = whole.messages

    def cut(status: MessageStatus, content: str = "Because", **more: Any) -> Transcript:
        part = replace(answer, content=content, status=status, finished_at=None, **more)
        return Transcript(whole.conversation, [question, part])

    writer.write(cut(MessageStatus.STREAMING))
    assert writer.write(cut(MessageStatus.INTERRUPTED, "Because the air")).longer == 1
    assert writer.preview(whole) == ImportResult(is_new=False, added=0, longer=1)
    assert writer.write(whole) == ImportResult(is_new=False, added=0, longer=1)
    assert writer.write(whole) == ImportResult(is_new=False, added=0)
    # A shorter or different text replaces nothing.
    assert writer.write(cut(MessageStatus.INTERRUPTED)) == ImportResult(is_new=False, added=0)
    other = cut(MessageStatus.COMPLETE, "Another answer, longer than the first one is.")
    assert writer.write(other) == ImportResult(is_new=False, added=0)
    with Store(path) as store:
        assert store.messages("c1") == list(whole.messages)
        assert len(store.summaries(query="scatters")) == 1


def test_a_streaming_reply_is_not_changed(writer: ImportWriter, path: Path) -> None:
    whole = talk("Why?", "Because the air scatters it.")
    question, answer = whole.messages
    with Store(path) as store:
        part = replace(answer, content="Because", status=MessageStatus.STREAMING)
        store.add_turn(whole.conversation, question, part)
        assert writer.write(whole) == ImportResult(is_new=False, added=0)


def test_a_path_continued_here_stays_shown(writer: ImportWriter, path: Path) -> None:
    transcript = talk("Why?", "Because")
    writer.write(transcript)
    with Store(path) as store:
        own = message(99, transcript.messages[1], "My own way")
        store.add_messages(replace(transcript.conversation, leaf_id=own.id), [own])

        writer.write(longer(transcript, "And?", "So."))

        conversation = store.conversation("c1")
        assert conversation is not None
        assert conversation.leaf_id == own.id
        assert len(store.messages("c1")) == 5


def test_deleted_conversations_stay_deleted(writer: ImportWriter, path: Path) -> None:
    transcript = talk("Why?", "Because")
    writer.write(transcript)
    with Store(path) as store:
        store.save_conversation(replace(transcript.conversation, deleted_at=now()))

        taken = writer.write(longer(transcript, "And?"))

        assert taken == ImportResult(is_new=False, added=0, is_in_trash=True)
        assert len(store.messages("c1")) == 2


def test_a_message_id_of_another_conversation_is_refused(writer: ImportWriter, path: Path) -> None:
    writer.write(talk("Why?", "Because"))
    thief = talk("Mine now")
    thief = Transcript(
        replace(thief.conversation, id="c2"), [replace(thief.messages[0], conversation_id="c2")]
    )

    assert writer.write(thief).is_refused
    with Store(path) as store:
        assert store.conversation("c2") is None
        assert store.messages("c1")[0].content == "Why?"


def test_a_preview_changes_nothing(path: Path) -> None:
    with ImportWriter.open_preview(path) as preview:
        assert preview.preview(talk("Why?")) == ImportResult(is_new=True, added=1)
    assert not path.exists()

    with ImportWriter.open(path) as writer:
        writer.write(talk("Why?"))
    before = path.read_bytes()
    with ImportWriter.open_preview(path) as preview:
        assert preview.preview(talk("Why?", "Because")) == ImportResult(is_new=False, added=1)
    assert path.read_bytes() == before


def test_a_long_conversation_is_imported(writer: ImportWriter) -> None:
    messages = [message(1, None, "x")]
    for number in range(2, 3000):
        messages.append(message(number, messages[-1], "x"))
    transcript = Transcript(replace(talk("x").conversation, leaf_id="m2999"), messages)

    assert writer.write(transcript).added == 2999
    assert writer.write(transcript).added == 0
