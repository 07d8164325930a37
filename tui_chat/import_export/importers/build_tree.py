"""Grows a conversation from the messages of another program.

Messages that are not taken (calls of tools, hidden ones) leave no gap: what followed them follows
what was before them. Every id is made from the source's own, so the same message gets the same id
each time it is brought in.
"""

from __future__ import annotations

import hashlib
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
from tui_chat.core.transcript import Transcript
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

_LONGEST_TITLE: Final = 200


@dataclass(slots=True)
class Node:
    """A message as its source has it."""

    key: str
    """Names it within its conversation."""
    parent: str | None
    """The key of the message before it; None, or one that is not there, for a first one."""
    role: Role | None
    """None: it is not taken."""
    content: str = ""
    reasoning: str = ""
    """Of a message that is not taken it goes to the answer that follows."""
    created_at: datetime | None = None
    finished_at: datetime | None = None
    status: MessageStatus = MessageStatus.COMPLETE
    finish_reason: str | None = None
    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(slots=True)
class Origin:
    """Where a conversation comes from, and what is known of it beside its messages."""

    source: str
    """One word for the program; part of all ids."""
    key: str
    """Names the conversation there."""
    title: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    shown: str | None = None
    """The key of the last message of the path that is shown; None for the newest message."""
    system_prompt: str | None = None
    fallback: datetime = field(default_factory=now)
    """The time of what has none."""


Seed: TypeAlias = tuple[Origin, list[Node]]
"""A conversation that is not grown yet."""


@dataclass(slots=True)
class _Kept:
    node: Node
    parent: _Kept | None
    contents: list[str]
    reasonings: list[str]


def grown(origin: Origin, nodes: Sequence[Node]) -> Transcript | None:
    """Return the conversation of some messages; None when none of them is taken.

    Raises:
        Malformed: The messages form a ring, or two have one key.
    """
    places: dict[str, _Kept | None] = {}
    kept: list[_Kept] = []
    pending: dict[str, list[str]] = {}
    for node in _parents_first(nodes):
        before = places.get(node.parent) if node.parent is not None else None
        # What was thought goes to the first answer behind it.
        thoughts = pending.pop(node.parent, []) if node.parent is not None else []
        if node.reasoning:
            thoughts.append(node.reasoning)
        if node.role is None:
            places[node.key] = before
            pending[node.key] = thoughts
            continue
        contents = [node.content] if node.content.strip() else []
        places[node.key] = found = _Kept(node, before, contents, thoughts)
        kept.append(found)
    if not kept:
        return None
    joined = _joined(kept)
    messages = _messages(origin, [entry for entry in kept if id(entry) not in joined])
    return _transcript(origin, messages, _leaf(origin, places, joined))


def stable_id(*parts: str) -> str:
    """Return an id that is always the same for the same parts."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _parents_first(nodes: Sequence[Node]) -> Iterator[Node]:
    keys = Counter(node.key for node in nodes)
    if len(keys) < len(nodes):
        raise Malformed("two messages have one id")
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
        raise Malformed("its messages form a ring")


def _joined(kept: Sequence[_Kept]) -> Mapping[int, _Kept]:
    """Join answers that follow each other, by what each of them became a part of.

    Between the two a tool was called: for the reader, and for a model that goes on with it, it is
    one answer. Where there are versions of the second, they stay apart.
    """
    followers = Counter(id(entry.parent) for entry in kept if entry.parent is not None)
    joined: dict[int, _Kept] = {}
    for entry in kept:
        before = entry.parent
        if before is not None:
            entry.parent = before = joined.get(id(before), before)
        if (
            before is not None
            and entry.node.role is before.node.role is Role.ASSISTANT
            and followers[id(before)] == 1
        ):
            before.contents += entry.contents
            before.reasonings += entry.reasonings
            _take_ending(before.node, entry.node)
            followers[id(before)] = followers[id(entry)]
            joined[id(entry)] = before
    return joined


def _take_ending(node: Node, last: Node) -> None:
    node.status, node.finish_reason = last.status, last.finish_reason
    node.finished_at = last.finished_at or last.created_at or node.finished_at
    node.model = last.model or node.model


def _messages(origin: Origin, kept: Sequence[_Kept]) -> list[Message]:
    conversation_id = stable_id(origin.source, origin.key)
    made: dict[int, Message] = {}
    for entry in kept:
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
        )
    return list(made.values())


def _leaf(
    origin: Origin, places: Mapping[str, _Kept | None], joined: Mapping[int, _Kept]
) -> str | None:
    """Return the id of the last message of the shown path, if the source names it."""
    entry = places.get(origin.shown) if origin.shown is not None else None
    if entry is None:
        return None
    entry = joined.get(id(entry), entry)
    return stable_id(origin.source, origin.key, entry.node.key)


def _transcript(origin: Origin, messages: list[Message], leaf_id: str | None) -> Transcript:
    times = [message.created_at for message in messages]
    title = " ".join(origin.title.split())[:_LONGEST_TITLE]
    asked = (message.content for message in messages if message.role is Role.USER)
    conversation = Conversation(
        id=messages[0].conversation_id,
        created_at=origin.created_at or min(times),
        updated_at=origin.updated_at or max(times),
        title=title or title_from(next(asked, "")) or "Untitled",
        system_prompt=origin.system_prompt,
        settings={"imported": {"from": origin.source, "id": origin.key}},
        leaf_id=leaf_id or _newest(messages),
    )
    return Transcript(conversation, messages)


def _newest(messages: Sequence[Message]) -> str:
    """Return the last message of the path on which the newest one is."""
    newest = max(reversed(messages), key=lambda message: message.created_at).id
    last_child = {message.parent_id: message.id for message in messages}
    while newest in last_child:
        newest = last_child[newest]
    return newest
