"""Imports ChatGPT's data export: conversations with a tree of messages in `mapping`.

A node has the ID of its parent and may have a message; `current_node` is the end of the shown path.
Only messages of the user and the model are imported, with the pictures and files that the archive
contains. Other images, tool calls and their results, custom instructions and hidden messages are
counted and skipped. A question that is only such an image, and one that a tool made, leave a
placeholder; a canvas document and the report of a deep research become part of the reply.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import MessageStatus, Role
from tui_chat.core.labels import N_, _
from tui_chat.import_export.importers.build_tree import (
    Node,
    Origin,
    build_transcript,
    embedded_document,
)
from tui_chat.import_export.importers.exports.chatgpt_files import asset_id, files_of
from tui_chat.import_export.importers.exports.chatgpt_marks import replace_marks
from tui_chat.import_export.importers.skipped import Skipped
from tui_chat.import_export.importers.untrusted_values import items, key, mapping, moment, text
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from tui_chat.core.attachments import Attachment
    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.importers.skipped import Tally

NAME: Final = N_("ChatGPT's export")
SOURCE: Final = "chatgpt"

_INSTRUCTIONS: Final = frozenset({"user_editable_context", "model_editable_context"})
_SILENT: Final = frozenset({"reasoning_recap"})
_CANVAS: Final = "canmore.create_textdoc"
_FINISH_REASONS: Final = {"stop": "stop", "max_tokens": "length", "length": "length"}


def is_conversation(value: object) -> bool:
    """Return whether a value is a conversation of this format."""
    return isinstance(value, dict) and isinstance(value.get("mapping"), dict)


def transcript_from(value: object, tally: Tally) -> Transcript | None:
    """Parse a conversation; return None if it has no messages to import.

    Raises:
        Malformed: The value does not follow the format.
    """
    record = mapping(value)
    if not is_conversation(value):
        raise Malformed(_("`{name}` is missing").format(name="mapping"))
    nodes = [_node(name, node, tally) for name, node in record["mapping"].items()]
    model = text(record.get("default_model_slug")) or None
    for node in nodes:
        if node.role is Role.ASSISTANT:
            node.model = node.model or model
    name = key(record.get("conversation_id")) or key(record.get("id"))
    if not name and nodes:
        # The first exports had no conversation IDs.
        first = next((node.key for node in nodes if node.role is Role.USER), nodes[0].key)
        name = f"{record.get('create_time')} {first}"[:200]
    if not name:
        raise Malformed(_("`{name}` is missing").format(name="conversation_id"))
    origin = Origin(
        source=SOURCE,
        key=name,
        title=text(record.get("title")),
        created_at=moment(record.get("create_time")),
        updated_at=moment(record.get("update_time")),
        leaf=key(record.get("current_node")) or None,
    )
    return build_transcript(origin, nodes)


def _node(name: str, value: object, tally: Tally) -> Node:
    node = Node(key=name, parent=key(mapping(value).get("parent")) or None, role=None)
    message = mapping(mapping(value).get("message"))
    if not message:
        return node
    content, about = mapping(message.get("content")), mapping(message.get("metadata"))
    node.created_at = moment(message.get("create_time"))
    node.model = text(about.get("model_slug")) or None
    files: dict[str, Attachment] = {}
    made = _canvas(message, content) or _report(message, about, tally)
    if not made and _has_pictures(message, content):
        files = files_of(content, about, tally)
        _content(content, tally, files)
        node.attachments = list(files.values())
        made = "" if files else Skipped.IMAGE.placeholder
    if made or files:
        node.role, node.content = Role.ASSISTANT, made
        return node
    if _is_skipped(message, content, about, tally):
        return node
    if content.get("content_type") == "thoughts":
        node.reasoning = _thoughts(content)
        return node
    role = Role(message["author"]["role"])
    before = tally.skipped.copy()
    files = files_of(content, about, tally)
    node.content = _content(content, tally, files)
    node.attachments = list(files.values())
    if role is Role.ASSISTANT:
        node.content = replace_marks(node.content, about, tally)
    _skip_files(content, about, tally, files)
    if not node.content.strip() and not files and role is Role.USER:
        node.content = tally.placeholders_since(before)
    if node.content.strip() or files:
        node.role = role
        _set_outcome(node, about)
    return node


def _is_skipped(
    message: Mapping[str, Any], content: Mapping[str, Any], about: Mapping[str, Any], tally: Tally
) -> bool:
    """Return whether a message is skipped, and count it unless it is empty."""
    role = text(mapping(message.get("author")).get("role"))
    content_type = text(content.get("content_type"))
    is_counted, kind = True, None
    if content_type in _INSTRUCTIONS or about.get("is_user_system_message"):
        kind = Skipped.CUSTOM_INSTRUCTION
    elif content_type in _SILENT:
        return True
    elif role == "tool":
        kind = Skipped.TOOL_RESULT
    elif role == "system":
        is_counted, kind = _has_text(content), Skipped.SYSTEM_MESSAGE
    elif role not in ("user", "assistant"):
        kind = Skipped.UNKNOWN_AUTHOR
    elif about.get("is_visually_hidden_from_conversation"):
        is_counted, kind = _has_text(content), Skipped.HIDDEN_MESSAGE
    elif role == "assistant" and text(message.get("recipient")) not in ("", "all"):
        kind = Skipped.TOOL_CALL
    if kind is not None and is_counted:
        tally.skip(kind)
    return kind is not None


def _report(message: Mapping[str, Any], about: Mapping[str, Any], tally: Tally) -> str:
    """Return the report of a deep research, which is part of a tool's message."""
    state = text(mapping(about.get("chatgpt_sdk")).get("widget_state"))
    if not state or mapping(message.get("author")).get("role") != "tool":
        return ""
    try:
        report = mapping(mapping(json.loads(state)).get("report_message"))
    except (ValueError, RecursionError):
        return ""
    content = _content(mapping(report.get("content")), tally)
    return replace_marks(content, mapping(report.get("metadata")), tally)


def _has_pictures(message: Mapping[str, Any], content: Mapping[str, Any]) -> bool:
    """Return whether a tool made pictures, which the reply shows."""
    is_tool = mapping(message.get("author")).get("role") == "tool"
    parts = map(mapping, items(content.get("parts")))
    return is_tool and any("image" in text(part.get("content_type")) for part in parts)


def _canvas(message: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """Return a document that the model created on the canvas; empty for any other message."""
    role = text(mapping(message.get("author")).get("role"))
    if role != "assistant" or message.get("recipient") != _CANVAS:
        return ""
    try:
        record = mapping(json.loads(_plain_text(content)))
    except (ValueError, RecursionError):
        return ""
    body, kind = text(record.get("content")), text(record.get("type"))
    language = kind.removeprefix("code/") if kind.startswith("code/") else None
    return embedded_document(text(record.get("name")), body, language) if body.strip() else ""


def _plain_text(content: Mapping[str, Any]) -> str:
    parts = items(content.get("parts"))
    return text(content.get("text")) or "".join(map(text, parts))


def _skip_files(
    content: Mapping[str, Any], about: Mapping[str, Any], tally: Tally, found: Container[str]
) -> None:
    """Count attached files; images among them are parts of the message and counted there."""
    uploads = map(mapping, items(about.get("attachments")))
    files = sum(1 for it in uploads if key(it.get("id")) not in found)
    others = (it for it in items(content.get("parts")) if not isinstance(it, str))
    parts = sum(1 for part in others if asset_id(part) not in found)
    tally.skip(Skipped.ATTACHMENT, max(0, files - parts))


def _has_text(content: Mapping[str, Any]) -> bool:
    parts = items(content.get("parts"))
    return any(text(part).strip() for part in (*parts, content.get("text")))


def _content(content: Mapping[str, Any], tally: Tally, found: Container[str] = frozenset()) -> str:
    """Return the text of a message, and count its other parts unless their files were found."""
    if content.get("content_type") == "code":
        language = text(content.get("language"))
        language = "" if language == "unknown" else language
        return f"```{language}\n{text(content.get('text'))}\n```" if _has_text(content) else ""
    listed = items(content.get("parts"))
    parts = [_part(part, tally) for part in listed if asset_id(part) not in found]
    parts.append(text(content.get("text")))
    return "\n\n".join(part for part in parts if part)


def _part(part: object, tally: Tally) -> str:
    if isinstance(part, str):
        return part
    record = mapping(part)
    kind = text(record.get("content_type"))
    if kind == "audio_transcription":
        return text(record.get("text"))
    if "image" in kind:
        tally.skip(Skipped.IMAGE)
    elif "audio" in kind or "video" in kind:
        tally.skip(Skipped.RECORDING)
    elif part is not None:
        tally.skip(Skipped.ATTACHMENT)
    return ""


def _thoughts(content: Mapping[str, Any]) -> str:
    parts = []
    for thought in map(mapping, items(content.get("thoughts"))):
        parts += [text(thought.get("summary")), text(thought.get("content"))]
    return "\n\n".join(part for part in parts if part)


def _set_outcome(node: Node, about: Mapping[str, Any]) -> None:
    kind = mapping(about.get("finish_details")).get("type")
    if kind == "interrupted":
        node.status = MessageStatus.CANCELLED
    elif isinstance(kind, str):
        node.finish_reason = _FINISH_REASONS.get(kind)
