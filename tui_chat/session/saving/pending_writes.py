"""Writes that the database has not taken yet, in memory and in the journal."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui_chat.core.conversation import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tui_chat.core.attachments import Attachment, AttachmentContent
    from tui_chat.core.conversation import Conversation, Message
    from tui_chat.storage.journal.journal import Journal, JournalEntry

log = logging.getLogger(__name__)


@dataclass
class PendingWrites:
    """The parts of one conversation that are not on the disk yet."""

    conversation: Conversation
    messages: dict[str, Message] = field(default_factory=dict)
    """By id, in the order they were created."""

    @property
    def sent(self) -> str:
        """The id of the last question among the messages; empty if there is none."""
        if self.conversation.deleted_at is not None:
            return ""
        asked = [m.id for m in self.messages.values() if m.role is Role.USER]
        return asked[-1] if asked else ""

    def add(self, conversation: Conversation, messages: Iterable[Message]) -> None:
        """Add messages to save; they replace earlier states."""
        self.conversation = conversation
        self.messages.update((message.id, message) for message in messages)

    def content_of(self, attachment: Attachment) -> AttachmentContent | None:
        """Return the content of an attachment of these messages; None if it is not here."""
        for message in self.messages.values():
            for known in message.attachments:
                if known.sha256 == attachment.sha256 and known.kind is attachment.kind:
                    return known.content
        return None


class JournalWriter:
    """Writes the journal in a thread, one write at a time, always with the latest entries.

    Attributes:
        exists: Whether the file exists.
        has_failed: Whether the last write failed, so that the latest entries are in memory only.
    """

    def __init__(
        self,
        journal: Journal | None,
        entries: Callable[[], Sequence[JournalEntry]],
        on_change: Callable[[], None],
    ) -> None:
        """Create a writer.

        Args:
            journal: The file; None to write nothing, as for temporary conversations.
            entries: Returns the pending writes.
            on_change: Called when `has_failed` changes.
        """
        self._journal = journal
        self._entries = entries
        self._on_change = on_change
        self._task: asyncio.Task[None] | None = None
        self._is_due = False
        self.exists = False
        self.has_failed = False

    def schedule(self) -> asyncio.Task[None]:
        """Schedule a write; return its task."""
        self._is_due = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._write())
        return self._task

    async def flush(self) -> None:
        """Write the journal; return when it is written, or cannot be."""
        await asyncio.shield(self.schedule())

    async def aclose(self) -> None:
        """Write the pending writes for the next start, and close the file."""
        if self._journal is not None:
            if self.exists or self._entries():
                await self.flush()
            await asyncio.to_thread(self._journal.close)

    async def _write(self) -> None:
        while self._is_due and self._journal is not None:
            self._is_due = False
            entries = self._entries()
            try:
                await asyncio.to_thread(self._journal.write, entries)
            except OSError as error:
                log.warning("the journal was not written: %s", error)
                self._note(has_failed=True)
                return
            self._note(has_failed=False)
            self.exists = bool(entries)
            # The last pending write may have been saved meanwhile.
            self._is_due = self._is_due or (self.exists and not self._entries())

    def _note(self, *, has_failed: bool) -> None:
        if self.has_failed != has_failed:
            self.has_failed = has_failed
            self._on_change()
