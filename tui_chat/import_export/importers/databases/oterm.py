"""Imports oterm's database (store.db): tables `chat` and `message`, without any times.

Every message gets the time of the file's last change. The first message of a chat becomes part of
the chat's key, which keeps IDs of two databases apart.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import Role
from tui_chat.core.labels import N_
from tui_chat.import_export.importers.build_tree import Node, Origin, ParsedConversation, stable_id
from tui_chat.import_export.importers.skipped import Skipped
from tui_chat.import_export.importers.untrusted_values import items, key, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from tui_chat.import_export.importers.databases.foreign_database import Row, Tables
    from tui_chat.import_export.importers.skipped import Tally

NAME: Final = N_("oterm's database")
SOURCE: Final = "oterm"

_ROLES: Final = {
    "user": Role.USER,
    "me": Role.USER,
    "assistant": Role.ASSISTANT,
    "ollama": Role.ASSISTANT,
}


def is_store(tables: Tables) -> bool:
    """Return whether a database belongs to oterm."""
    return tables.has("chat", "id", "name") and tables.has("message", "chat_id", "author", "text")


def conversations(
    tables: Tables, tally: Tally, changed_at: datetime
) -> Iterator[ParsedConversation]:
    """Yield the conversations; `changed_at` is the time of the file's last change."""
    columns = "id chat_id author text images"
    for chat, rows in tables.chats("id name model system", columns, "id", tally):
        yield _conversation(chat, rows, tally, changed_at)


def _conversation(
    chat: Row, rows: Sequence[Row], tally: Tally, changed_at: datetime
) -> ParsedConversation:
    origin = Origin(
        source=SOURCE,
        key=f"{key(chat['id'])} {stable_id(text(rows[0]['text']))[:8]}",
        title=text(chat["name"]),
        system_prompt=text(chat["system"]) or None,
        fallback=changed_at,
    )
    nodes: list[Node] = []
    for number, row in enumerate(rows, start=1):
        content = text(row["text"])
        role = _ROLES.get(text(row["author"]).lower())
        if role is None:
            tally.skip(Skipped.UNKNOWN_AUTHOR)
        before = tally.skipped.copy()
        tally.skip(Skipped.IMAGE, _image_count(row["images"]))
        if role is Role.USER and not content.strip():
            content = tally.placeholders_since(before)
        nodes.append(
            Node(
                key=key(row["id"]) or f"number {number}",
                parent=nodes[-1].key if nodes else None,
                role=role if content.strip() else None,
                content=content,
                model=(text(chat["model"]) or None) if role is Role.ASSISTANT else None,
            )
        )
    return origin, nodes


def _image_count(value: object) -> int:
    try:
        return len(items(json.loads(text(value) or "[]")))
    except (ValueError, RecursionError):
        return 0
