"""Imports a conversation of LM Studio, a file `….conversation.json` in its folder `conversations`.

A message has versions, of which one is selected; a reply is a list of steps. There are no IDs: the
time of creation and the first question identify the conversation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import MessageStatus, Role
from tui_chat.core.labels import N_, _
from tui_chat.import_export.importers.build_tree import (
    Node,
    Origin,
    build_transcript,
    stable_id,
)
from tui_chat.import_export.importers.skipped import Skipped
from tui_chat.import_export.importers.untrusted_values import (
    count,
    items,
    mapping,
    moment,
    text,
)
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.importers.skipped import Tally

NAME: Final = N_("LM Studio's conversation")
SOURCE: Final = "lm-studio"

_ROLES: Final = {"user": Role.USER, "assistant": Role.ASSISTANT}
_PARTS: Final = {
    "file": Skipped.ATTACHMENT,
    "image": Skipped.IMAGE,
    "toolCallRequest": Skipped.TOOL_CALL,
    "toolCallResult": Skipped.TOOL_RESULT,
}
_FINISH_REASONS: Final = {
    "eosFound": "stop",
    "stopStringFound": "stop",
    "maxPredictedTokensReached": "length",
    "contextLengthReached": "length",
    "toolCalls": "tool_calls",
}
_SYSTEM_PROMPT: Final = "llm.prediction.systemPrompt"


def is_conversation(value: object) -> bool:
    """Return whether a value is a conversation of this format."""
    messages = items(mapping(value).get("messages"))
    return any(isinstance(mapping(message).get("versions"), list) for message in messages)


def transcript_from(value: object, tally: Tally) -> Transcript | None:
    """Parse a conversation; return None if it has no messages to import.

    Raises:
        Malformed: The value does not follow the format.
    """
    record = mapping(value)
    if not is_conversation(value):
        raise Malformed(_("`{name}` is missing").format(name="versions"))
    nodes: list[Node] = []
    parent: str | None = None
    for number, message in enumerate(map(mapping, record["messages"]), start=1):
        versions = [
            _node(mapping(version), f"{number}.{position}", parent, tally)
            for position, version in enumerate(items(message.get("versions")))
        ]
        nodes += versions
        selected = message.get("currentlySelected")
        if versions:
            is_index = isinstance(selected, int) and 0 <= selected < len(versions)
            parent = versions[int(selected or 0) if is_index else -1].key
    first = next((node.content for node in nodes if node.role is Role.USER), "")
    created = moment(record.get("createdAt"))
    origin = Origin(
        source=SOURCE,
        key=f"{created.isoformat() if created else ''} {stable_id(first)[:8]}".strip(),
        title=text(record.get("name")),
        created_at=created,
        updated_at=moment(record.get("assistantLastMessagedAt"))
        or moment(record.get("userLastMessagedAt")),
        leaf=parent,
        system_prompt=_system_prompt(record),
    )
    if created is not None:
        origin.fallback = created
    return build_transcript(origin, nodes)


def _system_prompt(record: Mapping[str, Any]) -> str | None:
    fields = items(mapping(record.get("perChatPredictionConfig")).get("fields"))
    for field in map(mapping, fields):
        if field.get("key") == _SYSTEM_PROMPT and text(field.get("value")).strip():
            return text(field["value"])
    return text(record.get("systemPrompt")) or None


def _node(version: Mapping[str, Any], name: str, parent: str | None, tally: Tally) -> Node:
    node = Node(key=name, parent=parent, role=None)
    role = _ROLES.get(text(version.get("role")))
    if role is None:
        system = version.get("role") == "system"
        tally.skip(Skipped.SYSTEM_MESSAGE if system else Skipped.UNKNOWN_AUTHOR)
        return node
    before = tally.skipped.copy()
    contents = [_content(version.get("content"), tally)]
    thoughts: list[str] = []
    for step in map(mapping, items(version.get("steps"))):
        if step.get("type") != "contentBlock":
            continue
        is_thought = mapping(step.get("style")).get("type") == "thinking"
        (thoughts if is_thought else contents).append(_content(step.get("content"), tally))
        _read_outcome(mapping(step.get("genInfo")), node)
    node.content = "\n\n".join(filter(str.strip, contents))
    node.reasoning = "\n\n".join(filter(str.strip, thoughts))
    if not node.content.strip():
        node.content = tally.placeholders_since(before)
    if node.content.strip():
        node.role = role
        if role is Role.ASSISTANT:
            sender = text(mapping(version.get("senderInfo")).get("senderName"))
            node.model = node.model or sender or None
    return node


def _content(content: object, tally: Tally) -> str:
    if isinstance(content, str):
        return content
    texts: list[str] = []
    for part in map(mapping, items(content)):
        kind = text(part.get("type"))
        if kind == "text":
            texts.append(text(part.get("text")))
        elif kind:
            tally.skip(_PARTS.get(kind, Skipped.UNKNOWN_BLOCK))
    return "".join(texts)


def _read_outcome(generated: Mapping[str, Any], node: Node) -> None:
    stats = mapping(generated.get("stats"))
    reason = text(stats.get("stopReason"))
    node.model = text(generated.get("identifier")) or node.model
    node.input_tokens = count(stats.get("promptTokensCount")) or node.input_tokens
    node.output_tokens = count(stats.get("predictedTokensCount")) or node.output_tokens
    node.finish_reason = _FINISH_REASONS.get(reason) or node.finish_reason
    if reason == "userStopped":
        node.status = MessageStatus.CANCELLED
