from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from tests.import_export.importers.reading import read, read_json, tree
from tui_chat.core.conversation import MessageStatus, Role

if TYPE_CHECKING:
    from pathlib import Path


def node(
    name: str, parent: str | None, role: str, content: object, at: float = 0, **more: Any
) -> tuple[str, dict[str, Any]]:
    """Return a node in the format of the export."""
    if isinstance(content, str):
        content = {"content_type": "text", "parts": [content]}
    message = {
        "id": name,
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": 1_700_000_000.5 + at,
        "content": content,
        "status": "finished_successfully",
        "recipient": "all",
        "metadata": {},
    }
    return name, {"id": name, "parent": parent, "children": [], "message": message | more}


def conversation(*nodes: tuple[str, Any], shown: str, **more: Any) -> dict[str, Any]:
    root: tuple[str, Any] = (
        "root",
        {"id": "root", "parent": None, "children": [], "message": None},
    )
    about = {
        "title": "Sky colours",
        "create_time": 1_700_000_000.0,
        "update_time": 1_700_000_900.0,
        "conversation_id": "conv-1",
        "current_node": shown,
        "mapping": dict([root, *nodes]),
    }
    return about | more


BRANCHED = conversation(
    node("system", "root", "system", ""),
    node("q", "system", "user", "Why is the sky blue?"),
    node("a1", "q", "assistant", "Because.", 1, metadata={"model_slug": "gpt-4"}),
    node("a2", "q", "assistant", "Air scatters blue.", 2, metadata={
        "model_slug": "gpt-4o", "finish_details": {"type": "max_tokens"}}),
    node("q2", "a1", "user", "And at sunset?", 3),
    node("a3", "q2", "assistant", "Red", 4, metadata={"finish_details": {"type": "interrupted"}}),
    shown="a2",
)  # fmt: skip


def test_branches_become_versions(tmp_path: Path) -> None:
    (found,), tally = read_json(tmp_path / "x", [BRANCHED])

    assert tree(found) == {
        "Why is the sky blue?": None,
        "Because.": "Why is the sky blue?",
        "And at sunset?": "Because.",
        "Red": "And at sunset?",
        "Air scatters blue.": "Why is the sky blue?",
    }
    assert [message.content for message in found.path] == [
        "Why is the sky blue?",
        "Air scatters blue.",
    ]
    by_content = {message.content: message for message in found.messages}
    assert by_content["Air scatters blue."].model == "gpt-4o"
    assert by_content["Air scatters blue."].finish_reason == "length"
    assert by_content["Red"].status is MessageStatus.CANCELLED
    assert by_content["Because."].created_at.isoformat() == "2023-11-14T22:13:21.500000+00:00"
    assert found.conversation.title == "Sky colours"
    assert found.conversation.updated_at.isoformat() == "2023-11-14T22:28:20+00:00"
    assert found.conversation.settings == {"imported": {"from": "chatgpt", "id": "conv-1"}}
    assert not tally.skipped


def test_reasoning_is_imported_and_tool_calls_and_hidden_messages_are_skipped(
    tmp_path: Path,
) -> None:
    thoughts = {"content_type": "thoughts", "thoughts": [{"summary": "Look", "content": "It up."}]}
    value = conversation(
        node("about", "root", "user", {"content_type": "user_editable_context"}),
        node("q", "about", "user", "What is new?"),
        node("think", "q", "assistant", thoughts),
        node("recap", "think", "assistant", {"content_type": "reasoning_recap", "content": "5 s"}),
        node("before", "recap", "assistant", "Let me look.", 1),
        node("call", "before", "assistant", {"content_type": "code", "text": "search()"},
             recipient="browser"),
        node("result", "call", "tool", "A page"),
        node("hidden", "result", "user", "psst",
             metadata={"is_visually_hidden_from_conversation": True}),
        node("after", "hidden", "assistant", "Much.", 9, metadata={"model_slug": "o3"}),
        shown="after",
    )  # fmt: skip

    (found,), tally = read_json(tmp_path / "x", [value])

    question, answer = found.messages
    assert (question.role, question.content) == (Role.USER, "What is new?")
    assert answer.content == "Let me look.\n\nMuch."
    assert answer.reasoning == "Look\n\nIt up."
    assert answer.model == "o3"
    assert found.conversation.leaf_id == answer.id
    assert sorted(tally.skipped_counts()) == [
        "1 custom instruction",
        "1 hidden message",
        "1 tool call",
        "1 tool result",
    ]


def test_parts_other_than_text_are_skipped(tmp_path: Path) -> None:
    parts = [
        {"content_type": "image_asset_pointer", "asset_pointer": "file://x"},
        {"content_type": "audio_transcription", "text": "spoken"},
        {"content_type": "real_time_user_audio_video_asset_pointer"},
        {"content_type": "something"},
        None,
        7,
        "typed",
    ]
    content = {"content_type": "multimodal_text", "parts": parts}
    code = {"content_type": "code", "language": "python", "text": "print()"}
    value = conversation(
        node("q", "root", "user", content), node("a", "q", "assistant", code), shown="a"
    )

    (found,), tally = read_json(tmp_path / "x", [value])

    assert [m.content for m in found.messages] == ["spoken\n\ntyped", "```python\nprint()\n```"]
    assert sorted(tally.skipped_counts()) == ["1 image", "1 recording", "2 attachments"]


def test_a_question_that_is_only_an_image_leaves_a_placeholder(tmp_path: Path) -> None:
    image = {"content_type": "image_asset_pointer", "asset_pointer": "sediment://x"}
    images = {"content_type": "multimodal_text", "parts": [image, image, ""]}
    about = {"attachments": [{"name": "a.png"}, {"name": "b.png"}, {"name": "c.pdf"}]}
    value = conversation(
        node("q", "root", "user", "Why?"),
        node("a", "q", "assistant", "Because.", 1),
        node("q2", "a", "user", images, 2, metadata=about),
        node("a2", "q2", "assistant", "Two cats.", 3),
        shown="a2",
    )

    (found,), tally = read_json(tmp_path / "x", [value])

    assert [m.content for m in found.path] == [
        "Why?", "Because.", "[image] [image] [attachment]", "Two cats.",
    ]  # fmt: skip
    assert sorted(tally.skipped_counts()) == ["1 attachment", "2 images"]


def test_a_canvas_document_becomes_part_of_the_reply(tmp_path: Path) -> None:
    def call(name: str, parent: str, tool: str, arguments: str) -> tuple[str, dict[str, Any]]:
        content = {"content_type": "code", "language": "unknown", "text": arguments}
        return node(name, parent, "assistant", content, recipient=f"canmore.{tool}_textdoc")

    document = {"name": "poem", "type": "document", "content": "# Sky\n\nBlue."}
    value = conversation(
        node("q", "root", "user", "A poem, and code."),
        call("c1", "q", "create", json.dumps(document)),
        node("r1", "c1", "tool", "{}"),
        call("c2", "r1", "create", json.dumps(document | {"type": "code/python", "content": "x"})),
        call("c3", "c2", "update", json.dumps({"updates": []})),
        call("c4", "c3", "create", "{broken"),
        node("a", "c4", "assistant", "There."),
        shown="a",
    )

    (found,), tally = read_json(tmp_path / "x", [value])

    assert found.path[-1].content == (
        "**poem**\n\n# Sky\n\nBlue.\n\npoem:\n\n```python\nx\n```\n\nThere."
    )
    assert sorted(tally.skipped_counts()) == ["1 tool result", "2 tool calls"]


def test_citation_marks_become_links(tmp_path: Path) -> None:
    mark, other = "\ue200cite\ue202turn0search1\ue201", "\ue200cite\ue202turn0search2\ue201"
    references = [
        {"matched_text": mark, "alt": "([Sky](https://sky.example))"},
        {"matched_text": " ", "alt": ""},
        "broken",
    ]
    value = conversation(
        node("q", "root", "user", "Why \ue200?"),
        node("a", "q", "assistant", f"Blue {mark} light{other}.",
             metadata={"content_references": references}),
        shown="a",
    )  # fmt: skip

    (found,), _ = read_json(tmp_path / "x", [value])

    assert [m.content for m in found.path] == [
        "Why \ue200?", "Blue ([Sky](https://sky.example)) light.",
    ]  # fmt: skip


def test_conversations_without_an_id_get_a_stable_one(tmp_path: Path) -> None:
    first = BRANCHED | {"conversation_id": None}
    other = conversation(node("z", "root", "user", "Hi"), shown="z", conversation_id=None)

    found, _ = read_json(tmp_path / "x", [first, other])
    again, _ = read_json(tmp_path / "y", [first | {"current_node": "a3"}])

    assert len({transcript.conversation.id for transcript in found}) == 2
    assert again[0].conversation.id == found[0].conversation.id


def test_conversations_inside_an_object_are_read(tmp_path: Path) -> None:
    (found,), _ = read_json(tmp_path / "x", {"version": 2, "conversations": [BRANCHED]})

    assert found.conversation.title == "Sky colours"


def test_ids_are_stable_across_imports(tmp_path: Path) -> None:
    (first,), _ = read_json(tmp_path / "x", [BRANCHED])
    (second,), _ = read_json(tmp_path / "y", [BRANCHED | {"title": "Renamed"}])

    assert first.conversation.id == second.conversation.id
    assert [m.id for m in first.messages] == [m.id for m in second.messages]
    assert len({m.id for m in first.messages}) == 5


def test_an_archive_and_a_single_conversation_are_read(tmp_path: Path) -> None:
    archive = tmp_path / "export"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("chat.html", "<html>")
        file.writestr("user.json", '{"email": "a@b"}')
        file.writestr("file-1-notes.json", "{not JSON")
        file.writestr("conversations.json", json.dumps([BRANCHED]))

    (from_archive,), tally = read(archive)
    assert sorted(tally.skipped_counts()) == [
        "1 JSON file without conversations",
        "1 file that is not JSON",
    ]
    (alone,), _ = read_json(tmp_path / "x", BRANCHED)

    assert from_archive.conversation.id == alone.conversation.id


def test_a_broken_conversation_does_not_stop_the_import(tmp_path: Path) -> None:
    ring = conversation(
        node("a", "b", "user", "one"), node("b", "a", "assistant", "two"), shown="b", title="Ring"
    )
    nameless = conversation(shown="a", conversation_id=None, mapping={})
    silent = conversation(shown="root", conversation_id="conv-2")

    (found,), tally = read_json(
        tmp_path / "x", [None, ring, nameless, {"title": "No tree"}, silent, BRANCHED]
    )

    assert found.conversation.title == "Sky colours"
    assert tally.broken == [
        "conversation 1: `mapping` is missing",
        "“Ring”: the messages form a cycle",
        "“Sky colours”: `conversation_id` is missing",
        "“No tree”: `mapping` is missing",
    ]
    assert tally.skipped_counts() == ["1 empty conversation"]


def test_values_of_wrong_types_are_ignored(tmp_path: Path) -> None:
    value = conversation(
        node("q", "nowhere", "user", "\x1b]0;title\x07 \ud83d", create_time=-1e300),
        node("a", "q", "assistant", {"content_type": "text", "parts": "text"}),
        node("b", "q", "assistant", "answer", create_time="tomorrow", metadata=3),
        ("c", {"parent": [], "message": {"author": "me", "content": None}}),
        ("d", 7),
        shown="nowhere",
        title=["x"],
        create_time=float("inf"),
        update_time=True,
    )

    (found,), tally = read_json(tmp_path / "x", [value])

    assert [m.content for m in found.messages] == ["\x1b]0;title\x07 \ud83d", "answer"]
    assert found.conversation.title.startswith("␛")
    assert tally.skipped_counts() == ["1 message by an unknown author"]


def test_the_report_of_a_research_and_pictures_of_tools_are_in_the_reply(tmp_path: Path) -> None:
    mark = "\ue200cite\ue202turn0search0\ue201"
    report = {
        "content": {"content_type": "text", "parts": [f"# 报告\n\nLong.{mark}"]},
        "metadata": {
            "content_references": [{"matched_text": mark, "alt": " ([Iron](https://e.org))"}]
        },
    }
    state = json.dumps({"report_message": report, "status": "completed"})
    picture = {
        "content_type": "multimodal_text",
        "parts": [{"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_1"}],
    }
    value = conversation(
        node("q", "root", "user", "Research iron"),
        node("t", "q", "tool", f"The latest state of the widget is: {state}", 1, metadata={
            "is_visually_hidden_from_conversation": True, "chatgpt_sdk": {"widget_state": state}}),
        node("a", "t", "assistant", "", 2),
        node("q2", "a", "user", "Draw it", 3),
        node("call", "q2", "assistant", {"content_type": "code", "text": "{}"}, 4,
             recipient="t2uay3k.sj1i4kz"),
        node("t2", "call", "tool", picture, 5),
        node("a2", "t2", "assistant", "Here.", 6),
        node("q3", "a2", "user", "Broken", 7),
        node("t3", "q3", "tool", "x", 8, metadata={"chatgpt_sdk": {"widget_state": "{"}}),
        shown="t3", default_model_slug="gpt-5-thinking",
    )  # fmt: skip

    (found,), tally = read_json(tmp_path / "x", [value])

    assert [m.content for m in found.path] == [
        "Research iron", "# 报告\n\nLong. ([Iron](https://e.org))",
        "Draw it", "[image]\n\nHere.", "Broken",
    ]  # fmt: skip
    assert [m.model for m in found.path] == [None, "gpt-5-thinking"] * 2 + [None]
    assert sorted(tally.skipped_counts()) == ["1 image", "1 tool call", "1 tool result"]


def test_archives_in_archives_are_read(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("conversations-000.json", json.dumps([BRANCHED]))
        second = BRANCHED | {"conversation_id": "conv-2", "title": "第二"}
        file.writestr("conversations-001.json", json.dumps([second]))
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("User Online Activity/Conversations__abc-0001.zip", inner.getvalue())
        file.writestr("notes.zip", "not an archive")
        file.writestr("report.html", "x")

    found, tally = read(path)

    assert [t.conversation.title for t in found] == ["Sky colours", "第二"]
    assert not tally.skipped
