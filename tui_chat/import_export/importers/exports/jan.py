"""Imports Jan's threads: a folder per thread with `thread.json` and `messages.jsonl`.

The messages name their thread; its title and model come from `thread.json` if the archive has it.
"""

from __future__ import annotations

from datetime import UTC, datetime
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
    from collections.abc import Iterable, Iterator, Mapping, MutableMapping

    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.importers.skipped import Tally

NAME: Final = N_("Jan's threads")
SOURCE: Final = "jan"

_ROLES: Final = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM}


def is_message(value: object) -> bool:
    """Return whether a value is a message of a thread."""
    return mapping(value).get("object") == "thread.message" and "thread_id" in mapping(value)


def is_thread(value: object) -> bool:
    """Return whether a value describes a thread."""
    return mapping(value).get("object") == "thread" and "assistants" in mapping(value)


def add_thread(value: object, notes: MutableMapping[str, Any]) -> None:
    """Remember the description of a thread for its messages."""
    notes[key(mapping(value).get("id"))] = value


def transcripts(values: Iterable[object], tally: Tally) -> Iterator[Transcript | None]:
    """Yield the conversations of a list of messages, in the order of their first messages."""
    by_thread: dict[str, list[Mapping[str, Any]]] = {}
    for message in map(mapping, values):
        if not is_message(message):
            tally.skip(Skipped.UNKNOWN_BLOCK)
            continue
        by_thread.setdefault(key(message.get("thread_id")), []).append(message)
    for name, messages in by_thread.items():
        thread = mapping(tally.notes.get(name))
        try:
            yield _transcript(name, thread, messages, tally)
        except Malformed as error:
            tally.reject(text(thread.get("title")) or name, str(error))


def _transcript(
    name: str, thread: Mapping[str, Any], messages: list[Mapping[str, Any]], tally: Tally
) -> Transcript | None:
    if not name:
        raise Malformed(_("`{name}` is missing").format(name="thread_id"))
    assistant = mapping(next(iter(items(thread.get("assistants"))), None))
    model = text(mapping(assistant.get("model")).get("id")) or None
    first = datetime.fromtimestamp(0, UTC)
    messages = sorted(messages, key=lambda message: moment(message.get("created_at")) or first)
    nodes: list[Node] = []
    for number, message in enumerate(messages, start=1):
        node = _node(message, number, tally)
        node.parent = nodes[-1].key if nodes else None
        if node.role is Role.ASSISTANT:
            node.model = node.model or model
        nodes.append(node)
    origin = Origin(
        source=SOURCE,
        key=name,
        title=text(thread.get("title")),
        created_at=moment(thread.get("created")),
        updated_at=moment(thread.get("updated")),
        system_prompt=text(assistant.get("instructions")) or None,
    )
    return build_transcript(origin, nodes)


def _node(message: Mapping[str, Any], number: int, tally: Tally) -> Node:
    node = Node(
        key=key(message.get("id")) or f"number {number}",
        parent=None,
        role=None,
        created_at=moment(message.get("created_at")),
        finished_at=moment(message.get("completed_at")),
    )
    before = tally.skipped.copy()
    tally.skip(Skipped.ATTACHMENT, len(items(message.get("attachments"))))
    contents: list[str] = []
    thoughts: list[str] = []
    for part in map(mapping, items(message.get("content"))):
        kind = text(part.get("type"))
        value = text(part.get("text")) or text(mapping(part.get("text")).get("value"))
        if kind == "reasoning":
            thoughts.append(value)
        elif kind == "text":
            contents.append(value)
        elif "image" in kind:
            tally.skip(Skipped.IMAGE)
        elif "tool" in kind:
            tally.skip(Skipped.TOOL_CALL)
        else:
            tally.skip(Skipped.UNKNOWN_BLOCK)
    node.content = "\n\n".join(filter(str.strip, contents))
    node.reasoning = "\n\n".join(filter(str.strip, thoughts))
    role = _ROLES.get(text(message.get("role")))
    if role is None:
        is_tool = message.get("role") == "tool"
        tally.skip(Skipped.TOOL_RESULT if is_tool else Skipped.UNKNOWN_AUTHOR)
        return node
    if not node.content.strip():
        node.content = tally.placeholders_since(before)
    if node.content.strip():
        node.role = role
        _read_outcome(message, node)
    return node


def _read_outcome(message: Mapping[str, Any], node: Node) -> None:
    about = mapping(message.get("metadata"))
    usage = mapping(about.get("usage"))
    if node.role is Role.ASSISTANT:
        node.model = text(about.get("modelId")) or text(about.get("model")) or None
        node.input_tokens = count(usage.get("prompt_tokens")) or count(usage.get("inputTokens"))
        node.output_tokens = count(usage.get("completion_tokens")) or count(
            usage.get("outputTokens")
        )
    if message.get("status") == "stopped":
        node.status = MessageStatus.CANCELLED
