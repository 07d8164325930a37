"""Async facade of the store: coroutines that run on one writer thread."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _
from tui_chat.core.search_query import parse_query
from tui_chat.storage.database.open_database import BUSY_TIMEOUT_S
from tui_chat.storage.search.search_as_you_type import IncrementalSearch, IndexDamage
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from datetime import datetime
    from pathlib import Path

    from tui_chat.core.attachments import Attachment, AttachmentContent
    from tui_chat.core.conversation import Conversation, Message
    from tui_chat.storage.database.damage import Progress
    from tui_chat.storage.live_replies import DatabaseSnapshot
    from tui_chat.storage.purge import Purged
    from tui_chat.storage.row_mapping import ConversationSummary
    from tui_chat.storage.search.ranked_results import SearchHit
    from tui_chat.storage.trash import TrashEntry

P = ParamSpec("P")
T = TypeVar("T")

_log = logging.getLogger(__name__)


class AsyncStore:
    """Runs the calls of a Store one after another on a thread of its own; see `open`.

    A submitted call always runs to its end, even if the awaiting task is cancelled; a failure is
    then logged and added to the notices.

    Attributes:
        on_notice: Called with a message for the user when unreadable rows were skipped.
    """

    def __init__(self, store: Store, thread: ThreadPoolExecutor) -> None:
        self._store = store
        self._thread = thread
        self._pending: set[Future[Any]] = set()
        self._closing: Future[None] | None = None
        self._searcher = IncrementalSearch(store.path) if store.path is not None else None
        self.on_notice: Callable[[str], None] = store.notices.append

    @classmethod
    async def open(
        cls,
        path: Path | None,
        progress: Progress | None = None,
        *,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
    ) -> Self:
        """Open the database without blocking the event loop.

        Args:
            path: The file; None for a database in memory.
            progress: Called on the loop with a status text while a damaged file is recovered.
            busy_timeout_s: The time to wait for other writers.

        Raises:
            StorageError: The database cannot be used.
        """
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        loop = asyncio.get_running_loop()
        is_given_up = Event()

        def report(text: str) -> None:
            # Otherwise a long recovery would keep the program from ending.
            if is_given_up.is_set() or loop.is_closed():
                raise StorageError(_("The database is closed."))
            if progress is not None:
                loop.call_soon_threadsafe(progress, text)

        shown = None if progress is None else report
        opening = thread.submit(Store, path, busy_timeout_s=busy_timeout_s, progress=shown)
        try:
            store = await asyncio.shield(asyncio.wrap_future(opening))
        except BaseException:
            is_given_up.set()
            thread.submit(_close_unused, opening)
            thread.shutdown(wait=False)
            raise
        return cls(store, thread)

    @property
    def path(self) -> Path | None:
        """The database file; None for a database in memory."""
        return self._store.path

    @property
    def owner(self) -> str:
        """The ID of this store as an owner of drafts; empty until it writes one."""
        writer = self._store._writer
        return writer.id if writer is not None else ""

    @property
    def notices(self) -> list[str]:
        """Messages for the user, such as about a damaged file that was set aside."""
        return self._store.notices

    async def add_turn(
        self, conversation: Conversation, question: Message | None, reply: Message
    ) -> None:
        """Write a conversation, a question and its reply; see Store.add_turn."""
        await self._done(self._store.add_turn, conversation, question, reply)

    async def add_messages(
        self, conversation: Conversation, messages: Sequence[Message], *, sent: str = ""
    ) -> None:
        """Write a conversation and some of its messages; see Store.add_messages."""
        await self._done(self._store.add_messages, conversation, messages, sent=sent)

    async def mark_deleted(
        self, conversation: Conversation, messages: Sequence[Message], at: datetime | None
    ) -> None:
        """Move messages to the trash or restore them; see Trash.mark_deleted."""
        await self._done(self._store.mark_deleted, conversation, messages, at)

    async def delete_conversation(self, conversation_id: str, at: datetime | None) -> None:
        """Move a conversation to the trash, or restore it (None)."""
        await self._done(self._store.delete_conversation, conversation_id, at)

    async def restore_messages(self, conversation_id: str, deleted_at: datetime) -> None:
        """Restore messages that were deleted together."""
        await self._done(self._store.restore_messages, conversation_id, deleted_at)

    async def trash(self, limit: int = 200, words: Sequence[str] = ()) -> list[TrashEntry]:
        """Return deleted items, newest first; see Trash.trash."""
        return await self._done(self._store.trash, limit, words)

    async def save_reply(self, reply: Message) -> None:
        """Write a partial or finished reply; see Store.save_reply."""
        await self._done(self._store.save_reply, reply)

    async def save_conversation(self, conversation: Conversation) -> None:
        """Write a conversation without messages and draft; see Store.save_conversation."""
        await self._done(self._store.save_conversation, conversation)

    async def save_draft(
        self, conversation_id: str, draft: str, version: str | None = None
    ) -> None:
        """Write the draft of a conversation; see DraftStore.save_draft."""
        await self._done(self._store.save_draft, conversation_id, draft, version)

    async def claim_draft(self, conversation_id: str) -> str:
        """Take ownership of a conversation's draft and return it; see DraftStore.claim_draft."""
        return await self._done(self._store.claim_draft, conversation_id)

    async def release_draft(self, conversation_id: str) -> None:
        """Release the draft to other windows; see DraftStore.release_draft."""
        await self._done(self._store.release_draft, conversation_id)

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """Return a conversation, deleted or not; None if the ID is unknown."""
        return await self._done(self._store.conversation, conversation_id)

    async def latest_conversation(self) -> Conversation | None:
        """Return the most recently used conversation; None if there is none."""
        return await self._done(self._store.latest_conversation)

    async def messages(self, conversation_id: str, *, with_deleted: bool = False) -> list[Message]:
        """Return all messages of a conversation; see Store.messages."""
        return await self._done(self._store.messages, conversation_id, with_deleted=with_deleted)

    async def attachment_content(self, attachment: Attachment) -> AttachmentContent | None:
        """Return the bytes and the text of a stored attachment; None if they are lost."""
        return await self._done(self._store.attachment_content, attachment)

    async def summaries(
        self, limit: int = 50, offset: int = 0, query: str = ""
    ) -> list[ConversationSummary]:
        """Return conversations for a list; see Store.summaries."""
        return await self._done(self._store.summaries, limit, offset, query)

    async def search(self, text: str, limit: int = 100) -> list[SearchHit]:
        """Search all conversations outside of the trash; see find_hits.

        Runs on its own connection, so it never blocks writes. Cancelling the awaiting task cancels
        the search.

        Args:
            text: The query as typed.
            limit: The maximum number of hits.

        Raises:
            StorageError: The database cannot be read.
        """
        query = parse_query(text)
        if self._searcher is None:
            return await self._done(self._store.search, query, limit)
        try:
            return await self._searcher.search(query, limit)
        except IndexDamage:
            # The store rebuilds the index.
            return await self._done(self._store.search, query, limit)

    async def prompt_history(self, limit: int = 100) -> list[str]:
        """Return the latest distinct questions, newest first."""
        return await self._done(self._store.prompt_history, limit)

    async def data_version(self) -> int:
        """Return a number that changes when another connection writes."""
        return await self._done(self._store.data_version)

    async def snapshot(self, own: Conversation) -> DatabaseSnapshot | None:
        """Return a cheap snapshot of a conversation; see Store.snapshot."""
        return await self._done(self._store.snapshot, own)

    async def interrupt_orphans(self) -> list[Message]:
        """Mark replies of dead writers as interrupted; see Store.interrupt_orphans."""
        return await self._done(self._store.interrupt_orphans)

    async def recover_journals(self) -> int:
        """Write the journals of dead processes; see JournalRecovery.recover_journals."""
        return await self._done(self._store.recover_journals)

    async def purge(self, before: datetime) -> Purged:
        """Permanently remove what was deleted before a time; see Trash.purge."""
        return await self._done(self._store.purge, before)

    def drain(self, timeout_s: float) -> bool:
        """Wait for all pending calls; return whether they finished in time.

        Submits nothing, so a signal handler may call it at any moment.
        """
        return not wait(tuple(self._pending), timeout_s).not_done

    async def aclose(self) -> None:
        """Finish all pending calls and close the database. Idempotent."""
        if self._searcher is not None:
            await self._searcher.aclose()
        if self._closing is None:
            self._closing = self._submitted(self._store.close)
            self._thread.shutdown(wait=False)
        await asyncio.shield(asyncio.wrap_future(self._closing))

    async def _done(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        future = self._submitted(work, *args, **kwargs)
        try:
            result = await asyncio.shield(asyncio.wrap_future(future))
        except asyncio.CancelledError:
            future.add_done_callback(self._log_failure)
            raise
        if notice := self._store.unreadable.report():
            self.on_notice(notice)
        return result

    def _submitted(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        try:
            future = self._thread.submit(work, *args, **kwargs)
        except RuntimeError as error:
            raise StorageError(_("The database is closed.")) from error
        self._pending.add(future)
        future.add_done_callback(self._pending.discard)
        return future

    def _log_failure(self, future: Future[T]) -> None:
        error = future.exception()
        if error is not None:
            _log.error("a cancelled call failed: %s", error)
            self.notices.append(str(error))


def _close_unused(opening: Future[Store]) -> None:
    if opening.exception() is None:
        opening.result().close()
