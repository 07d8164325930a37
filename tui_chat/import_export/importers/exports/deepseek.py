"""Imports DeepSeek's data export: conversations with a tree of messages in `mapping`.

A message has `fragments` (REQUEST, THINK, SEARCH, RESPONSE). In older exports it has a text, and
its role follows from its place: a question follows the root or a reply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Role
from tui_chat.core.labels import N_, _
from tui_chat.import_export.importers.build_tree import Node, Origin, build_transcript
from tui_chat.import_export.importers.skipped import Skipped
from tui_chat.import_export.importers.untrusted_values import items, key, mapping, moment, text
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.importers.skipped import Tally

NAME: Final = N_("DeepSeek's export")
SOURCE: Final = "deepseek"

_ROLES: Final = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM}
_QUESTION: Final = frozenset({"REQUEST"})
_ANSWER: Final = frozenset({"RESPONSE", "TEMPLATE_RESPONSE"})
_THOUGHT: Final = frozenset({"THINK"})


def is_conversation(value: object) -> bool:
    """Return whether a value is a conversation of this format."""
    record = mapping(value)
    return isinstance(record.get("mapping"), dict) and "inserted_at" in record


def transcript_from(value: object, tally: Tally) -> Transcript | None:
    """Parse a conversation; return None if it has no messages to import.

    Raises:
        Malformed: The value does not follow the format.
    """
    record = mapping(value)
    if not is_conversation(value):
        raise Malformed(_("`{name}` is missing").format(name="mapping"))
    name = key(record.get("id"))
    if not name:
        raise Malformed(_("`{name}` is missing").format(name="id"))
    entries = {entry: mapping(node) for entry, node in record["mapping"].items()}
    questions = _questions(entries)
    nodes = [_node(entry, node, questions, tally) for entry, node in entries.items()]
    origin = Origin(
        source=SOURCE,
        key=name,
        title=text(record.get("title")),
        created_at=moment(record.get("inserted_at")),
        updated_at=moment(record.get("updated_at")),
    )
    return build_transcript(origin, nodes)


def _questions(entries: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Return the keys of the messages that are questions by their place in the tree."""
    children: dict[str, list[str]] = {}
    for entry, node in entries.items():
        children.setdefault(key(node.get("parent")), []).append(entry)
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [
        (entry, True) for entry in entries if key(entries[entry].get("parent")) not in entries
    ]
    while waiting:
        entry, is_question = waiting.pop()
        if entry in seen:
            continue
        seen.add(entry)
        if is_question:
            found.add(entry)
        has_message = bool(mapping(entries[entry].get("message")))
        follows_answer = not (has_message and is_question)
        waiting += [(child, follows_answer) for child in children.get(entry, [])]
    return found


def _node(entry: str, value: Mapping[str, Any], questions: set[str], tally: Tally) -> Node:
    node = Node(key=entry, parent=key(value.get("parent")) or None, role=None)
    message = mapping(value.get("message"))
    if not message:
        return node
    node.created_at = moment(message.get("inserted_at"))
    before = tally.skipped.copy()
    tally.skip(Skipped.ATTACHMENT, len(items(message.get("files"))))
    role = Role.USER if entry in questions else Role.ASSISTANT
    if fragments := [mapping(fragment) for fragment in items(message.get("fragments"))]:
        role = _read_fragments(fragments, role, node, tally)
    else:
        node.content, node.reasoning = _plain(message, tally)
    role = _ROLES.get(text(message.get("role")).lower(), role)
    if role is Role.USER and not node.content.strip():
        node.content = tally.placeholders_since(before)
    if node.content.strip():
        node.role = role
        node.model = (text(message.get("model")) or None) if role is Role.ASSISTANT else None
    return node


def _plain(message: Mapping[str, Any], tally: Tally) -> tuple[str, str]:
    tally.skip(Skipped.SEARCH_RESULT, bool(items(message.get("search_results"))))
    thought = text(message.get("reasoning_content")) or text(message.get("thinking_content"))
    return text(message.get("content")), thought


def _read_fragments(
    fragments: list[Mapping[str, Any]], role: Role, node: Node, tally: Tally
) -> Role:
    contents: list[str] = []
    thoughts: list[str] = []
    for fragment in fragments:
        kind, content = text(fragment.get("type")).upper(), text(fragment.get("content"))
        if kind in _QUESTION | _ANSWER:
            role = Role.USER if kind in _QUESTION else Role.ASSISTANT
            contents.append(content)
        elif kind in _THOUGHT:
            thoughts.append(content)
        elif "SEARCH" in kind or "READ" in kind or "OPEN" in kind:
            tally.skip(Skipped.SEARCH_RESULT)
        elif "FILE" in kind:
            tally.skip(Skipped.ATTACHMENT)
        else:
            tally.skip(Skipped.UNKNOWN_BLOCK)
    node.content = "\n\n".join(filter(str.strip, contents))
    node.reasoning = "\n\n".join(filter(str.strip, thoughts))
    return role
