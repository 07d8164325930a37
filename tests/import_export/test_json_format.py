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


def changed(path: tuple[str | int, ...], value: object) -> str:
    """Return an export of a changed conversation with four messages, and of another one."""
    other = talk("Other", title="Other")
    other = replace(
        other,
        conversation=replace(other.conversation, id="c2", leaf_id="n1"),
        messages=[replace(other.messages[0], id="n1", conversation_id="c2")],
    )
    record = json.loads("".join(as_json([talk("Why?", "Because", "So?", "So."), other])))
    place: Any = record["conversations"][0]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(record)


@pytest.mark.parametrize(
    ("path", "value", "error"),
    [
        (("id",), "../../etc", "`id` must be an ID"),
        (("id",), None, "`id` must be an ID"),
        (("created_at",), "yesterday", "`created_at` must be a time"),
        (("created_at",), "2026-01-01T00:00:00", "`created_at` must be a time"),
        (("created_at",), "0001-01-01T00:00:00+14:00", "`created_at` must be a time"),
        (("messages",), {}, "`messages` must be a list"),
    ],
)
def test_a_conversation_that_cannot_be_read_is_skipped_alone(
    tmp_path: Path, path: tuple[str | int, ...], value: object, error: str
) -> None:
    found, broken = read(tmp_path / "a", changed(path, value))

    assert [transcript.conversation.title for transcript in found] == ["Other"]
    assert len(broken) == 1
    assert error in broken[0]


_ALL = ["Why?", "Because", "So?", "So."]


@pytest.mark.parametrize(
    ("path", "value", "error", "kept", "shown"),
    [
        # A message is left out; its replies move up to its parent.
        (("messages", 0), "text", "message 1: this is not an object", _ALL[1:], _ALL[1:]),
        (("messages", 1, "role"), "tool", "message 2: `role` must be", [0, 2, 3], [0, 2, 3]),
        (("messages", 1, "role"), [], "message 2: `role` must be", [0, 2, 3], [0, 2, 3]),
        (("messages", 1, "content"), None, "2: `content` must be a string", [0, 2, 3], [0, 2, 3]),
        (("messages", 3, "content"), 1, "4: `content` must be a string", [0, 1, 2], [0, 1, 2]),
        (("messages", 2, "created_at"), "", "3: `created_at` must be", [0, 1, 3], [0, 1, 3]),
        (("messages", 1, "conversation_id"), "c2", "belongs to another", [0, 2, 3], [0, 2, 3]),
        # The replies to an ID that is not the message's any more begin another version.
        (("messages", 1, "id"), "../m2", "2: `id` must be an ID", [0, 2, 3], [2, 3]),
        (("messages", 2, "id"), "m2", "3: two messages have the same ID", [0, 1, 3], [3]),
        (("messages", 2, "parent_id"), "m9", "the parent of message m3 is missing", _ALL, [2, 3]),
        (("messages", 2, "parent_id"), 7, "the parent of message m3 is missing", _ALL, [2, 3]),
        (("messages", 0, "parent_id"), "m2", "the messages form a cycle", _ALL, _ALL),
        (("messages", 0, "parent_id"), "m1", "the messages form a cycle", _ALL, _ALL),
        # An optional field gets its default.
        (("messages", 1, "input_tokens"), 2**63, "2: `input_tokens` must be", _ALL, _ALL),
        (("messages", 1, "input_tokens"), True, "2: `input_tokens` must be", _ALL, _ALL),
        (("messages", 1, "status"), "new", "message 2: `status` must be one of", _ALL, _ALL),
        (("messages", 1, "deleted_at"), 0, "2: `deleted_at` must be a time", _ALL, _ALL),
        (("title",), 3, "`title` must be a string", _ALL, _ALL),
        (("settings",), [], "`settings` must be an object", _ALL, _ALL),
        (("leaf_id",), "m9", "`leaf_id` refers to a missing message", _ALL, _ALL),
        (("leaf_id",), {}, "`leaf_id` refers to a missing message", _ALL, _ALL),
    ],
)
def test_a_wrong_value_costs_as_little_as_possible(
    tmp_path: Path,
    path: tuple[str | int, ...],
    value: object,
    error: str,
    kept: list[Any],
    shown: list[Any],
) -> None:
    (tmp_path / "a").write_text(changed(path, value), encoding="utf-8")
    with open_source(tmp_path / "a") as source, ImportWriter.open(tmp_path / "db") as writer:
        found = list(source.transcripts())
        for transcript in found:
            writer.write(transcript)

    whole, path_shown = (
        [_ALL[it] if isinstance(it, int) else it for it in texts] for texts in (kept, shown)
    )
    assert [entry.content for entry in found[0].messages] == whole
    assert [entry.content for entry in found[0].path] == path_shown
    assert found[1].conversation.title == "Other"
    assert source.tally.broken == []
    assert len(source.tally.incomplete) == 1
    assert error in source.tally.incomplete[0]
    left_out = len(_ALL) - len(whole)
    assert source.tally.skipped_counts() == (["1 unreadable message"] if left_out else [])
    if path[-1] == "status":
        assert found[0].messages[1].status is MessageStatus.INTERRUPTED


def test_messages_in_a_row_are_left_out_and_their_replies_move_up(tmp_path: Path) -> None:
    record = json.loads("".join(as_json([talk("one", "two", "three", "four", "five")])))
    for entry in record["conversations"][0]["messages"][1:4]:
        entry["role"] = "tool"
    (tmp_path / "a").write_text(json.dumps(record), encoding="utf-8")

    with open_source(tmp_path / "a") as source:
        (found,) = source.transcripts()

    assert [entry.content for entry in found.path] == ["one", "five"]
    assert source.tally.skipped_counts() == ["3 unreadable messages"]


@pytest.mark.parametrize("write", [as_json, as_json_lines])
def test_many_problems_are_counted_and_the_first_are_shown(tmp_path: Path, write: Any) -> None:
    content = "".join(write([talk(*["x"] * 50)])).replace('"assistant"', '"wizard"')
    (tmp_path / "a").write_text(content, encoding="utf-8")

    with open_source(tmp_path / "a") as source:
        (found,) = source.transcripts()

    assert len(found.path) == 25
    (line,) = source.tally.incomplete
    assert "message 2: " in line
    assert line.endswith("and 22 more")
    assert len(line) < 500


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


@pytest.mark.slow
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
