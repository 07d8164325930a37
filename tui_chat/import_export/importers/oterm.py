"""The store of oterm (store.db): tables `chat` and `message`, in a row, without any times.

So every message gets the time at which the store was last changed, and two stores are told apart by
the first message of a chat.
"""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import Role
from tui_chat.import_export.importers.build_tree import Node, Origin, Seed, stable_id
from tui_chat.import_export.importers.untrusted_values import items, key, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from tui_chat.import_export.importers.foreign_database import Tables
    from tui_chat.import_export.importers.skipped import Tally

NAME: Final = "oterm's store"
SOURCE: Final = "oterm"

_ROLES: Final = {
    "user": Role.USER,
    "me": Role.USER,
    "assistant": Role.ASSISTANT,
    "ollama": Role.ASSISTANT,
}


def is_store(tables: Tables) -> bool:
    """Say whether a database is one of oterm's."""
    return tables.has("chat", "id", "name") and tables.has("message", "chat_id", "author", "text")


def transcripts(tables: Tables, tally: Tally, changed_at: datetime) -> Iterator[Seed]:
    """Yield the conversations, ungrown.

    Args:
        tables: Of the store.
        tally: Counts what is left out.
        changed_at: When the store was last changed.
    """
    chats = {
        key(chat["id"]): chat
        for chat in tables.rows("chat", "id name model system", "id")
        if key(chat["id"])
    }
    messages = tables.rows("message", "id chat_id author text images", "chat_id id")
    for name, rows in groupby(messages, lambda row: key(row["chat_id"])):
        chat = chats.pop(name, None)
        if chat is None:
            tally.skip("message without a conversation", len(list(rows)))
        else:
            yield _seed(chat, list(rows), tally, changed_at)
    tally.skip("empty conversation", len(chats))


def _seed(
    chat: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    tally: Tally,
    changed_at: datetime,
) -> Seed:
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
            tally.skip("message of an unknown author")
        before = tally.skipped.copy()
        tally.skip("image", _images(row["images"]))
        if role is Role.USER and not content.strip():
            content = tally.marks_since(before)
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


def _images(value: object) -> int:
    try:
        return len(items(json.loads(text(value) or "[]")))
    except (ValueError, RecursionError):
        return 0
