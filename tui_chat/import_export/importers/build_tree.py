"""Builds a conversation tree from the messages of another program.

Skipped messages (tool calls, hidden ones) leave no gap: their children move up to their parent.
Every ID is derived from the source's own, so a message gets the same ID each time it is imported.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from tui_chat.core.conversation import (
    Conversation,
    Message,
    MessageStatus,
    Role,
    now,
    title_from,
)
from tui_chat.core.labels import _
from tui_chat.core.transcript import Transcript
from tui_chat.import_export.malformed import Malformed
from tui_chat.providers.stream.lone_closing_mark import split_lone_reasoning
from tui_chat.providers.stream.reasoning_marks import ReasoningSplitter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from tui_chat.core.attachments import Attachment

_MAX_TITLE: Final = 200
_LANGUAGE: Final = re.compile(r"[A-Za-z0-9+#._-]{1,30}")


@dataclass(slots=True)
class Node:
    """A message of the source."""

    key: str
    """Unique within its conversation."""
    parent: str | None
    """The key of the message before it; None or an unknown key for a root."""
    role: Role | None
    """None for a skipped message."""
    content: str = ""
    reasoning: str = ""
    """The reasoning of a skipped message is added to the reply that follows it."""
    created_at: datetime | None = None
    finished_at: datetime | None = None
    status: MessageStatus = MessageStatus.COMPLETE
    finish_reason: str | None = None
    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    attachments: list[Attachment] = field(default_factory=list)


@dataclass(slots=True)
class Origin:
    """The source of a conversation, and its fields there."""

    source: str
    """A short name of the program; part of all IDs."""
    key: str
    """Identifies the conversation in its source."""
    title: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    leaf: str | None = None
    """The key of the last message of the shown path; None for the newest message."""
    system_prompt: str | None = None
    fallback: datetime = field(default_factory=now)
    """The time of messages without one."""


ParsedConversation: TypeAlias = tuple[Origin, list[Node]]


@dataclass(slots=True)
class _Entry:
    """A kept message; consecutive replies are merged into the first of them."""

    node: Node
    parent: _Entry | None
    contents: list[str]
    reasonings: list[str]


def build_transcript(origin: Origin, nodes: Sequence[Node]) -> Transcript | None:
    """Build the conversation of some messages; return None if all of them are skipped.

    Raises:
        Malformed: The messages form a cycle, or two have the same key.
    """
    by_key: dict[str, _Entry | None] = {}
    entries: list[_Entry] = []
    pending: dict[str, list[str]] = {}
    for node in _parents_first(nodes):
        parent = by_key.get(node.parent) if node.parent is not None else None
        # The reasoning of skipped messages belongs to the first reply after them.
        reasonings = pending.pop(node.parent, []) if node.parent is not None else []
        if node.role is None:
            if node.reasoning:
                reasonings.append(node.reasoning)
            by_key[node.key] = parent
            pending[node.key] = reasonings
            continue
        if node.role is Role.ASSISTANT:
            _split_thoughts(node)
            if node.reasoning:
                reasonings = [*reasonings, node.reasoning]
        contents = [node.content] if node.content.strip() else []
        by_key[node.key] = entry = _Entry(node, parent, contents, reasonings)
        entries.append(entry)
    if not entries:
        return None
    merged = _merge_replies(entries)
    messages = _messages(origin, [entry for entry in entries if id(entry) not in merged])
    return _transcript(origin, messages, _leaf_id(origin, by_key, merged))


def embedded_document(name: str, content: str, language: str | None) -> str:
    """Return a document that belongs to a message (canvas, artifact, pasted file) as Markdown.

    Args:
        name: Its title or file name.
        content: Its text.
        language: Its programming language; empty for plain text; None for Markdown.
    """
    name = " ".join(name.split())[:_MAX_TITLE]
    if language is None:
        return f"**{name}**\n\n{content}" if name else content
    fence = "```"
    while fence in content:
        fence += "`"
    language = language if _LANGUAGE.fullmatch(language) else ""
    block = f"{fence}{language}\n{content}\n{fence}"
    return f"{name}:\n\n{block}" if name else block


def stable_id(*parts: str) -> str:
    """Return an ID that depends only on the parts."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _parents_first(nodes: Sequence[Node]) -> Iterator[Node]:
    keys = Counter(node.key for node in nodes)
    if len(keys) < len(nodes):
        raise Malformed(_("two messages have the same ID"))
    children: dict[str | None, list[Node]] = {}
    for node in nodes:
        parent = node.parent if node.parent in keys else None
        children.setdefault(parent, []).append(node)
    waiting = children.get(None, [])[::-1]
    found = 0
    while waiting:
        node = waiting.pop()
        found += 1
        yield node
        waiting += children.get(node.key, [])[::-1]
    if found < len(nodes):
        raise Malformed(_("the messages form a cycle"))


def _split_thoughts(node: Node) -> None:
    """Move reasoning at the beginning of a reply, which local models write as text, to its own."""
    splitter = ReasoningSplitter()
    thought, answer = splitter.feed(node.content)
    more, rest = splitter.finish()
    thought, answer = thought + more, answer + rest
    if not thought and not node.reasoning and node.role is Role.ASSISTANT:
        thought, answer = split_lone_reasoning(answer)
    if thought and answer.strip():
        node.content = answer
        node.reasoning = "\n\n".join(filter(None, (node.reasoning, thought.strip())))


def _merge_replies(entries: Sequence[_Entry]) -> Mapping[int, _Entry]:
    """Merge consecutive replies; return the target of each merged entry, by its `id()`.

    Consecutive replies are one reply with tool calls in between. If the second has versions, all
    of them stay separate.
    """
    children = Counter(id(entry.parent) for entry in entries if entry.parent is not None)
    merged: dict[int, _Entry] = {}
    for entry in entries:
        parent = entry.parent
        if parent is not None:
            entry.parent = parent = merged.get(id(parent), parent)
        if (
            parent is not None
            and entry.node.role is parent.node.role is Role.ASSISTANT
            and children[id(parent)] == 1
        ):
            parent.contents += entry.contents
            parent.reasonings += entry.reasonings
            parent.node.attachments += entry.node.attachments
            _copy_outcome(parent.node, entry.node)
            children[id(parent)] = children[id(entry)]
            merged[id(entry)] = parent
    return merged


def _copy_outcome(node: Node, last: Node) -> None:
    node.status, node.finish_reason = last.status, last.finish_reason
    node.finished_at = last.finished_at or last.created_at or node.finished_at
    node.model = last.model or node.model


def _messages(origin: Origin, entries: Sequence[_Entry]) -> list[Message]:
    conversation_id = stable_id(origin.source, origin.key)
    made: dict[int, Message] = {}
    for entry in entries:
        node = entry.node
        parent = made[id(entry.parent)] if entry.parent is not None else None
        earliest = parent.created_at if parent else origin.created_at or origin.fallback
        made[id(entry)] = Message(
            id=stable_id(origin.source, origin.key, node.key),
            conversation_id=conversation_id,
            parent_id=parent.id if parent else None,
            role=node.role or Role.USER,
            content="\n\n".join(entry.contents),
            reasoning="\n\n".join(entry.reasonings),
            created_at=node.created_at or earliest,
            finished_at=node.finished_at,
            status=node.status,
            finish_reason=node.finish_reason,
            model=node.model,
            input_tokens=node.input_tokens,
            output_tokens=node.output_tokens,
            attachments=tuple(node.attachments),
        )
    return list(made.values())


def _leaf_id(
    origin: Origin, by_key: Mapping[str, _Entry | None], merged: Mapping[int, _Entry]
) -> str | None:
    """Return the ID of the last message of the shown path, if the source names it."""
    entry = by_key.get(origin.leaf) if origin.leaf is not None else None
    if entry is None:
        return None
    entry = merged.get(id(entry), entry)
    return stable_id(origin.source, origin.key, entry.node.key)


def _transcript(origin: Origin, messages: list[Message], leaf_id: str | None) -> Transcript:
    times = [message.created_at for message in messages]
    title = " ".join(origin.title.split())[:_MAX_TITLE]
    questions = (message.content for message in messages if message.role is Role.USER)
    conversation = Conversation(
        id=messages[0].conversation_id,
        created_at=origin.created_at or min(times),
        updated_at=origin.updated_at or max(times),
        title=title or title_from(next(questions, "")) or _("Untitled"),
        system_prompt=origin.system_prompt,
        settings={"imported": {"from": origin.source, "id": origin.key}},
        leaf_id=leaf_id or _newest(messages),
    )
    return Transcript(conversation, messages)


def _newest(messages: Sequence[Message]) -> str:
    """Return the last message of the path that holds the newest one."""
    newest = max(reversed(messages), key=lambda message: message.created_at).id
    last_child = {message.parent_id: message.id for message in messages}
    while newest in last_child:
        newest = last_child[newest]
    return newest
