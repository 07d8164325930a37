from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.import_export.importers.reading import read_json, tree

if TYPE_CHECKING:
    from pathlib import Path

ROOT = "00000000-0000-4000-8000-000000000000"


def said(name: str, sender: str, text: str, at: int, **more: Any) -> dict[str, Any]:
    """Return a message as the export has it."""
    message = {
        "uuid": name,
        "text": text,
        "content": [{"type": "text", "text": text}],
        "sender": sender,
        "created_at": f"2026-01-02T03:04:{at:02}.000000Z",
        "updated_at": f"2026-01-02T03:04:{at:02}.000000Z",
        "attachments": [],
        "files": [],
    }
    return message | more


def conversation(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    about = {
        "uuid": "conv-1",
        "name": "Sky colours",
        "created_at": "2026-01-02T03:04:00Z",
        "updated_at": "2026-01-02T03:09:00Z",
        "account": {"uuid": "me"},
        "chat_messages": list(messages),
    }
    return about | more


def test_messages_in_a_row(tmp_path: Path) -> None:
    value = conversation(said("1", "human", "Why?", 1), said("2", "assistant", "Because.", 2))

    (found,), tally = read_json(tmp_path / "x", [value])

    assert tree(found) == {"Why?": None, "Because.": "Why?"}
    assert [m.content for m in found.path] == ["Why?", "Because."]
    assert found.messages[1].created_at.isoformat() == "2026-01-02T03:04:02+00:00"
    assert not tally.skipped


def test_versions_where_the_export_names_what_was_before(tmp_path: Path) -> None:
    value = conversation(
        said("1", "human", "Why?", 1, parent_message_uuid=ROOT),
        said("2", "assistant", "Because.", 2, parent_message_uuid="1"),
        said("3", "human", "Why, please?", 3, parent_message_uuid=ROOT),
        said("4", "assistant", "Gladly.", 4, parent_message_uuid="3"),
        said("5", "assistant", "No.", 5, parent_message_uuid="3"),
        current_leaf_message_uuid="4",
    )

    (found,), _ = read_json(tmp_path / "x", [value])

    assert tree(found) == {
        "Why?": None,
        "Because.": "Why?",
        "Why, please?": None,
        "Gladly.": "Why, please?",
        "No.": "Why, please?",
    }
    assert [m.content for m in found.path] == ["Why, please?", "Gladly."]


def test_blocks_attachments_and_files(tmp_path: Path) -> None:
    answer = said("2", "assistant", "", 2, stop_reason="max_tokens", content=[
        {"type": "thinking", "thinking": "Hm."},
        {"type": "text", "text": "Let me see."},
        {"type": "tool_use", "name": "search"},
        {"type": "tool_result", "content": []},
        {"type": "hologram"},
        {"type": "voice_note", "title": "Note", "text": "Spoken."},
        {"type": "text", "text": "So it is."},
    ])  # fmt: skip
    question = said("1", "human", "Look:", 1, content=None,
        files=[{"file_name": "a.png"}, {"file_name": "notes.txt"}],
        attachments=[
            {"file_name": "notes.txt", "extracted_content": "```\ncode\n```"},
            {"file_name": "", "extracted_content": "pasted"},
            {"file_name": "b.bin"},
        ])  # fmt: skip

    (found,), tally = read_json(tmp_path / "x", [conversation(question, answer)])

    assert found.messages[0].content == (
        "Look:\n\nnotes.txt:\n\n````\n```\ncode\n```\n````\n\nPasted text:\n\n```\npasted\n```"
    )
    assert found.messages[1].content == "Let me see.\n\nSpoken.\n\nSo it is."
    assert found.messages[1].reasoning == "Hm."
    assert found.messages[1].finish_reason == "length"
    assert sorted(tally.skipped_words()) == [
        "1 block of another kind",
        "1 call of a tool",
        "1 result of a tool",
        "2 attachments",
    ]


def test_a_question_that_is_only_a_file_leaves_a_mark(tmp_path: Path) -> None:
    value = conversation(
        said("1", "human", "Why?", 1),
        said("2", "assistant", "Because.", 2),
        said("3", "human", "", 3, files=[{"file_name": "cat.png"}]),
        said("4", "assistant", "A cat.", 4),
    )

    (found,), _ = read_json(tmp_path / "x", [value])

    assert [m.content for m in found.path] == ["Why?", "Because.", "[attachment]", "A cat."]


def test_what_the_model_made_is_a_part_of_the_answer(tmp_path: Path) -> None:
    def made(name: str, **asked: object) -> dict[str, Any]:
        return {"type": "tool_use", "name": name, "input": asked}

    answer = said("2", "assistant", "", 2, content=[
        made("artifacts", command="create", type="text/markdown", title="Poem", content="Blue."),
        made("artifacts", command="create", type="application/vnd.ant.code", language="python",
             title="sky.py", content="print()"),
        made("artifacts", command="update", old_str="a", new_str="b"),
        made("create_file", path="/mnt/x.sh", file_text="ls"),
        {"type": "tool_use", "name": "artifacts", "input": None},
        {"type": "text", "text": "There."},
    ])  # fmt: skip

    (found,), tally = read_json(
        tmp_path / "x", [conversation(said("1", "human", "Write.", 1), answer)]
    )

    assert found.path[-1].content == (
        "**Poem**\n\nBlue.\n\nsky.py:\n\n```python\nprint()\n```\n\n"
        "/mnt/x.sh:\n\n```sh\nls\n```\n\nThere."
    )
    assert tally.skipped_words() == ["2 calls of a tool"]


def test_odd_values_do_no_harm(tmp_path: Path) -> None:
    value = conversation(
        said("1", "human", "Why?", 1, content=7, attachments="x", created_at="2026-13-45"),
        {"sender": "robot", "text": "beep"},
        said("", "assistant", "Because.", 3, files={}, created_at=None),
        name=None,
    )

    (found,), tally = read_json(tmp_path / "x", [value, conversation(uuid="2")])

    assert tree(found) == {"Why?": None, "Because.": "Why?"}
    assert found.conversation.title == "Why?"
    assert sorted(tally.skipped_words()) == [
        "1 empty conversation",
        "1 message of an unknown author",
    ]
