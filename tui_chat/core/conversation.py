"""Conversations and messages: a tree in which nothing is ever overwritten."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui_chat.core.attachments import Attachment
    from tui_chat.core.cost.cost import Cost
    from tui_chat.core.reply_extras import ReplyExtra
    from tui_chat.core.tools.call import ToolCall

TITLE_LIMIT: Final = 60
"""The longest title made from a question, in characters."""
ENDPOINT: Final = "endpoint"
"""Name in Conversation.settings: the endpoint of the last turn, and those the user has allowed."""
IMPORTED: Final = "imported"
"""Name in Conversation.settings: the program that a conversation was imported from."""
PROJECT: Final = "project"
"""Name in Conversation.settings: the project that a conversation belongs to."""
TOOLS: Final = "tools"
"""Name in Conversation.settings: the tools that are on, and those that run without asking."""
ONE_SHOT: Final = "one_shot"
"""Name in Conversation.settings: whether it is a single question of `tui-chat ask`."""


class Role(StrEnum):
    """The author of a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class MessageStatus(StrEnum):
    """The state of a message."""

    STREAMING = "streaming"
    """Incomplete. In a new process it means that the writing process died."""
    COMPLETE = "complete"
    CANCELLED = "cancelled"
    """Stopped by the user; the received text is kept."""
    FAILED = "failed"
    """Ended with an expected failure, described in error_text."""
    INTERRUPTED = "interrupted"
    """Ended without a reason: a lost connection, a stall, a killed process."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a conversation.

    The parent is the previous message on the path. Messages with the same parent are versions of
    each other (an edited question, a regenerated reply).
    """

    id: str
    conversation_id: str
    parent_id: str | None
    role: Role
    content: str
    created_at: datetime
    reasoning: str = ""
    status: MessageStatus = MessageStatus.COMPLETE
    finish_reason: str | None = None
    """As received: stop, length, content_filter, ...; None if there was none."""
    error_kind: str | None = None
    error_text: str | None = None
    """A message for the user, redacted: what happened, then what to do."""
    profile: str | None = None
    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: Cost | None = None
    """The cost of a reply; None if it is unknown."""
    structured: Mapping[str, Any] | None = None
    extras: tuple[ReplyExtra, ...] = ()
    """References of a reply: the sources it cites, and media that are at an address."""
    attachments: tuple[Attachment, ...] = ()
    """The files of a question, and the pictures and sounds that came with a reply."""
    tool_calls: tuple[ToolCall, ...] = ()
    """The tool calls of a reply, in their order; each belongs at a place in its text."""
    edited_from: str | None = None
    """The message that this one is an edited version of."""
    first_token_at: datetime | None = None
    finished_at: datetime | None = None
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation without its messages."""

    id: str
    created_at: datetime
    updated_at: datetime
    title: str = ""
    profile: str | None = None
    model: str | None = None
    system_prompt: str | None = None
    """None for the profile's; an empty text for none."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    leaf_id: str | None = None
    """The last message of the shown path; None if there is no message."""
    draft: str = ""
    deleted_at: datetime | None = None
    is_imported: bool = field(default=False, compare=False)
    """True if it was imported and never continued: no endpoint has received it from here. Not
    exported."""
    stored: Conversation | None = field(default=None, compare=False, repr=False)
    """The state in the store when this was read, kept by copies. Only differences are written;
    None if it was never read."""


def now() -> datetime:
    """Return the current time in UTC, the only time zone that is stored."""
    return datetime.now(UTC)


class _Ids:
    """Creates ids that sort in order of creation, also within one millisecond."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def next(self) -> str:
        milliseconds = time.time_ns() // 1_000_000
        noise = int.from_bytes(os.urandom(10), "big")
        value = (milliseconds & (1 << 48) - 1) << 80
        value |= 0x7 << 76 | (noise >> 68 & 0x7FF) << 64
        value |= 0b10 << 62 | noise & (1 << 61) - 1
        with self._lock:
            self._last = value = max(value, self._last + 1)
        return f"{value:032x}"


_ids: Final = _Ids()


def new_id() -> str:
    """Return a new id: a UUID version 7 (RFC 9562) as hex, greater than all previous ones.

    Ids are created here and not by the database, so a message has an id before it is saved.
    """
    return _ids.next()


def new_conversation(
    *, profile: str | None = None, model: str | None = None, system_prompt: str | None = None
) -> Conversation:
    """Return a new, empty conversation."""
    moment = now()
    return Conversation(
        id=new_id(),
        created_at=moment,
        updated_at=moment,
        profile=profile,
        model=model,
        system_prompt=system_prompt,
    )


def as_chat(conversation: Conversation) -> Conversation:
    """Return a conversation that is listed, even if it began as a single question of `ask`."""
    settings = {name: it for name, it in conversation.settings.items() if name != ONE_SHOT}
    return replace(conversation, settings=settings)


def without_approvals(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings in which no tool runs without asking: approvals are for one conversation."""
    tools = settings.get(TOOLS)
    if not isinstance(tools, dict):
        return dict(settings)
    return {**settings, TOOLS: {name: it for name, it in tools.items() if name != "always"}}


def title_from(question: str) -> str:
    """Return a title made from a question: its first line with text."""
    for line in question.splitlines():
        title = sanitize_line(line.strip("#>*-` \t"), TITLE_LIMIT)
        if title:
            return title
    return sanitize_line(question, TITLE_LIMIT)


def title_of(question: Message) -> str:
    """Return a title made from a question, or from the names of its attachments."""
    return title_from(question.content) or title_from(
        ", ".join(attachment.name for attachment in question.attachments)
    )


def path_to(leaf_id: str | None, messages: Sequence[Message]) -> list[Message]:
    """Return the messages from the root to a leaf, oldest first.

    Args:
        leaf_id: The last message of the path; None gives an empty path.
        messages: All messages of the conversation, in any order.
    """
    by_id = {message.id: message for message in messages}
    path: list[Message] = []
    # A damaged store may contain a cycle; each message is used once.
    message = by_id.pop(leaf_id, None) if leaf_id else None
    while message is not None:
        path.append(message)
        message = by_id.pop(message.parent_id, None) if message.parent_id else None
    path.reverse()
    return path
