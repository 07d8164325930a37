"""ChatGPT's data export: a tree of messages for each conversation, in `mapping`.

A node has a message or none, and the id of its parent; `current_node` is the last one of the path
that is shown. Contents are of many types; what is not text of the person or of the model (pictures,
calls of tools and what they gave, custom instructions, hidden messages) is counted and left out.
A question that is nothing but a picture leaves a mark; a document on the canvas is a part of the
answer.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import MessageStatus, Role
from tui_chat.import_export.importers.build_tree import Node, Origin, grown
from tui_chat.import_export.importers.embedded_documents import document
from tui_chat.import_export.importers.untrusted_values import items, key, mapping, moment, text
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.importers.skipped import Tally

NAME: Final = "ChatGPT's export"
SOURCE: Final = "chatgpt"

_INSTRUCTIONS: Final = frozenset({"user_editable_context", "model_editable_context"})
_SILENT: Final = frozenset({"reasoning_recap"})
_MARK_BEGINS: Final = "\ue200"
_MARK: Final = re.compile("\ue200[^\ue200\ue201]{0,2000}\ue201")
_CANVAS: Final = "canmore.create_textdoc"
_FINISH_REASONS: Final = {"stop": "stop", "max_tokens": "length", "length": "length"}


def is_conversation(value: object) -> bool:
    """Say whether a value is a conversation of this kind."""
    return isinstance(value, dict) and isinstance(value.get("mapping"), dict)


def transcript_from(value: object, tally: Tally) -> Transcript | None:
    """Return a conversation; None when there is nothing of it to take.

    Raises:
        Malformed: It is not what it should be.
    """
    record = mapping(value)
    if not is_conversation(value):
        raise Malformed("has no `mapping`")
    nodes = [_node(name, node, tally) for name, node in record["mapping"].items()]
    name = key(record.get("conversation_id")) or key(record.get("id"))
    if not name and nodes:
        # The first exports gave conversations no id.
        first = next((node.key for node in nodes if node.role is Role.USER), nodes[0].key)
        name = f"{record.get('create_time')} {first}"[:200]
    if not name:
        raise Malformed("has no id")
    origin = Origin(
        source=SOURCE,
        key=name,
        title=text(record.get("title")),
        created_at=moment(record.get("create_time")),
        updated_at=moment(record.get("update_time")),
        shown=key(record.get("current_node")) or None,
    )
    return grown(origin, nodes)


def _node(name: str, value: object, tally: Tally) -> Node:
    node = Node(key=name, parent=key(mapping(value).get("parent")) or None, role=None)
    message = mapping(mapping(value).get("message"))
    if not message:
        return node
    content, about = mapping(message.get("content")), mapping(message.get("metadata"))
    node.created_at = moment(message.get("create_time"))
    node.model = text(about.get("model_slug")) or None
    canvas = _canvas(message, content)
    kind = None if canvas else _left_out(message, content, about)
    if kind is not None:
        tally.skip(kind) if kind else None
        return node
    if content.get("content_type") == "thoughts":
        node.reasoning = _thoughts(content)
        return node
    before = tally.skipped.copy()
    node.content = canvas or _with_links(_content(content, tally), about)
    _skip_files(content, about, tally)
    if not node.content.strip() and message["author"]["role"] == "user":
        node.content = tally.marks_since(before)
    if node.content.strip():
        node.role = Role(message["author"]["role"])
        _read_ending(node, about)
    return node


def _left_out(
    message: Mapping[str, Any], content: Mapping[str, Any], about: Mapping[str, Any]
) -> str | None:
    """Return what a message is that is not taken, empty for one that says nothing; else None."""
    role = text(mapping(message.get("author")).get("role"))
    kind = text(content.get("content_type"))
    if kind in _INSTRUCTIONS or about.get("is_user_system_message"):
        return "custom instruction"
    if kind in _SILENT:
        return ""
    if role == "tool":
        return "result of a tool"
    if role == "system":
        return "system message" if _has_text(content) else ""
    if role not in ("user", "assistant"):
        return "message of an unknown author"
    if about.get("is_visually_hidden_from_conversation"):
        return "hidden message" if _has_text(content) else ""
    if role == "assistant" and text(message.get("recipient")) not in ("", "all"):
        return "call of a tool"
    return None


def _with_links(content: str, about: Mapping[str, Any]) -> str:
    """Return a text with links in place of marks that only ChatGPT's own pages can resolve."""
    if _MARK_BEGINS not in content:
        return content
    for reference in map(mapping, items(about.get("content_references"))):
        mark, link = text(reference.get("matched_text")), text(reference.get("alt"))
        if mark.startswith(_MARK_BEGINS):
            content = content.replace(mark, link)
    return _MARK.sub("", content)


def _canvas(message: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """Return a document that the model began on the canvas; empty for anything else."""
    role = text(mapping(message.get("author")).get("role"))
    if role != "assistant" or message.get("recipient") != _CANVAS:
        return ""
    try:
        record = mapping(json.loads(_plain_text(content)))
    except (ValueError, RecursionError):
        return ""
    written, kind = text(record.get("content")), text(record.get("type"))
    language = kind.removeprefix("code/") if kind.startswith("code/") else None
    return document(text(record.get("name")), written, language) if written.strip() else ""


def _plain_text(content: Mapping[str, Any]) -> str:
    parts = items(content.get("parts"))
    return text(content.get("text")) or "".join(map(text, parts))


def _skip_files(content: Mapping[str, Any], about: Mapping[str, Any], tally: Tally) -> None:
    """Count the files that were sent along; pictures among them are parts of the message too."""
    files = len(items(about.get("attachments")))
    shown = sum(1 for part in items(content.get("parts")) if not isinstance(part, str))
    tally.skip("attachment", max(0, files - shown))


def _has_text(content: Mapping[str, Any]) -> bool:
    parts = items(content.get("parts"))
    return any(text(part).strip() for part in (*parts, content.get("text")))


def _content(content: Mapping[str, Any], tally: Tally) -> str:
    if content.get("content_type") == "code":
        language = text(content.get("language"))
        language = "" if language == "unknown" else language
        return f"```{language}\n{text(content.get('text'))}\n```" if _has_text(content) else ""
    parts = [_part(part, tally) for part in items(content.get("parts"))]
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
        tally.skip("image")
    elif "audio" in kind or "video" in kind:
        tally.skip("recording")
    elif part is not None:
        tally.skip("attachment")
    return ""


def _thoughts(content: Mapping[str, Any]) -> str:
    parts = []
    for thought in map(mapping, items(content.get("thoughts"))):
        parts += [text(thought.get("summary")), text(thought.get("content"))]
    return "\n\n".join(part for part in parts if part)


def _read_ending(node: Node, about: Mapping[str, Any]) -> None:
    kind = mapping(about.get("finish_details")).get("type")
    if kind == "interrupted":
        node.status = MessageStatus.CANCELLED
    elif isinstance(kind, str):
        node.finish_reason = _FINISH_REASONS.get(kind)
