"""Imports elia's database (elia.sqlite): tables `chat` and `message`.

Every message has a role and a time in UTC; a system message at the start is the system prompt.
`parent_id` is mostly empty: then a message follows the one before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import Role
from tui_chat.core.labels import N_
from tui_chat.import_export.importers.build_tree import Node, Origin, ParsedConversation
from tui_chat.import_export.importers.skipped import Skipped
from tui_chat.import_export.importers.untrusted_values import key, moment, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui_chat.import_export.importers.databases.foreign_database import Row, Tables
    from tui_chat.import_export.importers.skipped import Tally

NAME: Final = N_("elia's database")
SOURCE: Final = "elia"

_ROLES: Final = {
    "user": Role.USER,
    "human": Role.USER,
    "assistant": Role.ASSISTANT,
    "ai": Role.ASSISTANT,
    "system": Role.SYSTEM,
}


def is_store(tables: Tables) -> bool:
    """Return whether a database belongs to elia."""
    return tables.has("chat", "id", "title") and tables.has("message", "chat_id", "role", "content")


def conversations(tables: Tables, tally: Tally) -> Iterator[ParsedConversation]:
    """Yield the conversations."""
    columns = "id chat_id role content timestamp parent_id model"
    for chat, rows in tables.chats("id title model started_at", columns, "timestamp id", tally):
        yield _conversation(chat, rows, tally)


def _conversation(chat: Row, rows: Sequence[Row], tally: Tally) -> ParsedConversation:
    # Chat numbers start at 1 in every database: the time keeps IDs of two databases apart.
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
            tally.skip(Skipped.UNKNOWN_AUTHOR)
        nodes.append(_node(row, role, nodes[-1].key if nodes else None, number))
    return origin, nodes


def _node(row: Row, role: Role | None, previous: str | None, number: int) -> Node:
    content = text(row["content"])
    return Node(
        key=key(row["id"]) or f"number {number}",
        parent=key(row["parent_id"]) or previous,
        role=role if content.strip() else None,
        content=content,
        created_at=moment(row["timestamp"]),
        model=(text(row["model"]) or None) if role is Role.ASSISTANT else None,
    )
