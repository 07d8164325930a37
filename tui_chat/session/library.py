"""Operations on saved conversations: rename, pin, delete, restore."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import as_chat, now
from tui_chat.core.text.sanitize import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_chat.core.conversation import Conversation
    from tui_chat.session.session import ChatSession
    from tui_chat.storage.async_store import AsyncStore
    from tui_chat.storage.trash import TrashEntry

TITLED_BY: Final = "titled_by"
"""Name in Conversation.settings: who wrote the title, `person` or `model`; absent if generated."""
PINNED: Final = "pinned"
_TITLE_LIMIT: Final = 200


class ConversationLibrary:
    """Changes saved conversations, and the sessions of those that are open."""

    def __init__(
        self,
        store: Callable[[], AsyncStore],
        open_session: Callable[[str], ChatSession | None],
    ) -> None:
        """Create a library of conversations.

        Args:
            store: Returns the current store.
            open_session: Returns the session of a conversation by its id; None if it is not open.
        """
        self._current_store = store
        self._open_session = open_session
        self._deleted: list[str] = []

    @property
    def _store(self) -> AsyncStore:
        return self._current_store()

    async def rename(self, conversation_id: str, title: str) -> None:
        """Rename a conversation; an empty title changes nothing.

        Raises:
            StorageError: It is not saved.
        """
        title = " ".join(replace_surrogates(title).split())[:_TITLE_LIMIT]
        conversation = await self._conversation(conversation_id)
        if conversation is None or not title or title == conversation.title:
            return
        settings = {**as_chat(conversation).settings, TITLED_BY: "person"}
        await self._save(replace(conversation, title=title, settings=settings))

    async def toggle_pinned(self, conversation_id: str) -> bool:
        """Pin a conversation, so that it is listed first, or unpin it; return whether it is pinned.

        Raises:
            StorageError: It is not saved.
        """
        conversation = await self._conversation(conversation_id)
        if conversation is None:
            return False
        settings = {**as_chat(conversation).settings}
        if settings.pop(PINNED, False) is not True:
            settings[PINNED] = True
        await self._save(replace(conversation, settings=settings))
        return PINNED in settings

    async def delete(self, conversation_id: str) -> None:
        """Move a conversation to the trash.

        Raises:
            StorageError: It is not deleted.
        """
        moment = now()
        await self._store.delete_conversation(conversation_id, moment)
        self._deleted.append(conversation_id)
        self._mark_open(conversation_id, is_deleted=True)

    async def undo(self) -> str | None:
        """Restore the conversation that was deleted last in this run; return its id.

        Raises:
            StorageError: It is still in the trash.
        """
        if not self._deleted:
            return None
        conversation_id = self._deleted[-1]
        await self._restore_conversation(conversation_id)
        return conversation_id

    async def restore(self, entry: TrashEntry) -> str | None:
        """Restore an entry of the trash.

        Returns:
            The id of the first restored message; None for a whole conversation.

        Raises:
            StorageError: It is still in the trash.
        """
        if entry.beginning is None:
            await self._restore_conversation(entry.conversation_id)
            return None
        every = await self._store.messages(entry.conversation_id, with_deleted=True)
        restored = [message for message in every if message.deleted_at == entry.deleted_at]
        conversation = await self._conversation(entry.conversation_id)
        if not restored or conversation is None:
            return None
        # Deleted ancestors are restored too: without them the messages could not be shown.
        by_id = {message.id: message for message in every}
        wanted = {message.id: message for message in restored}
        above = by_id.get(restored[0].parent_id or "")
        while above is not None and above.deleted_at is not None and above.id not in wanted:
            wanted[above.id] = above
            above = by_id.get(above.parent_id or "")
        await self._store.mark_deleted(conversation, list(wanted.values()), None)
        session = self._open_session(entry.conversation_id)
        if session is not None:
            for message in wanted.values():
                session.tree.put(replace(message, deleted_at=None))
        return restored[0].id

    async def _restore_conversation(self, conversation_id: str) -> None:
        await self._store.delete_conversation(conversation_id, None)
        self._deleted = [other for other in self._deleted if other != conversation_id]
        self._mark_open(conversation_id, is_deleted=False)

    def _mark_open(self, conversation_id: str, *, is_deleted: bool) -> None:
        session = self._open_session(conversation_id)
        if session is not None:
            moment = now() if is_deleted else None
            session.conversation = replace(session.conversation, deleted_at=moment)

    async def _conversation(self, conversation_id: str) -> Conversation | None:
        session = self._open_session(conversation_id)
        if session is not None:
            return session.conversation
        return await self._store.conversation(conversation_id)

    async def _save(self, conversation: Conversation) -> None:
        session = self._open_session(conversation.id)
        if session is not None:
            session.conversation = conversation
        if session is not None and session.is_temporary:
            # A temporary conversation has its own store in memory.
            await session.store.save_conversation(conversation)
        else:
            await self._store.save_conversation(conversation)


def is_pinned(conversation: Conversation) -> bool:
    """Return whether a conversation is listed first."""
    return conversation.settings.get(PINNED) is True
