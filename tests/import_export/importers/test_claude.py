from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.import_export.importers.reading import read_json, tree

if TYPE_CHECKING:
    from pathlib import Path

ROOT = "00000000-0000-4000-8000-000000000000"


def chat_message(name: str, sender: str, text: str, at: int, **more: Any) -> dict[str, Any]:
    """Return a message in the format of the export."""
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


def test_messages_without_parents_form_one_path(tmp_path: Path) -> None:
    value = conversation(
        chat_message("1", "human", "Why?", 1), chat_message("2", "assistant", "Because.", 2)
    )

    (found,), tally = read_json(tmp_path / "x", [value])

    assert tree(found) == {"Why?": None, "Because.": "Why?"}
    assert [m.content for m in found.path] == ["Why?", "Because."]
    assert found.messages[1].created_at.isoformat() == "2026-01-02T03:04:02+00:00"
    assert not tally.skipped


def test_named_parents_give_versions(tmp_path: Path) -> None:
    value = conversation(
        chat_message("1", "human", "Why?", 1, parent_message_uuid=ROOT),
        chat_message("2", "assistant", "Because.", 2, parent_message_uuid="1"),
        chat_message("3", "human", "Why, please?", 3, parent_message_uuid=ROOT),
        chat_message("4", "assistant", "Gladly.", 4, parent_message_uuid="3"),
        chat_message("5", "assistant", "No.", 5, parent_message_uuid="3"),
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


def test_blocks_attachments_and_files_are_imported_or_counted(tmp_path: Path) -> None:
    answer = chat_message("2", "assistant", "", 2, stop_reason="max_tokens", content=[
        {"type": "thinking", "thinking": "Hm."},
        {"type": "text", "text": "Let me see."},
        {"type": "tool_use", "name": "search"},
        {"type": "tool_result", "content": []},
        {"type": "hologram"},
        {"type": "voice_note", "title": "Note", "text": "Spoken."},
        {"type": "text", "text": "So it is."},
    ])  # fmt: skip
    question = chat_message("1", "human", "Look:", 1, content=None,
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
    assert sorted(tally.skipped_counts()) == [
        "1 block of unknown type",
        "1 tool call",
        "1 tool result",
        "2 attachments",
    ]


def test_a_question_that_is_only_a_file_leaves_a_placeholder(tmp_path: Path) -> None:
    value = conversation(
        chat_message("1", "human", "Why?", 1),
        chat_message("2", "assistant", "Because.", 2),
        chat_message("3", "human", "", 3, files=[{"file_name": "cat.png"}]),
        chat_message("4", "assistant", "A cat.", 4),
    )

    (found,), _ = read_json(tmp_path / "x", [value])

    assert [m.content for m in found.path] == ["Why?", "Because.", "[attachment]", "A cat."]


def test_artifacts_become_part_of_the_reply(tmp_path: Path) -> None:
    def tool_use(name: str, **arguments: object) -> dict[str, Any]:
        return {"type": "tool_use", "name": name, "input": arguments}

    answer = chat_message("2", "assistant", "", 2, content=[
        tool_use("artifacts", command="create", type="text/markdown", title="Poem",
                 content="Blue."),
        tool_use("artifacts", command="create", type="application/vnd.ant.code", language="python",
             title="sky.py", content="print()"),
        tool_use("artifacts", command="update", old_str="a", new_str="b"),
        tool_use("create_file", path="/mnt/x.sh", file_text="ls"),
        {"type": "tool_use", "name": "artifacts", "input": None},
        {"type": "text", "text": "There."},
    ])  # fmt: skip

    (found,), tally = read_json(
        tmp_path / "x", [conversation(chat_message("1", "human", "Write.", 1), answer)]
    )

    assert found.path[-1].content == (
        "**Poem**\n\nBlue.\n\nsky.py:\n\n```python\nprint()\n```\n\n"
        "/mnt/x.sh:\n\n```sh\nls\n```\n\nThere."
    )
    assert tally.skipped_counts() == ["2 tool calls"]


def test_values_of_wrong_types_are_ignored(tmp_path: Path) -> None:
    value = conversation(
        chat_message("1", "human", "Why?", 1, content=7, attachments="x", created_at="2026-13-45"),
        {"sender": "robot", "text": "beep"},
        chat_message("", "assistant", "Because.", 3, files={}, created_at=None),
        name=None,
    )

    (found,), tally = read_json(tmp_path / "x", [value, conversation(uuid="2")])

    assert tree(found) == {"Why?": None, "Because.": "Why?"}
    assert found.conversation.title == "Why?"
    assert sorted(tally.skipped_counts()) == [
        "1 empty conversation",
        "1 message by an unknown author",
    ]
