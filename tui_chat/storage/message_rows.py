"""Converts the rows of one conversation's messages; an unreadable one leaves no gap in the path."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui_chat.storage.row_mapping import convert_rows, message_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.core.conversation import Message
    from tui_chat.storage.row_mapping import Row, SkippedRows


def messages_from(rows: Sequence[Row], unreadable: SkippedRows) -> list[Message]:
    """Convert the SELECT_MESSAGE rows of a conversation; skip and collect unreadable ones.

    The replies to a skipped message move up to its parent, so that the path stays whole. Stored
    parents are never changed.
    """
    messages = convert_rows(rows, message_from, unreadable)
    if len(messages) == len(rows):
        return messages
    readable = {message.id for message in messages}
    above = {row[0]: row[2] for row in rows if row[0] not in readable}
    return [
        replace(message, parent_id=_readable_parent(message.parent_id, above))
        if message.parent_id in above
        else message
        for message in messages
    ]


def _readable_parent(parent_id: object, above: dict[object, object]) -> str | None:
    seen: set[object] = set()
    while parent_id in above and parent_id not in seen:
        seen.add(parent_id)
        parent_id = above[parent_id]
    return parent_id if isinstance(parent_id, str) and parent_id not in above else None
