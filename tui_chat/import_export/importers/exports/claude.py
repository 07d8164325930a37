"""Imports Claude's data export: conversations with a list of messages in `chat_messages`.

Newer exports name each message's parent (`parent_message_uuid`), so edits and retries are versions;
in older ones every message follows the one before it in the list. The instructions of a project
become the system prompt of its conversations; its documents and Claude's memories are counted.
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
from tui_chat.import_export.importers.exports.claude_artifacts import Artifacts, split_tags
from tui_chat.import_export.importers.skipped import Skipped
from tui_chat.import_export.importers.untrusted_values import items, key, mapping, moment, text
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

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
_MOST_FILES: Final = 100
"""Files of one message."""
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
    artifacts: dict[str, Artifacts] = {}
    for number, message in enumerate(map(mapping, record["chat_messages"]), start=1):
        before = nodes[-1].key if nodes else None
        # The parent of the first message is a placeholder UUID.
        parent = key(message.get(_PARENT)) if _PARENT in message else before
        documents = artifacts[parent].branch() if parent in artifacts else Artifacts()
        nodes.append(_node(message, number, parent, documents, tally))
        artifacts[nodes[-1].key] = documents
    origin = Origin(
        source=SOURCE,
        key=name,
        title=text(record.get("name")),
        created_at=moment(record.get("created_at")),
        updated_at=moment(record.get("updated_at")),
        leaf=key(record.get("current_leaf_message_uuid")) or None,
        system_prompt=_instructions(record, tally),
    )
    return build_transcript(origin, nodes)


def is_other_file(value: object) -> bool:
    """Return whether a value is an entry of another file of the archive than conversations."""
    record = mapping(value)
    return "conversations_memory" in record or ("prompt_template" in record and "docs" in record)


def add_other(value: object, notes: MutableMapping[str, Any], tally: Tally) -> None:
    """Take over the instructions of a project; count projects, their documents, and memories.

    Args:
        value: An entry of projects.json or memories.json.
        notes: Receives the instructions of projects by the ID of the project.
        tally: Counts what is left out.
    """
    record = mapping(value)
    if "conversations_memory" in record:
        memories = [record["conversations_memory"], *mapping(record.get("project_memories"))]
        tally.skip(Skipped.MEMORY, sum(1 for memory in memories if memory))
        return
    tally.skip(Skipped.PROJECT_DOCUMENT, len(items(record.get("docs"))))
    instructions = text(record.get("prompt_template"))
    tally.skip(Skipped.PROJECT)
    if instructions.strip():
        notes[key(record.get("uuid"))] = instructions


def _instructions(record: Mapping[str, Any], tally: Tally) -> str | None:
    project = mapping(record.get("project"))
    name = key(record.get("project_uuid")) or key(project.get("uuid"))
    return text(project.get("prompt_template")) or text(tally.notes.get(name)) or None


def _node(
    message: Mapping[str, Any],
    number: int,
    parent: str | None,
    documents: Artifacts,
    tally: Tally,
) -> Node:
    node = Node(key=key(message.get("uuid")) or f"number {number}", parent=parent, role=None)
    node.created_at = moment(message.get("created_at"))
    skipped = tally.skipped.copy()
    contents, thoughts = _blocks(items(message.get("content")), documents, tally)
    if not any(map(str.strip, contents)):
        shown, more = split_tags(text(message.get("text")))
        contents, thoughts = [shown], thoughts + more
    contents += _attachments(message, node, tally)
    node.content = "\n\n".join(part for part in contents if part)
    node.reasoning = "\n\n".join(part for part in thoughts if part)
    role = _ROLES.get(text(message.get("sender")))
    if role is None:
        tally.skip(Skipped.UNKNOWN_AUTHOR)
        return node
    if not node.content.strip() and not node.attachments:
        # Without it, the question before would follow another question.
        node.content = tally.placeholders_since(skipped)
    if node.content.strip() or node.attachments:
        node.role = role
        node.finish_reason = _finish_reason(message)
    return node


def _blocks(blocks: object, documents: Artifacts, tally: Tally) -> tuple[list[str], list[str]]:
    contents: list[str] = []
    thoughts: list[str] = []
    positions: dict[str, int] = {}
    for block in map(mapping, items(blocks)):
        kind = text(block.get("type"))
        if kind in ("text", "voice_note"):
            shown, more = split_tags(text(block.get("text")))
            contents.append(shown)
            thoughts += more
        elif kind == "thinking":
            thoughts.append(text(block.get("thinking")))
        elif kind == "tool_use" and (name := documents.apply(block)):
            if name not in positions:
                positions[name] = len(contents)
                contents.append("")
            contents[positions[name]] = documents.shown(name)
        elif kind not in _SILENT:
            tally.skip(_KINDS.get(kind, Skipped.UNKNOWN_BLOCK))
    return contents, thoughts


def _attachments(message: Mapping[str, Any], node: Node, tally: Tally) -> list[str]:
    """Return the texts of attachments, long pastes included; count those without text.

    Files that the archive contains are added to the node.
    """
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
        name = text(file.get("file_name")).strip()
        if (name and name in imported) or _add_file(file, name, node, tally):
            continue
        tally.skip(Skipped.ATTACHMENT)
    return texts


def _add_file(file: Mapping[str, Any], name: str, node: Node, tally: Tally) -> bool:
    """Add a file to a node if the archive contains it; return whether it does."""
    keys = (key(file.get("file_uuid")) or key(file.get("uuid")), name)
    for wanted in keys if tally.files is not None and len(node.attachments) < _MOST_FILES else ():
        if wanted and tally.files is not None and (found := tally.files.find(wanted, name)):
            node.attachments.append(found)
            return True
    return False


def _finish_reason(message: Mapping[str, Any]) -> str | None:
    reason = text(message.get("stop_reason"))
    return {"max_tokens": "length", "end_turn": "stop", "stop_sequence": "stop"}.get(reason)
