"""Conversations and messages for the tests of storage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tui_chat.core.conversation import (
    Conversation,
    Message,
    MessageStatus,
    Role,
    new_conversation,
    new_id,
    now,
)

if TYPE_CHECKING:
    import sqlite3

    from tui_chat.storage.store import Store


@dataclass
class Asked:
    """A turn as the session creates it."""

    conversation: Conversation
    question: Message
    reply: Message

    def replied(self, text: str, status: MessageStatus = MessageStatus.STREAMING) -> Message:
        return replace(self.reply, content=text, status=status)


def asked(text: str = "Why?", conversation: Conversation | None = None, **more: Any) -> Asked:
    """Return a question and its streaming reply, at the end of a conversation."""
    conversation = conversation or new_conversation(**more)
    question = Message(
        id=new_id(),
        conversation_id=conversation.id,
        parent_id=conversation.leaf_id,
        role=Role.USER,
        content=text,
        created_at=now(),
    )
    reply = Message(
        id=new_id(),
        conversation_id=conversation.id,
        parent_id=question.id,
        role=Role.ASSISTANT,
        content="",
        created_at=now(),
        status=MessageStatus.STREAMING,
    )
    conversation = replace(
        conversation, title=conversation.title or text, leaf_id=reply.id, updated_at=now()
    )
    return Asked(conversation, question, reply)


def connection_of(store: Store) -> sqlite3.Connection:
    """Return the connection of a store, to read and damage tables behind its back."""
    return store._connection
