"""The saved conversations of one run: in the database, or in memory until it can be opened."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import now
from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _
from tui_chat.session.saving.shutdown_recovery import UnsavedWork, unsaved_work
from tui_chat.session.saving.trash_clock import TrashClock
from tui_chat.session.saving.write_buffer import WriteBuffer
from tui_chat.storage.async_store import AsyncStore
from tui_chat.storage.database.sqlite_errors import DatabaseGone
from tui_chat.storage.journal.journal import Journal
from tui_chat.storage.purge import Purged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

log = logging.getLogger(__name__)

_PATIENCE_S: Final = 2.0
"""The time to wait for other writers of the database; turns continue meanwhile."""
_RETRY_S: Final = 2.0
"""Pause between two attempts to open the database."""


class SavedConversations:
    """Opens the database, saves to it, and retries failed operations.

    Attributes:
        store: The database, or a store in memory while it cannot be used.
        write_buffer: Saves the turns of all sessions in the store.
        is_in_memory: Whether the store is in memory because the disk cannot be used.
        unsaved_work: Everything that could not be saved at shutdown; it must not be lost.
    """

    store: AsyncStore
    write_buffer: WriteBuffer

    def __init__(
        self,
        database: Path | None,
        notices: list[str],
        *,
        trash_days: int,
        progress: Callable[[str], None] | None = None,
        on_notice: Callable[[str], None] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Create the store; nothing is opened yet.

        Args:
            database: The file; None to keep everything in memory.
            notices: Receives messages for the user at start-up.
            trash_days: The number of days that deleted conversations are kept.
            progress: Receives progress messages while a damaged file is recovered.
            on_notice: Receives later messages; None to append them to `notices`.
            clock: Measures the pause between two attempts.
        """
        self._database = database
        self._notices = notices
        self._trash_days = trash_days
        self._progress = progress
        self._on_notice = on_notice or notices.append
        self._clock = clock
        self._next_try_s = 0.0
        self._problem: StorageError | None = None
        self.is_in_memory = False
        self.unsaved_work: UnsavedWork | None = None

    async def open(self) -> None:
        """Open the database; if that fails, a store in memory replaces it."""
        self.store = await self._open_store()
        journal = Journal(self._database) if self._database is not None else None
        self.write_buffer = WriteBuffer(self.store, journal, is_volatile=self.is_in_memory)

    async def reopen(self) -> None:
        """Close the database and open it again; a damaged one is set aside then."""
        await self.close()
        await self.open()

    async def recover(self) -> None:
        """Retry what could not be saved. Called periodically."""
        saver = self.write_buffer
        if self.is_in_memory:
            if self._may_try():
                await self._move_to_disk()
        elif saver.is_behind or saver.waiting_drafts:
            is_done = await saver.catch_up()
            is_gone = isinstance(saver.problem, DatabaseGone)
            if not is_done and is_gone and self._may_try():
                await self._move_to_other_file()

    async def save_remaining(self) -> None:
        """Save pending writes for the last time; put the rest into `unsaved_work`."""
        if self.is_in_memory:
            await self._move_to_disk()
        reason = self._problem.message if self._problem is not None and self.is_in_memory else ""
        self.unsaved_work = await unsaved_work(self.write_buffer, self.store, reason)
        await self.write_buffer.aclose()

    async def close(self) -> None:
        """Close the store after all queued writes."""
        try:
            await self.store.aclose()
        except StorageError as error:
            log.error("the store did not close: %s", error)

    async def _move_to_disk(self) -> None:
        memory, disk = self.store, await self._on_disk()
        if disk is None:
            return
        waiting = self.write_buffer.waiting
        known = [await memory.conversation(it.conversation.id) for it in waiting]
        self.write_buffer.move_to(disk, [it for it in known if it is not None])
        self.store, self.is_in_memory = disk, False
        await self.write_buffer.catch_up()
        await memory.aclose()

    async def _move_to_other_file(self) -> None:
        """Continue in the file that replaced the database, if there is one."""
        assert self._database is not None  # noqa: S101 - something was saved in it
        old, disk = self.store, await self._on_disk() if self._database.exists() else None
        if disk is None:
            return
        try:
            for it in self.write_buffer.waiting:
                # The removed file stays readable while it is open.
                messages = await old.messages(it.conversation.id, with_deleted=True)
                await disk.add_messages(it.conversation, messages)
        except StorageError as error:
            log.warning("earlier messages were not copied to the new file: %s", error)
        self.write_buffer.move_to(disk, [])
        self.store = disk
        await self.write_buffer.catch_up()
        await old.aclose()

    async def _on_disk(self) -> AsyncStore | None:
        assert self._database is not None  # noqa: S101 - something is to be saved in it
        try:
            disk = await AsyncStore.open(self._database, self._progress, busy_timeout_s=_PATIENCE_S)
        except StorageError as error:
            self._problem = error
            return None
        await self._tidy(disk)
        return disk

    def _may_try(self) -> bool:
        moment = self._clock()
        if moment < self._next_try_s:
            return False
        self._next_try_s = moment + _RETRY_S
        return True

    async def _open_store(self) -> AsyncStore:
        if self._database is None:
            return await AsyncStore.open(None)
        try:
            store = await AsyncStore.open(
                self._database, self._progress, busy_timeout_s=_PATIENCE_S
            )
        except StorageError as error:
            return await self._in_memory(error)
        await self._tidy(store)
        return store

    async def _tidy(self, store: AsyncStore) -> None:
        """Clean up after earlier runs: interrupted replies, journals, the trash."""
        store.on_notice = self._on_notice
        try:
            await store.interrupt_orphans()
            await store.recover_journals()
        except StorageError as error:
            # Saved conversations are readable in any case; the next start retries.
            log.error("clean-up after earlier runs failed: %s", error)
        self._notices.extend(store.notices)
        try:
            purged = await self._purge(store)
        except StorageError as error:
            # The next start retries; until then the trash is only larger.
            log.warning("the trash was not emptied: %s", error)
            return
        if words := purged.describe(self._trash_days):
            self._notices.append(words)

    async def _purge(self, store: AsyncStore) -> Purged:
        if self._database is None:
            return Purged()
        clock = TrashClock(self._database.with_name(f"{self._database.name}.clock"))
        moment = await asyncio.to_thread(clock.confirmed, now())
        if moment is None:
            return Purged()
        return await store.purge(moment - timedelta(days=self._trash_days))

    async def _in_memory(self, error: StorageError) -> AsyncStore:
        log.error("conversations cannot be saved: %s", error)
        self._problem = error
        notice = _(
            "{error} Until then, conversations stay in memory. They are saved as soon as possible, "
            "or written to a file when you quit."
        )
        self._notices.append(notice.format(error=error.message))
        self.is_in_memory = True
        return await AsyncStore.open(None)
