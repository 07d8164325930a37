"""Imports Claude's data export: conversations with a list of messages in `chat_messages`.

Newer exports name each message's parent (`parent_message_uuid`), so edits and retries are versions;
in older ones every message follows the one before it in the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Role
from tui_chat.core.labels import N_, _
from tui_chat.import_export.importers.build_tree import (
    Node,
    Origin,
    build_transcript,
    embedded_document,
)
from tui_chat.import_export.importers.skipped import Skipped
from tui_chat.import_export.importers.untrusted_values import items, key, mapping, moment, text
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.importers.skipped import Tally

NAME: Final = N_("Claude's export")
SOURCE: Final = "claude"

_ROLES: Final = {"human": Role.USER, "user": Role.USER, "assistant": Role.ASSISTANT}
_PARENT: Final = "parent_message_uuid"
_KINDS: Final = {
    "tool_use": Skipped.TOOL_CALL,
    "tool_result": Skipped.TOOL_RESULT,
    "image": Skipped.IMAGE,
    "document": Skipped.ATTACHMENT,
}
_SILENT: Final = frozenset({"redacted_thinking", "token_budget", "flag"})


def is_conversation(value: object) -> bool:
    """Return whether a value is a conversation of this format."""
    return isinstance(value, dict) and isinstance(value.get("chat_messages"), list)


def transcript_from(value: object, tally: Tally) -> Transcript | None:
    """Parse a conversation; return None if it has no messages to import.

    Raises:
        Malformed: The value does not follow the format.
    """
    record = mapping(value)
    if not is_conversation(value):
        raise Malformed(_("`{name}` must be a list").format(name="chat_messages"))
    name = key(record.get("uuid"))
    if not name:
        raise Malformed(_("`{name}` is missing").format(name="uuid"))
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
        leaf=key(record.get("current_leaf_message_uuid")) or None,
    )
    return build_transcript(origin, nodes)


def _node(message: Mapping[str, Any], number: int, before: str | None, tally: Tally) -> Node:
    # The parent of the first message is a placeholder UUID.
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
        tally.skip(Skipped.UNKNOWN_AUTHOR)
        return node
    if not node.content.strip() and role is Role.USER:
        node.content = tally.placeholders_since(skipped)
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
        elif kind == "tool_use" and (artifact := _artifact(block)):
            contents.append(artifact)
        elif kind not in _SILENT:
            tally.skip(_KINDS.get(kind, Skipped.UNKNOWN_BLOCK))
    return contents, thoughts


def _artifact(block: Mapping[str, Any]) -> str:
    """Return a document that the model created; empty for any other tool call."""
    arguments = mapping(block.get("input"))
    if block.get("name") == "create_file":
        content, name = text(arguments.get("file_text")), text(arguments.get("path"))
        language = None if name.endswith(".md") else name.rpartition(".")[2]
    elif block.get("name") == "artifacts" and arguments.get("command") in ("create", "rewrite"):
        content, name = text(arguments.get("content")), text(arguments.get("title"))
        kind = text(arguments.get("type"))
        language = None if kind == "text/markdown" else text(arguments.get("language"))
    else:
        return ""
    return embedded_document(name, content, language) if content.strip() else ""


def _attachments(message: Mapping[str, Any], tally: Tally) -> list[str]:
    """Return the texts of attachments, long pastes included; count those without text."""
    texts: list[str] = []
    imported: set[str] = set()
    for attachment in map(mapping, items(message.get("attachments"))):
        content = text(attachment.get("extracted_content"))
        name = text(attachment.get("file_name")).strip()
        if content.strip():
            imported.add(name)
            texts.append(embedded_document(name or _("Pasted text"), content, ""))
        else:
            tally.skip(Skipped.ATTACHMENT)
    for file in map(mapping, items(message.get("files"))):
        # Attachments with text are listed here again.
        if not (name := text(file.get("file_name")).strip()) or name not in imported:
            tally.skip(Skipped.ATTACHMENT)
    return texts


def _finish_reason(message: Mapping[str, Any]) -> str | None:
    reason = text(message.get("stop_reason"))
    return {"max_tokens": "length", "end_turn": "stop", "stop_sequence": "stop"}.get(reason)
