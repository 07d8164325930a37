from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.import_export.build import message, talk, transcripts
from tui_chat.core.conversation import Conversation, Message, MessageStatus, new_id
from tui_chat.core.errors import StorageError
from tui_chat.import_export.export.formats import TranscriptFormat
from tui_chat.import_export.importers.detect_format import open_source
from tui_chat.import_export.json_format import as_json, as_json_lines
from tui_chat.import_export.json_records import PARSERS, saved_fields
from tui_chat.storage.import_writer import ImportWriter
from tui_chat.storage.read_only import Reader

if TYPE_CHECKING:
    from tui_chat.core.transcript import Transcript


def read(path: Path, content: str) -> tuple[list[Transcript], list[str]]:
    path.write_text(content, encoding="utf-8")
    with open_source(path) as source:
        return list(source.transcripts()), source.tally.broken


def plain(found: list[Transcript]) -> list[tuple[Conversation, list[Message]]]:
    return [(transcript.conversation, list(transcript.messages)) for transcript in found]


@settings(max_examples=20, deadline=None)
@given(st.data())
@pytest.mark.parametrize("file_format", [TranscriptFormat.JSON, TranscriptFormat.JSONL])
def test_a_round_trip_between_databases_is_lossless(
    file_format: TranscriptFormat, data: st.DataObject
) -> None:
    originals = [data.draw(transcripts(name)) for name in ("c1", "c2")]
    with TemporaryDirectory() as folder:
        first, second = Path(folder) / "first.db", Path(folder) / "second.db"
        file = Path(folder) / "file"
        with ImportWriter.open(first) as writer:
            for original in originals:
                writer.write(original)
        with Reader(first) as reader:
            exported = list(reader.transcripts(with_deleted=True))
        write = as_json if file_format is TranscriptFormat.JSON else as_json_lines
        with file.open("w", encoding="utf-8", newline="\n") as out:
            out.writelines(write(exported))

        with ImportWriter.open(second) as writer, open_source(file) as source:
            for transcript in source.transcripts():
                writer.write(transcript)
            assert source.tally.broken == []
        with Reader(second) as reader:
            imported = list(reader.transcripts(with_deleted=True))

    assert plain(imported) == plain(exported)
    assert plain(exported) == plain(originals)


def test_every_field_has_a_parser() -> None:
    for kind in (Conversation, Message):
        for field in saved_fields(kind):
            name = str(field.type).removesuffix(" | None")
            assert name in PARSERS, f"{kind.__name__}.{field.name}"


def test_a_streaming_message_is_imported_as_interrupted(tmp_path: Path) -> None:
    transcript = talk("Why?", "Because")
    running = replace(transcript.messages[1], status=MessageStatus.STREAMING)
    transcript = replace(transcript, messages=[transcript.messages[0], running])

    (found,), _ = read(tmp_path / "a", "".join(as_json([transcript])))

    assert found.messages[1].status is MessageStatus.INTERRUPTED


def test_missing_fields_get_defaults_and_unknown_ones_are_ignored(tmp_path: Path) -> None:
    record = json.loads("".join(as_json([talk("Why?")])))
    del record["conversations"][0]["draft"], record["conversations"][0]["messages"][0]["reasoning"]
    record["conversations"][0]["invented_later"] = 3

    (found,), broken = read(tmp_path / "a", json.dumps(record))

    assert (found.conversation.draft, found.messages[0].reasoning, broken) == ("", "", [])


@pytest.mark.parametrize(
    ("path", "value", "error"),
    [
        (("id",), "../../etc", "`id` must be an ID"),
        (("id",), None, "`id` must be an ID"),
        (("title",), 3, "`title` must be a string"),
        (("created_at",), "yesterday", "`created_at` must be a time"),
        (("created_at",), "2026-01-01T00:00:00", "`created_at` must be a time"),
        (("created_at",), "0001-01-01T00:00:00+14:00", "`created_at` must be a time"),
        (("settings",), [], "`settings` must be an object"),
        (("leaf_id",), "m9", "`leaf_id` refers to a missing message"),
        (("messages",), {}, "`messages` must be a list"),
        (("messages", 0), "text", "message 1: this is not an object"),
        (("messages", 0, "role"), "tool", "message 1: `role` must be system, user or assistant"),
        (("messages", 0, "role"), [], "message 1: `role` must be system, user or assistant"),
        (("messages", 0, "content"), None, "message 1: `content` must be a string"),
        (("messages", 1, "input_tokens"), 2**63, "message 2: `input_tokens` must be an integer"),
        (("messages", 1, "input_tokens"), True, "message 2: `input_tokens` must be an integer"),
        (("messages", 1, "parent_id"), "m9", "the parent of a message is missing"),
        (("messages", 0, "parent_id"), "m2", "the messages form a cycle"),
        (("messages", 0, "parent_id"), "m1", "the messages form a cycle"),
        (("messages", 1, "id"), "m1", "two messages have the same ID"),
        (("messages", 1, "conversation_id"), "c2", "belongs to another conversation"),
    ],
)
def test_a_wrong_field_skips_only_its_conversation(
    tmp_path: Path, path: tuple[str | int, ...], value: object, error: str
) -> None:
    other = talk("Other", title="Other")
    other = replace(
        other,
        conversation=replace(other.conversation, id="c2", leaf_id="n1"),
        messages=[replace(other.messages[0], id="n1", conversation_id="c2")],
    )
    record = json.loads("".join(as_json([talk("Why?", "Because"), other])))
    place: Any = record["conversations"][0]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value

    found, broken = read(tmp_path / "a", json.dumps(record))

    assert [transcript.conversation.title for transcript in found] == ["Other"]
    assert len(broken) == 1
    assert error in broken[0]


@pytest.mark.parametrize("write", [as_json, as_json_lines])
@pytest.mark.parametrize("version", [2, "1", None, True])
def test_an_unknown_format_version_is_refused(tmp_path: Path, write: Any, version: object) -> None:
    content = "".join(write([talk("Why?")])).replace(
        '"version": 1', f'"version": {json.dumps(version)}'
    )

    with pytest.raises(StorageError, match="Update tui-chat"):
        read(tmp_path / "a", content)


def test_lines_of_another_kind_are_reported(tmp_path: Path) -> None:
    content = "".join(as_json_lines([talk("Why?")])) + '{"kind": "photo"}\n'

    with pytest.raises(StorageError, match="value 3 is neither"):
        read(tmp_path / "a", content)


def test_a_child_may_precede_its_parent(tmp_path: Path) -> None:
    transcript = talk("one", "two", "three")
    transcript = replace(transcript, messages=list(reversed(transcript.messages)))

    (found,), _ = read(tmp_path / "a", "".join(as_json([transcript])))

    assert [entry.content for entry in found.messages] == ["one", "two", "three"]


def test_a_long_path_in_reverse_order_is_sorted(tmp_path: Path) -> None:
    messages = [message(1, None, "x")]
    for number in range(2, 20_000):
        messages.append(message(number, messages[-1], "x"))
    transcript = talk("x")
    transcript = replace(transcript, messages=messages[::-1])

    (found,), _ = read(tmp_path / "a", "".join(as_json([transcript])))

    assert len(found.messages) == len(messages)
    assert found.messages[0].parent_id is None


def test_generated_ids_are_valid_in_the_format(tmp_path: Path) -> None:
    name = new_id()
    transcript = talk()
    transcript = replace(
        transcript, conversation=replace(transcript.conversation, id=name, leaf_id=None)
    )

    (found,), _ = read(tmp_path / "a", "".join(as_json([transcript])))

    assert found.conversation.id == name
