"""Imports Open WebUI's export of chats, and the chats in its database.

`chat.history.messages` holds the messages by ID, with the ID of their parent; `currentId` is the
end of the shown path. Reasoning and tool calls are `<details>` blocks in the text.
"""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Role
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
    from collections.abc import Iterator, Mapping, Sequence

    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.importers.databases.foreign_database import Tables
    from tui_chat.import_export.importers.skipped import Tally

NAME: Final = N_("Open WebUI's export")
DATABASE: Final = N_("Open WebUI's database")
SOURCE: Final = "open-webui"

_ROLES: Final = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM}
_DETAILS: Final = re.compile(
    r'<details\s+type="(\w+)"[^<>]*>\s*(?:<summary>[^<]*</summary>)?(.*?)(?:</details>\s*|\Z)',
    re.DOTALL,
)
_QUOTED: Final = re.compile(r"^> ?", re.MULTILINE)


def is_conversation(value: object) -> bool:
    """Return whether a value is a conversation of this format."""
    return bool(_messages(_chat(mapping(value))))


def is_store(tables: Tables) -> bool:
    """Return whether a database belongs to Open WebUI."""
    return tables.has("chat", "id", "user_id", "chat")


def records(tables: Tables, tally: Tally) -> Iterator[Mapping[str, Any]]:
    """Yield the chats of a database in the form of the export."""
    columns = "id title chat created_at updated_at"
    for row in tables.rows("chat", columns, "created_at id"):
        try:
            chat = json.loads(text(row["chat"]))
        except (ValueError, RecursionError):
            tally.reject(text(row["title"]) or key(row["id"]), _("a value is not JSON"))
            continue
        yield row | {"chat": chat}


def transcript_from(value: object, tally: Tally) -> Transcript | None:
    """Parse a conversation; return None if it has no messages to import.

    Raises:
        Malformed: The value does not follow the format.
    """
    record = mapping(value)
    chat = _chat(record)
    name = key(record.get("id")) or key(chat.get("id"))
    if not name:
        raise Malformed(_("`{name}` is missing").format(name="id"))
    nodes: list[Node] = []
    for number, message in enumerate(_messages(chat), start=1):
        previous = nodes[-1].key if nodes else None
        nodes.append(_node(message, number, previous, tally))
    system = text(mapping(chat.get("params")).get("system")) or text(chat.get("system"))
    origin = Origin(
        source=SOURCE,
        key=name,
        title=text(record.get("title")) or text(chat.get("title")),
        created_at=moment(record.get("created_at")) or moment(chat.get("timestamp")),
        updated_at=moment(record.get("updated_at")),
        leaf=key(mapping(chat.get("history")).get("currentId")) or None,
        system_prompt=system or None,
    )
    return build_transcript(origin, nodes)


def _chat(record: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(record.get("chat")) or record


def _messages(chat: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    by_id = mapping(mapping(chat.get("history")).get("messages"))
    if by_id:
        return [{"id": name, **mapping(message)} for name, message in by_id.items()]
    # Chats of the first versions have a list alone.
    messages = [mapping(message) for message in items(chat.get("messages"))]
    is_ours = "models" in chat or any("childrenIds" in message for message in messages)
    return messages if is_ours else []


def _node(message: Mapping[str, Any], number: int, previous: str | None, tally: Tally) -> Node:
    node = Node(
        key=key(message.get("id")) or f"number {number}",
        parent=key(message.get("parentId")) if "parentId" in message else previous,
        role=None,
        created_at=moment(message.get("timestamp")),
    )
    before = tally.skipped.copy()
    for file in map(mapping, items(message.get("files"))):
        is_image = text(file.get("type")).startswith("image")
        tally.skip(Skipped.IMAGE if is_image else Skipped.ATTACHMENT)
    role = _ROLES.get(text(message.get("role")))
    if role is None:
        tally.skip(Skipped.UNKNOWN_AUTHOR)
        return node
    node.content, node.reasoning = _split(_text(message.get("content")), tally)
    if role is Role.ASSISTANT and not node.content.strip() and message.get("error"):
        tally.skip(Skipped.FAILED_REPLY)
    elif not node.content.strip():
        node.content = tally.placeholders_since(before)
    if node.content.strip():
        node.role = role
        if role is Role.ASSISTANT:
            _read_outcome(message, node)
    return node


def _read_outcome(message: Mapping[str, Any], node: Node) -> None:
    usage = mapping(message.get("usage")) or mapping(message.get("info"))
    node.model = text(message.get("model")) or text(message.get("modelName")) or None
    node.finished_at = moment(message.get("completedAt"))
    for name in ("prompt_tokens", "input_tokens", "prompt_eval_count"):
        node.input_tokens = node.input_tokens or count(usage.get(name))
    for name in ("completion_tokens", "output_tokens", "eval_count"):
        node.output_tokens = node.output_tokens or count(usage.get(name))


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    parts = (text(part.get("text")) for part in map(mapping, items(content)))
    return "\n\n".join(filter(None, parts))


def _split(content: str, tally: Tally) -> tuple[str, str]:
    """Return the answer and the reasoning in the text of a message."""
    thoughts: list[str] = []

    def take(found: re.Match[str]) -> str:
        if found[1] == "reasoning":
            thoughts.append(html.unescape(_QUOTED.sub("", html.unescape(found[2]).strip())))
            return ""
        if found[1] == "tool_calls":
            tally.skip(Skipped.TOOL_CALL)
            return ""
        return f"{html.unescape(found[2]).strip()}\n\n"

    if "<details" in content:
        content = _DETAILS.sub(take, content).strip()
    return content, "\n\n".join(filter(str.strip, thoughts))
