"""Imports LibreChat's JSON export of a conversation.

`messages` is a list whose entries name their parent; a recursive export nests them in
`messagesTree`. Content is a text, or a list of parts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import MessageStatus, Role
from tui_chat.core.labels import N_, _
from tui_chat.import_export.importers.build_tree import Node, Origin, build_transcript
from tui_chat.import_export.importers.skipped import Skipped
from tui_chat.import_export.importers.untrusted_values import (
    count,
    items,
    key,
    mapping,
    moment,
    text,
)
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.importers.skipped import Tally

NAME: Final = N_("LibreChat's export")
SOURCE: Final = "librechat"

_THINKING: Final = re.compile(r"\A\s*:::thinking\s*\n(.*?)\n\s*:::[ \t]*\n?", re.DOTALL)


def is_conversation(value: object) -> bool:
    """Return whether a value is a conversation of this format."""
    record = mapping(value)
    has_messages = isinstance(record.get("messages") or record.get("messagesTree"), list)
    return has_messages and "conversationId" in record


def transcript_from(value: object, tally: Tally) -> Transcript | None:
    """Parse a conversation; return None if it has no messages to import.

    Raises:
        Malformed: The value does not follow the format.
    """
    record = mapping(value)
    if not is_conversation(value):
        raise Malformed(_("`{name}` must be a list").format(name="messages"))
    name = key(record.get("conversationId"))
    if not name:
        raise Malformed(_("`{name}` is missing").format(name="conversationId"))
    options = mapping(record.get("options"))
    messages = list(_messages(record))
    nodes = [_node(message, number, tally) for number, message in enumerate(messages, start=1)]
    origin = Origin(
        source=SOURCE,
        key=name,
        title=text(record.get("title")),
        created_at=moment(record.get("createdAt")),
        system_prompt=text(options.get("promptPrefix")) or text(options.get("system")) or None,
    )
    return build_transcript(origin, nodes)


def _messages(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    waiting = [*items(record.get("messages")), *items(record.get("messagesTree"))][::-1]
    while waiting:
        message = mapping(waiting.pop())
        yield message
        waiting += items(message.get("children"))[::-1]


def _node(message: Mapping[str, Any], number: int, tally: Tally) -> Node:
    node = Node(
        key=key(message.get("messageId")) or f"number {number}",
        parent=key(message.get("parentMessageId")) or None,
        role=None,
        created_at=moment(message.get("createdAt")),
    )
    before = tally.skipped.copy()
    tally.skip(Skipped.ATTACHMENT, len(items(message.get("files"))))
    tally.skip(Skipped.ATTACHMENT, len(items(message.get("attachments"))))
    if message.get("error") is True:
        tally.skip(Skipped.FAILED_REPLY)
        return node
    _read_content(message, node, tally)
    role = Role.USER if message.get("isCreatedByUser") is True else Role.ASSISTANT
    if role is Role.USER and not node.content.strip():
        node.content = tally.placeholders_since(before)
    if not node.content.strip():
        return node
    node.role = role
    if role is Role.ASSISTANT:
        node.model = text(message.get("model")) or text(message.get("sender")) or None
        node.output_tokens = count(message.get("tokenCount"))
        node.finish_reason = text(message.get("finish_reason")) or None
        if message.get("unfinished") is True:
            node.status = MessageStatus.CANCELLED
    return node


def _read_content(message: Mapping[str, Any], node: Node, tally: Tally) -> None:
    contents: list[str] = []
    thoughts: list[str] = []
    for part in map(mapping, items(message.get("content"))):
        kind = text(part.get("type"))
        if kind == "text":
            contents.append(_value(part.get("text")))
        elif kind == "think":
            thoughts.append(_value(part.get("think")))
        elif kind == "tool_call":
            tally.skip(Skipped.TOOL_CALL)
        elif "image" in kind:
            tally.skip(Skipped.IMAGE)
        elif kind == "error":
            tally.skip(Skipped.FAILED_REPLY)
        elif kind:
            tally.skip(Skipped.UNKNOWN_BLOCK)
    content = "\n\n".join(filter(str.strip, contents)) or text(message.get("text"))
    if found := _THINKING.match(content):
        thoughts.append(found[1])
        content = content[found.end() :].lstrip("\n")
    node.content, node.reasoning = content, "\n\n".join(filter(str.strip, thoughts))


def _value(value: object) -> str:
    return text(value) or text(mapping(value).get("value"))
