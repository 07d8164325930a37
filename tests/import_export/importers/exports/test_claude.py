from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.import_export.importers.reading import read, read_json, tree
from tui_chat.import_export.importers.skipped import Skipped

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


def artifact(command: str, **arguments: Any) -> dict[str, Any]:
    return {"type": "tool_use", "name": "artifacts", "input": {"command": command, **arguments}}


DOC = {"id": "d", "type": "text/markdown", "title": "Doc", "content": "# 标题\nold and old"}
CODE = {"id": "c", "type": "application/vnd.ant.code", "language": "python", "title": "x.py"}


@pytest.mark.parametrize(
    ("blocks", "content", "calls"),
    [
        ([artifact("create", **DOC)], "**Doc**\n\n# 标题\nold and old", 0),
        (
            [
                artifact("create", **DOC),
                artifact("update", id="d", old_str="old and", new_str="new"),
            ],
            "**Doc**\n\n# 标题\nnew old",
            0,
        ),
        # The passage occurs twice, so the result is unknown.
        (
            [artifact("create", **DOC), artifact("update", id="d", old_str="old", new_str="new")],
            "**Doc**\n\n# 标题\nold and old",
            1,
        ),
        ([artifact("update", id="unknown", old_str="a", new_str="b")], "[tool call]", 1),
        (
            [
                artifact("create", content="a = 1", **CODE),
                artifact("rewrite", id="c", content="a = 2"),
            ],
            "x.py:\n\n```python\na = 2\n```",
            0,
        ),
        (
            [
                {
                    "type": "tool_use",
                    "name": "create_file",
                    "input": {"path": "a.js", "file_text": "1"},
                },
                {
                    "type": "tool_use",
                    "name": "str_replace",
                    "input": {"path": "a.js", "old_str": "1", "new_str": "2"},
                },
            ],
            "a.js:\n\n```js\n2\n```",
            0,
        ),
        (
            [
                {
                    "type": "text",
                    "text": "<antThinking>hm</antThinking>See:\n"
                    '<antArtifact type="image/svg+xml" title="图">\n<svg/>\n</antArtifact>',
                }
            ],
            "See:\n\n\n图:\n\n```svg\n<svg/>\n```",
            0,
        ),
    ],
)
def test_a_reply_shows_its_documents_as_they_are_at_its_end(
    tmp_path: Path, blocks: list[dict[str, Any]], content: str, calls: int
) -> None:
    value = conversation(
        chat_message("1", "human", "Write", 1),
        chat_message("2", "assistant", "", 2, content=blocks),
    )

    (found,), tally = read_json(tmp_path / "x", [value])

    assert found.messages[1].content == content
    assert tally.skipped[Skipped.TOOL_CALL] == calls


def test_a_later_reply_and_a_sibling_change_their_own_version(tmp_path: Path) -> None:
    def change(name: str, parent: str, new: str) -> dict[str, Any]:
        blocks = [artifact("update", id="c", old_str="1", new_str=new)]
        return chat_message(name, "assistant", "", 4, content=blocks, parent_message_uuid=parent)

    value = conversation(
        chat_message("1", "human", "Write", 1, parent_message_uuid=ROOT),
        chat_message("2", "assistant", "", 2, parent_message_uuid="1",
                     content=[artifact("create", content="a = 1", **CODE)]),
        chat_message("3", "human", "Change", 3, parent_message_uuid="2"),
        change("4", "3", "2"), change("5", "3", "3"),
    )  # fmt: skip

    (found,), _ = read_json(tmp_path / "x", [value])

    contents = [message.content for message in found.messages]
    assert [c.splitlines()[-2] for c in contents if c.endswith("```")] == [
        "a = 1", "a = 2", "a = 3"]  # fmt: skip


def test_the_flat_text_is_used_where_the_blocks_have_none(tmp_path: Path) -> None:
    value = conversation(
        chat_message("1", "human", "Why?", 1),
        chat_message("2", "assistant", "因为。", 2, content=[{"type": "text", "text": ""}]),
        chat_message("3", "human", "And?", 3),
        chat_message("4", "assistant", "", 4, content=[
            {"type": "thinking", "thinking": "Hm."}, {"type": "tool_use", "name": "web_search"}]),
    )  # fmt: skip

    (found,), _ = read_json(tmp_path / "x", [value])

    assert [m.content for m in found.path] == ["Why?", "因为。", "And?", "[tool call]"]
    assert found.path[3].reasoning == "Hm."


def test_the_other_files_of_an_archive_are_used_or_counted(tmp_path: Path) -> None:
    project = {"uuid": "p", "name": "计划", "prompt_template": "Be brief.",
               "docs": [{"filename": "a", "content": "x"}]}  # fmt: skip
    chat = conversation(
        chat_message("1", "human", "Why?", 1), chat_message("2", "assistant", "So.", 2),
        project_uuid="p",
    )  # fmt: skip
    path = tmp_path / "claude.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("conversations.json", json.dumps([chat]))
        archive.writestr("projects.json", json.dumps([project]))
        archive.writestr("memories.json", json.dumps([{"conversations_memory": "x"}]))
        archive.writestr("users.json", "[]")

    (found,), tally = read(path)

    assert found.conversation.system_prompt == "Be brief."
    assert sorted(tally.skipped_counts()) == [
        "1 JSON file without conversations",
        "1 document of a project",
        "1 memory",
        "1 project",
    ]
