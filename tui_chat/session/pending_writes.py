"""What waits until the database takes it, in memory and in the journal."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui_chat.core.conversation import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tui_chat.core.conversation import Conversation, Message
    from tui_chat.storage.journal import Journal, JournalEntry

log = logging.getLogger(__name__)


@dataclass
class PendingWrites:
    """What is not on the disk yet of one conversation."""

    conversation: Conversation
    messages: dict[str, Message] = field(default_factory=dict)
    """By their ids, in the order they were made."""

    @property
    def sent(self) -> str:
        """The id of the last question among the messages; empty when there is none."""
        if self.conversation.deleted_at is not None:
            return ""
        asked = [m.id for m in self.messages.values() if m.role is Role.USER]
        return asked[-1] if asked else ""

    def note(self, conversation: Conversation, messages: Iterable[Message]) -> None:
        """Add what is to be saved, in place of what was known of it."""
        self.conversation = conversation
        self.messages.update((message.id, message) for message in messages)


class JournalWriter:
    """Writes a journal in a thread, one write after the other, always of what waits then.

    Attributes:
        exists: Whether the file is there.
    """

    def __init__(
        self, journal: Journal | None, entries: Callable[[], Sequence[JournalEntry]]
    ) -> None:
        """Prepare.

        Args:
            journal: The file; None: nothing is ever written, as for temporary conversations.
            entries: Returns what waits.
        """
        self._journal = journal
        self._entries = entries
        self._task: asyncio.Task[None] | None = None
        self._is_due = False
        self.exists = False

    def schedule(self) -> asyncio.Task[None]:
        """Begin to bring the file to what waits; return the task that does it."""
        self._is_due = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._write())
        return self._task

    async def flush(self) -> None:
        """Return when what waits is in the file, or cannot be."""
        await asyncio.shield(self.schedule())

    async def aclose(self) -> None:
        """Write what still waits, and leave it to the next start."""
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
                log.warning("what waits is in memory only: %s", error)
                return
            self.exists = bool(entries)
            # The last of it may have been saved while this was written.
            self._is_due = self._is_due or (self.exists and not self._entries())
