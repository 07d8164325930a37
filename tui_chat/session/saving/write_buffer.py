"""Saves turns, and keeps what the disk does not take until it does.

What waits is in the journal too (storage/journal/journal.py), so that a kill cannot take it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import new_id
from tui_chat.core.errors import StorageError
from tui_chat.session.saving.pending_writes import JournalWriter, PendingWrites
from tui_chat.storage.journal.journal import JournalEntry, draft_entry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
    from datetime import datetime

    from tui_chat.core.attachments import Attachment, AttachmentContent
    from tui_chat.core.conversation import Conversation, Message
    from tui_chat.storage.async_store import AsyncStore
    from tui_chat.storage.journal.journal import Journal

log = logging.getLogger(__name__)

GRACE_S: Final = 0.08
"""The time a turn waits for the database. Then both the turn and the write continue."""


class WriteBuffer:
    """A store of turns that buffers failed writes: each save retries the pending ones.

    No save is awaited longer than `GRACE_S`. The first failure is raised, or passed to `on_failure`
    if its save is no longer awaited. Later ones have the same cause: they only add pending writes.

    Attributes:
        on_caught_up: Called when all pending writes are on the disk after a failure.
        on_change: Called when `is_behind` may have changed.
        on_failure: Receives the failure of a save that is no longer awaited.
        problem: The error of the last failed save.
    """

    def __init__(
        self,
        store: AsyncStore,
        journal: Journal | None = None,
        *,
        is_volatile: bool = False,
        grace_s: float = GRACE_S,
    ) -> None:
        """Create a buffer.

        Args:
            store: Saves turns.
            journal: Holds pending writes on the disk; None for none.
            is_volatile: True if a store in memory replaces the database: every write stays pending
                until `move_to`.
            grace_s: The time a save is awaited.
        """
        self._store = store
        self._journal = JournalWriter(journal, self._entries, lambda: self.on_change())
        self._grace_s = grace_s
        self._waiting: dict[str, PendingWrites] = {}
        self._drafts: dict[str, tuple[str, str]] = {}
        self._volatile: dict[str, PendingWrites] = {}
        self._volatile_drafts: dict[str, tuple[str, str]] = {}
        self._is_volatile = is_volatile
        self._open: dict[str, Conversation] = {}
        self._is_failing = False
        self._is_late = False
        self._running: set[asyncio.Task[None]] = set()
        self.on_caught_up: Callable[[], None] = _nothing
        self.on_change: Callable[[], None] = _nothing
        self.problem: StorageError | None = None
        self.on_failure: Callable[[StorageError], None] = _log_failure

    @property
    def is_behind(self) -> bool:
        """True if a save failed or is slow, and writes are pending since then."""
        return self._is_failing or self._is_late

    @property
    def is_at_risk(self) -> bool:
        """True if pending writes are in memory only: neither in the database nor in the journal."""
        return self._journal.has_failed and bool(self.waiting or self.waiting_drafts)

    @property
    def waiting(self) -> Sequence[PendingWrites]:
        """The writes that are not on the disk yet."""
        return list((self._volatile if self._is_volatile else self._waiting).values())

    def is_unsaved(self, message: Message) -> bool:
        """Return whether a shown message has not been on the disk for longer than a moment."""
        known = self._volatile if self._is_volatile else self._waiting
        waiting = known.get(message.conversation_id)
        is_slow = self._is_volatile or self.is_behind
        return is_slow and waiting is not None and message.id in waiting.messages

    @property
    def waiting_drafts(self) -> Sequence[str]:
        """The drafts that are not on the disk yet."""
        drafts = self._volatile_drafts if self._is_volatile else self._drafts
        return [draft for _, draft in drafts.values() if draft]

    async def add_turn(
        self, conversation: Conversation, question: Message | None, reply: Message
    ) -> None:
        """Write a conversation, a question and its empty reply.

        Returns when they are on the disk: in the database or in the journal.

        Raises:
            StorageError: They are pending until the next save.
        """
        self._open[conversation.id] = conversation
        if question is not None:
            self._drafts.pop(conversation.id, None)
            self._volatile_drafts.pop(conversation.id, None)
        is_first = conversation.id not in self._waiting
        messages = [reply] if question is None else [question, reply]
        # Recorded before the write: the caller may be cancelled in between.
        self._keep(conversation, messages)
        if is_first:
            write = partial(self._store.add_turn, conversation, question, reply)
            work = self._written(write, conversation, messages)
        else:
            work = self._try_again(conversation.id)
        try:
            await self._within_grace(work)
        finally:
            if self.is_behind or self._is_volatile:
                await self._journal.flush()

    async def add_messages(
        self, conversation: Conversation, messages: Sequence[Message], *, sent: str = ""
    ) -> None:
        """Write a conversation and some of its messages; `sent` is the id of the former draft.

        Raises:
            StorageError: They are pending until the next save.
        """
        self._open[conversation.id] = conversation
        is_first = conversation.id not in self._waiting
        self._keep(conversation, messages)
        if is_first:
            write = partial(self._store.add_messages, conversation, messages, sent=sent)
            await self._within_grace(self._written(write, conversation, messages))
        else:
            await self._within_grace(self._try_again(conversation.id))

    async def mark_deleted(
        self, conversation: Conversation, messages: Sequence[Message], at: datetime | None
    ) -> None:
        """Move messages to the trash, or restore them (None).

        Raises:
            StorageError: The store is unchanged.
        """
        for known in (self._waiting, self._volatile):
            if (waiting := known.get(conversation.id)) is not None:
                for message in messages:
                    if (kept := waiting.messages.get(message.id)) is not None:
                        waiting.messages[message.id] = replace(kept, deleted_at=at)
        await self._store.mark_deleted(conversation, messages, at)

    async def save_reply(self, reply: Message) -> None:
        """Write a reply's text and status.

        Raises:
            StorageError: It is pending until the next save.
        """
        is_first = reply.conversation_id not in self._waiting
        if conversation := self._open.get(reply.conversation_id):
            self._keep(conversation, [reply])
        if is_first:
            write = partial(self._store.save_reply, reply)
            await self._within_grace(self._written(write, conversation, [reply]))
        else:
            await self._within_grace(self._try_again(reply.conversation_id))

    async def attachment_content(self, attachment: Attachment) -> AttachmentContent | None:
        """Return the content of an attachment, saved or pending; None if it is lost."""
        pending = filter(None, (it.content_of(attachment) for it in self.waiting))
        return next(pending, None) or await self._store.attachment_content(attachment)

    async def save_conversation(self, conversation: Conversation) -> None:
        """Write a conversation without its messages.

        Raises:
            StorageError: It is pending until the next save.
        """
        self._open[conversation.id] = conversation
        is_first = conversation.id not in self._waiting
        self._keep(conversation, [])
        if is_first:
            write = partial(self._store.save_conversation, conversation)
            await self._within_grace(self._written(write, conversation, []))
        else:
            await self._within_grace(self._try_again(conversation.id))

    async def save_draft(
        self, conversation_id: str, draft: str, version: str | None = None
    ) -> None:
        """Write the draft of a conversation.

        Raises:
            StorageError: It is pending until the next save.
        """
        new = (version or new_id(), draft)
        self._drafts[conversation_id] = new
        if self._is_volatile:
            self._volatile_drafts[conversation_id] = new
        await self._within_grace(self._draft_written(conversation_id, new))

    async def catch_up(self) -> bool:
        """Retry all pending writes; return whether none is left."""
        if self._running:
            await asyncio.wait(self._running)
        is_done = await self._catch_up()
        if self._journal.exists or self.is_behind:
            await self._journal.flush()
        return is_done and not self._is_volatile

    def move_to(self, store: AsyncStore, known: Iterable[Conversation]) -> None:
        """Save to the database from now on; everything written to memory becomes pending.

        Args:
            store: The database.
            known: The conversations as stored in memory: perhaps renamed or deleted.
        """
        self._store = store
        if not self._is_volatile:
            return
        self._is_volatile = False
        latest = {it.id: replace(it, stored=None) for it in known}
        for waiting in self._volatile.values():
            waiting.conversation = latest.get(waiting.conversation.id, waiting.conversation)
        self._waiting, self._volatile = self._volatile, {}
        self._drafts, self._volatile_drafts = self._volatile_drafts, {}
        self._is_failing = True

    async def aclose(self) -> None:
        """Write the pending writes to the journal for the next start, and close it."""
        await self._journal.aclose()

    async def _catch_up(self) -> bool:
        try:
            # A reply that grew while it was written is pending again.
            while self._waiting or self._drafts:
                for waiting in list(self._waiting.values()):
                    await self._write(waiting)
                for conversation_id, new in list(self._drafts.items()):
                    await self._write_draft(conversation_id, new)
        except StorageError as error:
            self.problem = error
            # Retried every second: not logged each time.
            log.debug("still not saved: %s", error)
            return False
        return True

    async def _within_grace(self, work: Coroutine[Any, Any, None]) -> None:
        """Wait for work at most `grace_s`; it continues in any case."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._note_end)
        is_waited_for = False
        try:
            grace_s = 0.0 if self._is_late else self._grace_s
            done, _ = await asyncio.wait({task}, timeout=grace_s)
            is_waited_for = bool(done)
        finally:
            if not is_waited_for:
                task.add_done_callback(self._report)
        if is_waited_for:
            task.result()
        else:
            self._is_late = True
            self.on_change()
        if self.is_behind or self._journal.exists or self._is_volatile:
            self._journal.schedule()

    def _note_end(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not self._running and self._is_late:
            self._is_late = False
            if self._journal.exists:
                self._journal.schedule()
            self.on_change()

    def _report(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            if not isinstance(error, StorageError):
                raise error
            self.on_failure(error)

    async def _written(
        self,
        write: Callable[[], Awaitable[None]],
        conversation: Conversation | None,
        messages: Sequence[Message],
    ) -> None:
        try:
            await write()
        except StorageError as error:
            self._failed(error)
        else:
            if conversation is not None:
                self._is_written(conversation, messages)
            await self._catch_up()

    async def _draft_written(self, conversation_id: str, new: tuple[str, str]) -> None:
        await self._write_draft(conversation_id, new)
        await self._catch_up()

    async def _try_again(self, conversation_id: str) -> None:
        if (waiting := self._waiting.get(conversation_id)) is None:
            return
        try:
            await self._write(waiting)
        except StorageError as error:
            self._failed(error)

    async def _write(self, waiting: PendingWrites) -> None:
        conversation, messages = waiting.conversation, list(waiting.messages.values())
        if messages:
            await self._store.add_messages(conversation, messages, sent=waiting.sent)
        else:
            await self._store.save_conversation(conversation)
        self._is_written(conversation, messages)

    async def _write_draft(self, conversation_id: str, new: tuple[str, str]) -> None:
        version, draft = new
        await self._store.save_draft(conversation_id, draft, version)
        if self._drafts.get(conversation_id) is new:
            del self._drafts[conversation_id]
        self._note_written()

    def _keep(self, conversation: Conversation, messages: Iterable[Message]) -> None:
        messages = list(messages)
        self._waiting.setdefault(conversation.id, PendingWrites(conversation)).add(
            conversation, messages
        )
        if self._is_volatile:
            self._volatile.setdefault(conversation.id, PendingWrites(conversation)).add(
                conversation, messages
            )

    def _is_written(self, conversation: Conversation, messages: Iterable[Message]) -> None:
        """Remove written items from the pending writes, unless they changed meanwhile."""
        if (waiting := self._waiting.get(conversation.id)) is None:
            return
        for message in messages:
            if waiting.messages.get(message.id) is message:
                del waiting.messages[message.id]
        if not waiting.messages and waiting.conversation is conversation:
            del self._waiting[conversation.id]
        self._note_written()

    def _note_written(self) -> None:
        if not self._waiting and not self._drafts and self._is_failing:
            self._is_failing = False
            self.on_caught_up()

    def _failed(self, error: StorageError) -> None:
        self.problem = error
        if self._is_failing:
            log.debug("still not saved: %s", error)
            return
        log.warning("not saved: %s", error)
        self._is_failing = True
        raise error

    def _entries(self) -> list[JournalEntry]:
        drafts = self._volatile_drafts if self._is_volatile else self._drafts
        owner = self._store.owner
        waiting = {it.conversation.id: it for it in self.waiting}
        entries = [
            JournalEntry(
                it.conversation,
                list(it.messages.values()),
                it.sent,
                drafts.get(conversation_id),
                owner,
            )
            for conversation_id, it in waiting.items()
        ]
        alone = set(drafts) - set(waiting)
        return entries + [draft_entry(it, drafts[it], owner) for it in sorted(alone)]


def _log_failure(error: StorageError) -> None:
    log.warning("not saved: %s", error)


def _nothing() -> None:
    pass
