"""Saves turns, and keeps what the disk does not take until it does."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from tui_chat.core.conversation import Role
from tui_chat.core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from tui_chat.core.conversation import Conversation, Message

log = logging.getLogger(__name__)


class MessageStore(Protocol):
    """Where turns are saved."""

    async def add_turn(
        self, conversation: Conversation, question: Message | None, reply: Message
    ) -> None:
        """Write a conversation, a question and the row of its reply."""

    async def add_messages(
        self, conversation: Conversation, messages: Sequence[Message], *, sent: str = ""
    ) -> None:
        """Write a conversation and any of its messages."""

    async def mark_deleted(
        self, conversation: Conversation, messages: Sequence[Message], at: datetime | None
    ) -> None:
        """Put messages into the trash, or (None) take them out of it."""

    async def save_reply(self, reply: Message) -> None:
        """Write a reply's text and status."""

    async def save_conversation(self, conversation: Conversation) -> None:
        """Write what is known of a conversation beside its messages."""

    async def save_draft(self, conversation_id: str, draft: str, was: str | None = None) -> None:
        """Write what stands in the prompt and is not sent yet."""


@dataclass
class Unsaved:
    """What is not on the disk yet of one conversation."""

    conversation: Conversation
    messages: dict[str, Message] = field(default_factory=dict)
    """By their ids, in the order they were made."""

    @property
    def question(self) -> str:
        """The last question among the messages; empty when there is none."""
        asked = [m.content for m in self.messages.values() if m.role is Role.USER]
        return asked[-1] if asked else ""


class TurnSaver:
    """A store of turns that forgets nothing: each save tries again what failed before it.

    The first failure is raised; as long as nothing can be saved the later ones only add to what
    waits. It is the same trouble, and the person knows of it.

    Attributes:
        on_caught_up: Called when all that waited is on the disk.
    """

    def __init__(self, store: MessageStore) -> None:
        self._store = store
        self._waiting: dict[str, Unsaved] = {}
        self._drafts: dict[str, tuple[str, str | None]] = {}
        self._open: dict[str, Conversation] = {}
        self._is_failing = False
        self.on_caught_up: Callable[[], None] = _nothing

    @property
    def is_behind(self) -> bool:
        """Whether saving failed, and something waits since then."""
        return self._is_failing

    @property
    def waiting(self) -> Sequence[Unsaved]:
        """What is not on the disk yet."""
        return list(self._waiting.values())

    @property
    def waiting_drafts(self) -> Sequence[str]:
        """The drafts that are not on the disk yet."""
        return [draft for draft, _ in self._drafts.values() if draft]

    async def add_turn(
        self, conversation: Conversation, question: Message | None, reply: Message
    ) -> None:
        """Write a conversation, a question and the row of its reply.

        Raises:
            StorageError: It waits for the next save.
        """
        self._open[conversation.id] = conversation
        if question is not None:
            self._drafts.pop(conversation.id, None)
        is_first = conversation.id not in self._waiting
        messages = [reply] if question is None else [question, reply]
        # Kept before it is tried: whoever asked may be cancelled in between.
        self._keep(conversation, messages)
        if is_first:
            try:
                await self._store.add_turn(conversation, question, reply)
            except StorageError as error:
                self._failed(error)
            else:
                self._is_written(conversation, messages)
                await self.catch_up()
        else:
            await self._try_again(conversation.id)

    async def add_messages(self, conversation: Conversation, messages: Sequence[Message]) -> None:
        """Write a conversation and any of its messages.

        Raises:
            StorageError: They wait for the next save.
        """
        self._open[conversation.id] = conversation
        self._keep(conversation, messages)
        await self._try_again(conversation.id)

    async def mark_deleted(
        self, conversation: Conversation, messages: Sequence[Message], at: datetime | None
    ) -> None:
        """Put messages into the trash, or (None) take them out of it.

        Raises:
            StorageError: They are as they were in the store.
        """
        waiting = self._waiting.get(conversation.id)
        if waiting is not None:
            for message in messages:
                if (kept := waiting.messages.get(message.id)) is not None:
                    waiting.messages[message.id] = replace(kept, deleted_at=at)
        await self._store.mark_deleted(conversation, messages, at)

    async def save_reply(self, reply: Message) -> None:
        """Write a reply's text and status.

        Raises:
            StorageError: It waits for the next save.
        """
        if (waiting := self._waiting.get(reply.conversation_id)) is not None:
            waiting.messages[reply.id] = reply
            await self._try_again(reply.conversation_id)
            return
        try:
            await self._store.save_reply(reply)
        except StorageError as error:
            if (conversation := self._open.get(reply.conversation_id)) is not None:
                self._keep(conversation, [reply])
            self._failed(error)
        else:
            await self.catch_up()

    async def save_conversation(self, conversation: Conversation) -> None:
        """Write what is known of a conversation beside its messages.

        Raises:
            StorageError: It waits for the next save.
        """
        self._open[conversation.id] = conversation
        if conversation.id in self._waiting:
            self._keep(conversation, [])
            await self._try_again(conversation.id)
            return
        try:
            await self._store.save_conversation(conversation)
        except StorageError as error:
            self._keep(conversation, [])
            self._failed(error)
        else:
            await self.catch_up()

    async def save_draft(self, conversation_id: str, draft: str, was: str | None = None) -> None:
        """Write what stands in the prompt and is not sent yet.

        Raises:
            StorageError: It waits for the next save.
        """
        try:
            await self._store.save_draft(conversation_id, draft, was)
        except StorageError:
            self._drafts[conversation_id] = (draft, was)
            raise
        self._drafts.pop(conversation_id, None)
        await self.catch_up()

    async def catch_up(self) -> bool:
        """Try to write all that waits; say whether nothing waits any more."""
        try:
            for waiting in self.waiting:
                await self._write(waiting)
            for conversation_id, (draft, was) in list(self._drafts.items()):
                await self._store.save_draft(conversation_id, draft, was)
                self._drafts.pop(conversation_id, None)
        except StorageError as error:
            # Tried every second, and known: no line in the log for each time.
            log.debug("still not saved: %s", error)
            return False
        return True

    async def _try_again(self, conversation_id: str) -> None:
        try:
            await self._write(self._waiting[conversation_id])
        except StorageError as error:
            self._failed(error)

    async def _write(self, waiting: Unsaved) -> None:
        conversation, messages = waiting.conversation, list(waiting.messages.values())
        if messages:
            await self._store.add_messages(conversation, messages, sent=waiting.question)
        else:
            await self._store.save_conversation(conversation)
        self._is_written(conversation, messages)

    def _keep(self, conversation: Conversation, messages: Iterable[Message]) -> None:
        waiting = self._waiting.setdefault(conversation.id, Unsaved(conversation))
        waiting.conversation = conversation
        waiting.messages.update((message.id, message) for message in messages)

    def _is_written(self, conversation: Conversation, messages: Iterable[Message]) -> None:
        """Let go of what is written, unless it has changed meanwhile."""
        waiting = self._waiting.get(conversation.id)
        if waiting is None:
            return
        for message in messages:
            if waiting.messages.get(message.id) is message:
                del waiting.messages[message.id]
        if not waiting.messages and waiting.conversation is conversation:
            del self._waiting[conversation.id]
        if not self._waiting and self._is_failing:
            self._is_failing = False
            self.on_caught_up()

    def _failed(self, error: StorageError) -> None:
        if self._is_failing:
            log.debug("still not saved: %s", error)
            return
        log.warning("not saved: %s", error)
        self._is_failing = True
        raise error


def _nothing() -> None:
    pass
