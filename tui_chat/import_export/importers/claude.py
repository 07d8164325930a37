"""Claude's data export: a list of messages for each conversation, in `chat_messages`.

Newer ones name the message before each (`parent_message_uuid`), so edited questions and further
answers are versions; in older ones every message follows the one before it in the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Role
from tui_chat.import_export.importers.build_tree import Node, Origin, grown
from tui_chat.import_export.importers.embedded_documents import document
from tui_chat.import_export.importers.untrusted_values import items, key, mapping, moment, text
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.importers.skipped import Tally

NAME: Final = "Claude's export"
SOURCE: Final = "claude"

_ROLES: Final = {"human": Role.USER, "user": Role.USER, "assistant": Role.ASSISTANT}
_PARENT: Final = "parent_message_uuid"
_KINDS: Final = {
    "tool_use": "call of a tool",
    "tool_result": "result of a tool",
    "image": "image",
    "document": "attachment",
}
_SILENT: Final = frozenset({"redacted_thinking", "token_budget", "flag"})


def is_conversation(value: object) -> bool:
    """Say whether a value is a conversation of this kind."""
    return isinstance(value, dict) and isinstance(value.get("chat_messages"), list)


def transcript_from(value: object, tally: Tally) -> Transcript | None:
    """Return a conversation; None when there is nothing of it to take.

    Raises:
        Malformed: It is not what it should be.
    """
    record = mapping(value)
    if not is_conversation(value):
        raise Malformed("has no list `chat_messages`")
    name = key(record.get("uuid"))
    if not name:
        raise Malformed("has no uuid")
    nodes: list[Node] = []
    for number, message in enumerate(map(mapping, record["chat_messages"]), start=1):
        before = nodes[-1].key if nodes else None
        nodes.append(_node(message, number, before, tally))
    origin = Origin(
        source=SOURCE,
        key=name,
        title=text(record.get("name")),
        created_at=moment(record.get("created_at")),
        updated_at=moment(record.get("updated_at")),
        shown=key(record.get("current_leaf_message_uuid")) or None,
    )
    return grown(origin, nodes)


def _node(message: Mapping[str, Any], number: int, before: str | None, tally: Tally) -> Node:
    # The first message names a parent that is not there.
    parent = key(message.get(_PARENT)) if _PARENT in message else before
    node = Node(key=key(message.get("uuid")) or f"number {number}", parent=parent, role=None)
    node.created_at = moment(message.get("created_at"))
    skipped = tally.skipped.copy()
    contents, thoughts = _blocks(items(message.get("content")), tally)
    contents = contents or [text(message.get("text"))]
    contents += _attachments(message, tally)
    node.content = "\n\n".join(part for part in contents if part)
    node.reasoning = "\n\n".join(part for part in thoughts if part)
    role = _ROLES.get(text(message.get("sender")))
    if role is None:
        tally.skip("message of an unknown author")
        return node
    if not node.content.strip() and role is Role.USER:
        node.content = tally.marks_since(skipped)
    if node.content.strip():
        node.role = role
        node.finish_reason = _finish_reason(message)
    return node


def _blocks(blocks: object, tally: Tally) -> tuple[list[str], list[str]]:
    contents: list[str] = []
    thoughts: list[str] = []
    for block in map(mapping, items(blocks)):
        kind = text(block.get("type"))
        if kind in ("text", "voice_note"):
            contents.append(text(block.get("text")))
        elif kind == "thinking":
            thoughts.append(text(block.get("thinking")))
        elif kind == "tool_use" and (made := _artifact(block)):
            contents.append(made)
        elif kind not in _SILENT:
            tally.skip(_KINDS.get(kind, "block of another kind"))
    return contents, thoughts


def _artifact(block: Mapping[str, Any]) -> str:
    """Return a document that the model made; empty for a call of any other tool."""
    asked = mapping(block.get("input"))
    if block.get("name") == "create_file":
        content, name = text(asked.get("file_text")), text(asked.get("path"))
        language = None if name.endswith(".md") else name.rpartition(".")[2]
    elif block.get("name") == "artifacts" and asked.get("command") in ("create", "rewrite"):
        content, name = text(asked.get("content")), text(asked.get("title"))
        kind = text(asked.get("type"))
        language = None if kind == "text/markdown" else text(asked.get("language"))
    else:
        return ""
    return document(name, content, language) if content.strip() else ""


def _attachments(message: Mapping[str, Any], tally: Tally) -> list[str]:
    """Return the texts of attachments; long pastes are such ones. Files have no text."""
    texts: list[str] = []
    taken: set[str] = set()
    for attachment in map(mapping, items(message.get("attachments"))):
        content = text(attachment.get("extracted_content"))
        name = text(attachment.get("file_name")).strip()
        if content.strip():
            taken.add(name)
            texts.append(document(name or "Pasted text", content, ""))
        else:
            tally.skip("attachment")
    for file in map(mapping, items(message.get("files"))):
        # One whose text was taken is named here once more.
        if not (name := text(file.get("file_name")).strip()) or name not in taken:
            tally.skip("attachment")
    return texts


def _finish_reason(message: Mapping[str, Any]) -> str | None:
    reason = text(message.get("stop_reason"))
    return {"max_tokens": "length", "end_turn": "stop", "stop_sequence": "stop"}.get(reason)
