"""Imports the threads of `llm` from version 0.32 on.

A message has a hash and that of its parent, so threads share their beginnings; `turns` say which
model wrote a reply. The parts of a message hold its text, or refer to fragments.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Role
from tui_chat.import_export.importers.build_tree import Node, Origin, ParsedConversation
from tui_chat.import_export.importers.skipped import Skipped
from tui_chat.import_export.importers.untrusted_values import (
    count,
    items,
    key,
    mapping,
    moment,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tui_chat.import_export.importers.databases.foreign_database import Row, Tables
    from tui_chat.import_export.importers.skipped import Tally

_ROLES: Final = {"user": Role.USER, "assistant": Role.ASSISTANT}
_TURN: Final = (
    "id thread_id parent_message_hash tip_message_hash model resolved_model input_tokens"
    " output_tokens duration_ms datetime_utc"
)
_PARTS: Final = {
    "tool_call": Skipped.TOOL_CALL,
    "tool_result": Skipped.TOOL_RESULT,
    "attachment": Skipped.ATTACHMENT,
}


@dataclass(slots=True)
class _Message:
    parent: str
    role: str
    texts: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def has_threads(tables: Tables) -> bool:
    """Return whether a database has the tables of threads."""
    return tables.has("threads", "id", "tip_message_hash") and tables.has(
        "messages", "hash", "parent_hash", "role"
    )


def conversations(tables: Tables, source: str, tally: Tally) -> Iterator[ParsedConversation]:
    """Yield the conversations.

    Args:
        tables: The database.
        source: The short name of the program in all IDs.
        tally: Counts what is left out.
    """
    messages = _messages(tables)
    turns: dict[str, list[Row]] = defaultdict(list)
    for row in tables.rows("turns", _TURN, "datetime_utc id"):
        turns[key(row["thread_id"])].append(row)
    for row in tables.rows("threads", "id name tip_message_hash datetime_utc", "datetime_utc id"):
        thread = turns.pop(key(row["id"]), [])
        origin, nodes = _conversation(row, thread, messages, tally)
        origin.source = source
        yield origin, nodes
    for rows in turns.values():
        tally.skip(Skipped.ORPHAN, len(rows))


def _conversation(
    row: Row, turns: list[Row], messages: Mapping[str, _Message], tally: Tally
) -> ParsedConversation:
    leaf = key(row["tip_message_hash"])
    origin = Origin(
        source="", key=key(row["id"]), title=text(row["name"]), leaf=leaf or None,
        updated_at=moment(row["datetime_utc"]),
    )  # fmt: skip
    nodes: dict[str, Node] = {}
    for turn in turns:
        _add_path(key(turn["tip_message_hash"]), origin, nodes, messages, tally)
        _read_turn(turn, nodes)
    _add_path(leaf, origin, nodes, messages, tally)
    return origin, list(nodes.values())


def _add_path(
    tip: str,
    origin: Origin,
    nodes: dict[str, Node],
    messages: Mapping[str, _Message],
    tally: Tally,
) -> None:
    """Add the messages from the beginning to one of them, except those already added."""
    path: list[str] = []
    seen: set[str] = set()
    while tip in messages and tip not in nodes and tip not in seen:
        seen.add(tip)
        path.append(tip)
        tip = messages[tip].parent
    for name in reversed(path):
        message = messages[name]
        if message.role == "system" and message.parent not in messages:
            origin.system_prompt = "\n\n".join(message.texts) or None
        nodes[name] = _node(name, message, tally)


def _node(name: str, message: _Message, tally: Tally) -> Node:
    role = _ROLES.get(message.role)
    node = Node(key=name, parent=message.parent or None, role=None)
    before = tally.skipped.copy()
    for kind in message.skipped:
        tally.skip(kind)
    if role is None:
        if message.role not in ("system", "tool"):
            tally.skip(Skipped.UNKNOWN_AUTHOR)
        return node
    node.content = "\n\n".join(filter(str.strip, message.texts))
    node.reasoning = "\n\n".join(filter(str.strip, message.thoughts))
    if role is Role.USER and not node.content.strip():
        node.content = tally.placeholders_since(before)
    if node.content.strip():
        node.role = role
    return node


def _read_turn(turn: Row, nodes: Mapping[str, Node]) -> None:
    """Copy what a turn says about its question and its reply."""
    asked_at = moment(turn["datetime_utc"])
    question, reply = (
        nodes.get(key(turn["parent_message_hash"])),
        nodes.get(key(turn["tip_message_hash"])),
    )
    if question is not None:
        question.created_at = question.created_at or asked_at
    if reply is None:
        return
    reply.created_at = asked_at
    reply.model = text(turn["resolved_model"]) or text(turn["model"]) or None
    reply.input_tokens = count(turn["input_tokens"])
    reply.output_tokens = count(turn["output_tokens"])
    duration = count(turn["duration_ms"])
    if asked_at is not None and duration is not None and duration < 10**9:
        reply.finished_at = asked_at + timedelta(milliseconds=duration)


def _messages(tables: Tables) -> Mapping[str, _Message]:
    fragments = {
        key(row["id"]): text(row["content"]) for row in tables.rows("fragments", "id content", "id")
    }
    messages = {
        key(row["hash"]): _Message(key(row["parent_hash"]), text(row["role"]))
        for row in tables.rows("messages", "hash parent_hash role", "")
    }
    columns = "id message_hash position type text payload"
    for row in tables.rows("parts", columns, "message_hash position id"):
        message = messages.get(key(row["message_hash"]))
        if message is None:
            continue
        kind = text(row["type"])
        if kind == "text":
            message.texts.append(text(row["text"]) or _resolved(row["payload"], fragments))
        elif kind in ("reasoning", "thinking"):
            message.thoughts.append(text(row["text"]) or _resolved(row["payload"], fragments))
        else:
            message.skipped.append(_PARTS.get(kind, Skipped.UNKNOWN_BLOCK))
    return messages


def _resolved(payload: object, fragments: Mapping[str, str]) -> str:
    """Return a text that consists of fragments and literal pieces."""
    try:
        parsed: Mapping[str, Any] = mapping(json.loads(text(payload) or "{}"))
    except (ValueError, RecursionError):
        return ""
    pieces = (
        text(piece.get("literal")) or fragments.get(key(piece.get("fragment")), "")
        for piece in map(mapping, items(parsed.get("text_ref")))
    )
    return "".join(pieces)
