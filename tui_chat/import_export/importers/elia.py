"""The store of elia (elia.sqlite): tables `chat` and `message`.

Every message has a role and a time in UTC; a system message at the beginning is the system prompt.
`parent_id` is there and mostly empty: then a message follows the one before it.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Role
from tui_chat.import_export.importers.build_tree import Node, Origin, Seed
from tui_chat.import_export.importers.untrusted_values import key, moment, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tui_chat.import_export.importers.foreign_database import Tables
    from tui_chat.import_export.importers.skipped import Tally

NAME: Final = "elia's store"
SOURCE: Final = "elia"

_ROLES: Final = {
    "user": Role.USER,
    "human": Role.USER,
    "assistant": Role.ASSISTANT,
    "ai": Role.ASSISTANT,
    "system": Role.SYSTEM,
}


def is_store(tables: Tables) -> bool:
    """Say whether a database is one of elia's."""
    return tables.has("chat", "id", "title") and tables.has("message", "chat_id", "role", "content")


def transcripts(tables: Tables, tally: Tally) -> Iterator[Seed]:
    """Yield the conversations, ungrown."""
    chats = {
        key(chat["id"]): chat
        for chat in tables.rows("chat", "id title model started_at", "id")
        if key(chat["id"])
    }
    columns = "id chat_id role content timestamp parent_id model"
    messages = tables.rows("message", columns, "chat_id timestamp id")
    for name, rows in groupby(messages, lambda row: key(row["chat_id"])):
        chat = chats.pop(name, None)
        if chat is None:
            tally.skip("message without a conversation", len(list(rows)))
        else:
            yield _seed(chat, rows, tally)
    tally.skip("empty conversation", len(chats))


def _seed(chat: Mapping[str, Any], rows: Iterable[Mapping[str, Any]], tally: Tally) -> Seed:
    # The numbers of chats begin anew in every store: the time tells two of them apart.
    started = text(chat["started_at"])
    origin = Origin(
        source=SOURCE,
        key=f"{key(chat['id'])} {started}".strip(),
        title=text(chat["title"]),
        created_at=moment(started),
    )
    nodes: list[Node] = []
    for number, row in enumerate(rows, start=1):
        role = _ROLES.get(text(row["role"]))
        if role is Role.SYSTEM and not nodes:
            origin.system_prompt = text(row["content"]) or None
            continue
        if role is None:
            tally.skip("message of an unknown author")
        nodes.append(_node(row, role, nodes[-1].key if nodes else None, number))
    return origin, nodes


def _node(row: Mapping[str, Any], role: Role | None, before: str | None, number: int) -> Node:
    content = text(row["content"])
    return Node(
        key=key(row["id"]) or f"number {number}",
        parent=key(row["parent_id"]) or before,
        role=role if content.strip() else None,
        content=content,
        created_at=moment(row["timestamp"]),
        model=(text(row["model"]) or None) if role is Role.ASSISTANT else None,
    )
