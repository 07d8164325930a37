"""The store as the rest of the program sees it: coroutines over one writer thread."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

from tui_chat.core.errors import StorageError
from tui_chat.core.search_query import parse_query
from tui_chat.storage.open_database import BUSY_TIMEOUT_S
from tui_chat.storage.search.search_as_you_type import IncrementalSearch, IndexDamage
from tui_chat.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from datetime import datetime
    from pathlib import Path

    from tui_chat.core.conversation import Conversation, Message
    from tui_chat.storage.damage import Progress
    from tui_chat.storage.live_replies import DatabaseSnapshot
    from tui_chat.storage.purge import Purged
    from tui_chat.storage.row_mapping import ConversationSummary
    from tui_chat.storage.search.ranked_results import SearchHit
    from tui_chat.storage.trash import TrashEntry

P = ParamSpec("P")
T = TypeVar("T")

_log = logging.getLogger(__name__)


class AsyncStore:
    """A Store whose work is done one piece after another by a thread of its own.

    What was asked for once is finished, in the order it was asked for, also when whoever asked is
    cancelled meanwhile; if it then fails, that is logged and added to the notices.

    Attributes:
        on_notice: Called with words for the user when stored rows had to be left out.
    """

    def __init__(self, store: Store, thread: ThreadPoolExecutor) -> None:
        """Take over a store that was opened on the thread; see `open`."""
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
        """Open the database without holding up the loop.

        Args:
            path: The file; None for a store in memory, which ends with the program.
            progress: Called with words, on the loop, while a damaged file is read.
            busy_timeout_s: How long to wait for others who write.

        Raises:
            StorageError: It cannot be used; the words say why and what to do.
        """
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        loop = asyncio.get_running_loop()

        def report(words: str) -> None:
            if progress is not None and not loop.is_closed():
                loop.call_soon_threadsafe(progress, words)

        opening = thread.submit(Store, path, busy_timeout_s=busy_timeout_s, progress=report)
        try:
            store = await asyncio.shield(asyncio.wrap_future(opening))
        except BaseException:
            thread.submit(_close_unused, opening)
            thread.shutdown(wait=False)
            raise
        return cls(store, thread)

    @property
    def path(self) -> Path | None:
        """The database; None when it is in memory."""
        return self._store.path

    @property
    def owner(self) -> str:
        """This store's identity as the owner of drafts; empty as long as it wrote none."""
        writer = self._store._writer
        return writer.id if writer is not None else ""

    @property
    def notices(self) -> list[str]:
        """What the person should know, such as a damaged file that was set aside."""
        return self._store.notices

    async def add_turn(
        self, conversation: Conversation, question: Message | None, reply: Message
    ) -> None:
        """Write a conversation, a question and the row of its reply: see Store.add_turn."""
        await self._done(self._store.add_turn, conversation, question, reply)

    async def add_messages(
        self, conversation: Conversation, messages: Sequence[Message], *, sent: str = ""
    ) -> None:
        """Write a conversation and any of its messages: see Store.add_messages."""
        await self._done(self._store.add_messages, conversation, messages, sent=sent)

    async def mark_deleted(
        self, conversation: Conversation, messages: Sequence[Message], at: datetime | None
    ) -> None:
        """Put messages into the trash, or take them out of it: see Trash.mark_deleted."""
        await self._done(self._store.mark_deleted, conversation, messages, at)

    async def delete_conversation(self, conversation_id: str, at: datetime | None) -> None:
        """Put a conversation into the trash, or take it out of it."""
        await self._done(self._store.delete_conversation, conversation_id, at)

    async def restore_messages(self, conversation_id: str, deleted_at: datetime) -> None:
        """Take out of the trash what was deleted together from a conversation."""
        await self._done(self._store.restore_messages, conversation_id, deleted_at)

    async def trash(self, limit: int = 200, words: Sequence[str] = ()) -> list[TrashEntry]:
        """Return what was deleted and can be brought back, the latest first: see Trash.trash."""
        return await self._done(self._store.trash, limit, words)

    async def save_reply(self, reply: Message) -> None:
        """Write a reply as far as it has come, or as it ended: see Store.save_reply."""
        await self._done(self._store.save_reply, reply)

    async def save_conversation(self, conversation: Conversation) -> None:
        """Write all but messages and drafts: see Store.save_conversation."""
        await self._done(self._store.save_conversation, conversation)

    async def save_draft(
        self, conversation_id: str, draft: str, version: str | None = None
    ) -> None:
        """Write what stands in a prompt and is not sent yet: see Store.save_draft."""
        await self._done(self._store.save_draft, conversation_id, draft, version)

    async def claim_draft(self, conversation_id: str) -> str:
        """Return the draft of a conversation, owned from now on: see Store.claim_draft."""
        return await self._done(self._store.claim_draft, conversation_id)

    async def release_draft(self, conversation_id: str) -> None:
        """Let other windows have this one's draft: see Store.release_draft."""
        await self._done(self._store.release_draft, conversation_id)

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """Return a conversation, deleted or not; None if there is none of that id."""
        return await self._done(self._store.conversation, conversation_id)

    async def latest_conversation(self) -> Conversation | None:
        """Return the conversation that was used last; None if there is none yet."""
        return await self._done(self._store.latest_conversation)

    async def messages(self, conversation_id: str, *, with_deleted: bool = False) -> list[Message]:
        """Return all messages of a conversation: see Store.messages."""
        return await self._done(self._store.messages, conversation_id, with_deleted=with_deleted)

    async def summaries(
        self, limit: int = 50, offset: int = 0, query: str = ""
    ) -> list[ConversationSummary]:
        """Return what a list of conversations shows: see Store.summaries."""
        return await self._done(self._store.summaries, limit, offset, query)

    async def search(self, text: str, limit: int = 100) -> list[SearchHit]:
        """Return what is found among all conversations that are not in the trash: see find_hits.

        It delays nothing that is saved meanwhile. Whoever stops waiting for it ends it.

        Args:
            text: As a person typed it.
            limit: How many hits at most.

        Raises:
            StorageError: The database cannot be read.
        """
        query = parse_query(text)
        if self._searcher is None:
            return await self._done(self._store.search, query, limit)
        try:
            return await self._searcher.search(query, limit)
        except IndexDamage:
            # The store makes it anew.
            return await self._done(self._store.search, query, limit)

    async def prompt_history(self, limit: int = 100) -> list[str]:
        """Return the questions that were asked last, newest first, each once."""
        return await self._done(self._store.prompt_history, limit)

    async def version_of_data(self) -> int:
        """Return a number that changes when another program has written."""
        return await self._done(self._store.version_of_data)

    async def glance(self, own: Conversation) -> DatabaseSnapshot | None:
        """Return how a conversation stands, cheaply: see Store.glance."""
        return await self._done(self._store.glance, own)

    async def interrupt_orphans(self) -> list[Message]:
        """Mark replies whose writer died, and return them: see Store.interrupt_orphans."""
        return await self._done(self._store.interrupt_orphans)

    async def take_in_journals(self) -> int:
        """Take in what earlier runs could not save: see Store.take_in_journals."""
        return await self._done(self._store.take_in_journals)

    async def purge(self, before: datetime) -> Purged:
        """Remove for good what was deleted before a moment: see Trash.purge."""
        return await self._done(self._store.purge, before)

    async def back_up(self, target: Path) -> None:
        """Write a consistent copy of everything into one file: see Store.back_up."""
        await self._done(self._store.back_up, target)

    def drain(self, timeout_s: float) -> bool:
        """Wait until all that was asked for is done; for signal handlers and the end.

        It asks the thread for nothing new, so a signal may call it in the middle of anything.

        Returns:
            Whether all of it was done in time.
        """
        return not wait(tuple(self._pending), timeout_s).not_done

    async def aclose(self) -> None:
        """Finish all that was asked for, then let go of the database. Twice is harmless."""
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
            future.add_done_callback(self._tell_unheard)
            raise
        if words := self._store.unreadable.news():
            self.on_notice(words)
        return result

    def _submitted(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        try:
            future = self._thread.submit(work, *args, **kwargs)
        except RuntimeError as error:
            raise StorageError("The store of conversations is closed.") from error
        self._pending.add(future)
        future.add_done_callback(self._pending.discard)
        return future

    def _tell_unheard(self, future: Future[T]) -> None:
        error = future.exception()
        if error is not None:
            _log.error("Not saved, and nobody waited for it: %s", error)
            self.notices.append(str(error))


def _close_unused(opening: Future[Store]) -> None:
    if opening.exception() is None:
        opening.result().close()
