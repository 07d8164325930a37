"""Where temporary conversations live: each in a store of its own, in memory alone."""

from __future__ import annotations

from tui_chat.storage.async_store import AsyncStore


class TemporaryStores:
    """Opens a store for a conversation that is never written to the disk, and lets go of it."""

    def __init__(self) -> None:
        self._stores: dict[str, AsyncStore] = {}

    async def begin(self, conversation_id: str) -> AsyncStore:
        """Return the store of a new temporary conversation."""
        store = self._stores[conversation_id] = await AsyncStore.open(None)
        return store

    async def forget(self, conversation_id: str) -> None:
        """Let go of a conversation with all that is in it; of any other nothing happens."""
        store = self._stores.pop(conversation_id, None)
        if store is not None:
            await store.aclose()

    async def aclose(self) -> None:
        """Let go of all."""
        for conversation_id in list(self._stores):
            await self.forget(conversation_id)
