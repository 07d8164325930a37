"""The export formats of other chat programs: one table of shapes per program."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.import_export.importers.exports.test_aichat import AICHAT
from tests.import_export.importers.reading import (
    BOT,
    USER,
    database,
    outline,
    read,
    read_json,
    tree,
)
from tui_chat.core.conversation import MessageStatus

if TYPE_CHECKING:
    from pathlib import Path


ROOT = "00000000-0000-0000-0000-000000000000"


def deepseek_node(name: str, parent: str | None, **message: Any) -> tuple[str, Any]:
    message = {"files": [], "model": "deepseek-chat",
               "inserted_at": "2025-04-29T11:59:13.202000+08:00", **message}  # fmt: skip
    about: dict[str, Any] = {"id": name, "parent": parent, "children": [], "message": message}
    return name, about | ({} if parent else {"message": None})


def deepseek(*nodes: tuple[str, Any]) -> dict[str, Any]:
    return {"id": "d-1", "title": "天空", "inserted_at": "2025-04-29T11:59:11.635000+08:00",
            "updated_at": "2025-04-29T12:44:11.402000+08:00", "mapping": dict(nodes)}  # fmt: skip


def fragments(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"type": kind, "content": content} for kind, content in pairs]


DEEPSEEK_OLD = deepseek(
    deepseek_node("root", None),
    deepseek_node("1", "root", content="天为什么蓝?", reasoning_content=None),
    deepseek_node("2", "1", content="瑞利散射。", reasoning_content="想一想",
                  search_results=[{"url": "https://e.org"}]),
    deepseek_node("3", "2", content="日落呢?"),
    deepseek_node("4", "3", content="红。"),
)  # fmt: skip
DEEPSEEK_ROOTLESS = deepseek(
    deepseek_node("1", "0", content="天为什么蓝?"),
    deepseek_node("2", "1", content="瑞利散射。", thinking_content="想一想"),
)
DEEPSEEK_NEW = deepseek(
    deepseek_node("root", None),
    deepseek_node("1", "root", fragments=fragments(("REQUEST", "天为什么蓝?"))),
    deepseek_node("2", "1", fragments=fragments(
        ("THINK", "想"), ("THINK", "一想"), ("SEARCH", ""), ("RESPONSE", "瑞利散射。"))),
    deepseek_node("3", "root", fragments=fragments(("REQUEST", "")), files=[{"id": "f"}]),
    deepseek_node("4", "3", fragments=fragments(("TOOL_OPEN", ""), ("NEW", "x"),
                                                ("RESPONSE", "一张图。"))),
)  # fmt: skip


def webui(messages: Any, current: str | None = None, **chat: Any) -> dict[str, Any]:
    history = {"messages": messages, "currentId": current}
    return {"id": "w-1", "user_id": "u", "title": "天空", "updated_at": 1_700_000_010,
            "created_at": 1_700_000_000, "archived": False,
            "chat": {"title": "天空", "models": ["llama3.1"], "history": history}
            | chat}  # fmt: skip


def webui_message(name: str, parent: str | None, role: str, content: Any, **more: Any) -> Any:
    return {"id": name, "parentId": parent, "childrenIds": [], "role": role, "content": content,
            "timestamp": 1_700_000_000 + len(name), **more}  # fmt: skip


REASONED = (
    '<details type="reasoning" done="true" duration="3">\n<summary>Thought for 3 s</summary>\n'
    "&gt; 1 &lt; 2\n> 想一想\n</details>\n瑞利散射。"
)
CALLED = (
    '<details type="tool_calls" done="true" id="c" name="get" arguments="&quot;{}&quot;" '
    'result="&quot;18C&quot;">\n<summary>Tool Executed</summary>\n</details>\n18 degrees.'
)
WEBUI = webui(
    {
        "q": webui_message("q", None, "user", "天为什么蓝?", files=[{"type": "image"}]),
        "a1": webui_message("a1", "q", "assistant", REASONED, model="deepseek-r1",
                            usage={"prompt_tokens": 7, "completion_tokens": 9}),
        "a2": webui_message("a2", "q", "assistant", CALLED, model="gpt-4o"),
        "q2": webui_message("q2", "a1", "user", [{"type": "text", "text": "日落呢?"}]),
        "a3": webui_message("a3", "q2", "assistant", "", error={"content": "out of memory"}),
    },
    current="a1", params={"system": "Be brief."},
)  # fmt: skip
WEBUI_OLD = {"id": "w-2", "title": "天空", "models": ["llama2"], "messages": [
    {"role": "user", "content": "天为什么蓝?"},
    {"role": "assistant", "content": "瑞利散射。"}]}  # fmt: skip


def libre(**more: Any) -> dict[str, Any]:
    return {"conversationId": "l-1", "endpoint": "openAI", "title": "天空", "branches": True,
            "exportAt": "08:12:16 GMT-0400 (EDT)", "recursive": False, **more}  # fmt: skip


def libre_message(name: str, parent: str, text: str, **more: Any) -> dict[str, Any]:
    return {"messageId": name, "parentMessageId": parent, "text": text, "sender": "GPT-4",
            "createdAt": "2024-05-28T18:08:55.014Z", "isCreatedByUser": name.startswith("q"),
            "model": None if name.startswith("q") else "gpt-4o", "error": False,
            "unfinished": False, **more}  # fmt: skip


LIBRE = libre(
    options={"promptPrefix": "Be brief.", "model": "gpt-4o"},
    messages=[
        libre_message("q", ROOT, "天为什么蓝?"),
        libre_message("a1", "q", "", finish_reason="stop", tokenCount=9, content=[
            {"type": "think", "think": "想一想"}, {"type": "tool_call", "tool_call": {}},
            {"type": "text", "text": {"value": "瑞利散射。"}}]),
        libre_message("a2", "q", ":::thinking\nHm.\n:::\nAir", unfinished=True),
        libre_message("a3", "q", "An error occurred", error=True),
    ],
)  # fmt: skip
LIBRE_TREE = libre(
    recursive=True,
    messagesTree=[
        libre_message("q", ROOT, "天为什么蓝?", children=[
            libre_message("a1", "q", "瑞利散射。", children=[libre_message("q2", "a1", "日落呢?")]),
            libre_message("a2", "q", "Air", children=[]),
        ])
    ],
)  # fmt: skip


def steps(*blocks: tuple[str, str], **stats: Any) -> dict[str, Any]:
    return {"type": "multiStep", "role": "assistant", "senderInfo": {"senderName": "qwen"},
            "steps": [{"type": "contentBlock", "style": {"type": style},
                       "content": [{"type": "text", "text": text}],
                       "genInfo": {"identifier": "qwen3", "stats": stats}}
                      for style, text in blocks] + [{"type": "debugInfoBlock"}]}  # fmt: skip


def asked(text: str, *more: Any) -> dict[str, Any]:
    return {"type": "singleStep", "role": "user",
            "content": [{"type": "text", "text": text}, *more]}  # fmt: skip


LM_STUDIO = {
    "name": "天空", "createdAt": 1_718_000_000_000, "userLastMessagedAt": 1_718_000_009_000,
    "systemPrompt": "Be brief.", "tokenCount": 20,
    "messages": [
        {"versions": [asked("天为什么蓝?")], "currentlySelected": 0},
        {"versions": [
            steps(("thinking", "想一想"), ("default", "瑞利散射。"), stopReason="eosFound",
                  promptTokensCount=7, predictedTokensCount=9),
            steps(("default", "Air"), stopReason="userStopped")], "currentlySelected": 0},
        {"versions": [asked("日落呢?", {"type": "file", "fileIdentifier": "f"})]},
    ],
}  # fmt: skip


def jan_message(name: str, role: str, text: str, at: int, **more: Any) -> dict[str, Any]:
    return {"id": name, "object": "thread.message", "thread_id": "jan-1", "role": role,
            "content": [{"type": "text", "text": {"value": text, "annotations": []}}],
            "status": "ready", "created_at": 1_718_000_000_000 + at,
            "completed_at": 1_718_000_000_000 + at, **more}  # fmt: skip


JAN = [
    jan_message("2", "assistant", "<think>想一想</think>瑞利散射。", 2,
                metadata={"usage": {"prompt_tokens": 7, "completion_tokens": 9}}),
    jan_message("1", "user", "天为什么蓝?", 1, attachments=[{"file_id": "f"}]),
]  # fmt: skip
JAN_THREAD = {
    "id": "jan-1", "object": "thread", "title": "天空", "created": 1718, "updated": 1719,
    "assistants": [{"assistant_id": "jan", "instructions": "Be brief.", "model": {"id": "qwen3"}}],
}  # fmt: skip
SKY = [(USER, "天为什么蓝?", ""), (BOT, "瑞利散射。", "想一想")]


@pytest.mark.parametrize(
    ("value", "path", "counts"),
    [
        ([DEEPSEEK_OLD], [*SKY, (USER, "日落呢?", ""), (BOT, "红。", "")], ["1 web search"]),
        ([DEEPSEEK_ROOTLESS], SKY, []),
        ([DEEPSEEK_NEW], [(USER, "[attachment]", ""), (BOT, "一张图。", "")],
         ["1 attachment", "1 block of unknown type", "2 web searches"]),
        ([WEBUI], [SKY[0], (BOT, "瑞利散射。", "1 < 2\n想一想")],
         ["1 failed reply", "1 image", "1 tool call"]),
        (WEBUI["chat"] | {"id": "w-3"}, [SKY[0], (BOT, "瑞利散射。", "1 < 2\n想一想")],
         ["1 failed reply", "1 image", "1 tool call"]),
        (WEBUI_OLD, [SKY[0], (BOT, "瑞利散射。", "")], []),
        (LIBRE, [SKY[0], (BOT, "Air", "Hm.")], ["1 failed reply", "1 tool call"]),
        (LIBRE_TREE, [SKY[0], (BOT, "Air", "")], []),
        (LM_STUDIO, [*SKY, (USER, "日落呢?", "")], ["1 attachment"]),
        (JAN, SKY, ["1 attachment"]),
    ],
    ids=["deepseek", "deepseek without a root", "deepseek fragments",
         "open webui", "open webui, one chat", "open webui 0.1",
         "librechat", "librechat, recursive", "lm studio", "jan"],
)  # fmt: skip
def test_the_shown_path_is_imported_and_the_rest_is_counted(
    tmp_path: Path, value: Any, path: list[tuple[str, str, str]], counts: list[str]
) -> None:
    (found,), tally = read_json(tmp_path / "x.json", value)

    assert outline(found) == path
    assert found.conversation.title in ("天空", "天为什么蓝?")
    assert sorted(tally.skipped_counts()) == counts
    assert not tally.broken
    # The same file gives the same IDs.
    (again,), _ = read_json(tmp_path / "x.json", value)
    assert [m.id for m in again.messages] == [m.id for m in found.messages]


def test_versions_models_and_outcomes_are_kept(tmp_path: Path) -> None:
    (webui_chat,), _ = read_json(tmp_path / "w", [WEBUI])
    (libre_chat,), _ = read_json(tmp_path / "l", LIBRE)
    (studio,), _ = read_json(tmp_path / "s", LM_STUDIO)

    assert tree(webui_chat)["18 degrees."] == "天为什么蓝?"
    assert webui_chat.conversation.system_prompt == "Be brief."
    reply = webui_chat.path[1]
    assert (reply.model, reply.input_tokens, reply.output_tokens) == ("deepseek-r1", 7, 9)
    assert libre_chat.conversation.system_prompt == "Be brief."
    assert libre_chat.path[1].status is MessageStatus.CANCELLED
    assert [m.model for m in libre_chat.messages] == [None, "gpt-4o", "gpt-4o"]
    assert studio.conversation.system_prompt == "Be brief."
    assert studio.conversation.created_at.year == 2024
    stopped = next(m for m in studio.messages if m.content == "Air")
    assert stopped.status is MessageStatus.CANCELLED
    answer = studio.path[1]
    assert (answer.model, answer.finish_reason, answer.output_tokens) == ("qwen3", "stop", 9)


def test_the_threads_of_jan_in_an_archive_get_their_titles(tmp_path: Path) -> None:
    path = tmp_path / "threads.zip"
    with zipfile.ZipFile(path, "w") as archive:
        lines = "".join(json.dumps(message) + "\n" for message in JAN)
        archive.writestr("threads/jan-1/messages.jsonl", lines)
        archive.writestr("threads/jan-1/thread.json", json.dumps(JAN_THREAD, indent=1))
        archive.writestr("sessions/sky.yaml", AICHAT)
        archive.writestr("1.conversation.json", json.dumps(LM_STUDIO))

    (jan, session, studio), tally = read(path)

    assert (jan.conversation.title, jan.conversation.system_prompt) == ("天空", "Be brief.")
    assert [m.model for m in jan.path] == [None, "qwen3"]
    assert session.conversation.title == "sky"
    assert studio.conversation.title == "天空"
    assert sorted(tally.skipped_counts()) == [
        "1 image", "1 tool call", "1 tool result", "2 attachments"]  # fmt: skip


def test_a_database_of_open_webui_is_imported(tmp_path: Path) -> None:
    script = """
    CREATE TABLE chat (id VARCHAR, user_id VARCHAR, title TEXT, chat JSON, created_at BIGINT,
      updated_at BIGINT, share_id TEXT, archived BOOLEAN);
    CREATE TABLE message (id TEXT, user_id TEXT, channel_id TEXT, content TEXT);
    """
    chat = json.dumps(WEBUI["chat"])
    path = database(tmp_path / "webui.db", script, {
        "chat": [("w-1", "u", "天空", chat, 1_700_000_000, 1_700_000_010, None, 0),
                 ("w-2", "u", "Broken", "{", 1_700_000_001, 1_700_000_010, None, 0)],
    })  # fmt: skip

    (found,), tally = read(path)

    assert outline(found)[0] == (USER, "天为什么蓝?", "")
    assert tally.broken == ["Broken: a value is not JSON"]
    (exported,), _ = read_json(tmp_path / "x", [WEBUI])
    assert found.conversation.id == exported.conversation.id


@pytest.mark.parametrize(
    "value",
    [
        {"mapping": {"a": {"parent": "b"}, "b": {"parent": "a"}}, "inserted_at": "x", "id": "d"},
        {"mapping": {"a": 3}, "inserted_at": None, "id": "d"},
        {"conversationId": "l", "messagesTree": [{"children": [3, {"children": "x"}]}]},
        {"id": "w", "chat": {"history": {"messages": {"a": 3, "b": {"parentId": "b"}}}}},
        {"messages": [{"versions": [3, {"role": "user", "content": 3}]}, 3]},
        [{"object": "thread.message", "thread_id": 3, "content": 3, "created_at": "x"}, 3],
        {"conversationId": "l", "messages": [
            {"messageId": "a", "parentMessageId": "a", "text": "x"}]},
    ],
)  # fmt: skip
def test_wrong_types_are_reported_or_skipped(tmp_path: Path, value: Any) -> None:
    found, _ = read_json(tmp_path / "x", value)
    assert not found
