"""Messages with their parts: attachments and tool calls."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tui_chat.storage.attachments import attachments_of, filled, write_attachments
from tui_chat.storage.row_mapping import UPSERT_MESSAGE, SkippedRows, message_row
from tui_chat.storage.tool_calls import calls_of, ended_calls, write_calls

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from tui_chat.core.attachments import Attachment
    from tui_chat.core.conversation import Message
    from tui_chat.core.tools.call import ToolCall


@dataclass(frozen=True, slots=True)
class MessageParts:
    """The parts of messages, by message ID."""

    attachments: Mapping[str, tuple[Attachment, ...]] = field(default_factory=dict)
    calls: Mapping[str, tuple[ToolCall, ...]] = field(default_factory=dict)

    def added_to(self, messages: Sequence[Message]) -> list[Message]:
        """Return messages with their parts."""
        if not self.attachments and not self.calls:
            return list(messages)
        return [self._added(message) for message in messages]

    def _added(self, message: Message) -> Message:
        if message.id in self.attachments:
            message = replace(message, attachments=self.attachments[message.id])
        if message.id in self.calls:
            message = replace(message, tool_calls=ended_calls(message, self.calls[message.id]))
        return message


def parts_of(
    connection: sqlite3.Connection,
    conversation_id: str,
    unreadable: SkippedRows,
    *,
    with_contents: bool = False,
) -> MessageParts:
    """Return the parts of a conversation's messages; optionally with the attached bytes."""
    attachments = attachments_of(connection, conversation_id, unreadable)
    if with_contents:
        attachments = filled(connection, attachments)
    return MessageParts(attachments, calls_of(connection, conversation_id, unreadable))


def write_messages(
    connection: sqlite3.Connection, messages: Sequence[Message], writer: str | None = None
) -> None:
    """Write messages with their parts, inside a transaction.

    Args:
        connection: The database.
        messages: New or known messages, parents first.
        writer: The ID of the writer of a streaming reply.
    """
    connection.executemany(UPSERT_MESSAGE, [message_row(it, writer) for it in messages])
    for message in messages:
        write_attachments(connection, message)
        write_calls(connection, message)
