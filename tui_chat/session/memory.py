"""The memory of an open conversation: whether it is sent, and the text as it was read last."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tui_chat.config.projects.memory import MemoryFile

if TYPE_CHECKING:
    from pathlib import Path

    from tui_chat.session.session import ChatSession

MEMORY: Final = "memory"
"""Name in Conversation.settings: whether the memory is sent; without it, the profile decides."""


class SessionMemory:
    """The memory of a session's profile. Never sent in a temporary conversation.

    Attributes:
        config_file: The memory is beside it; None if there is no memory, as in a batch.
        text: The text that requests contain, as `load` has read it; empty for none.
    """

    def __init__(self, session: ChatSession) -> None:
        self._session = session
        self.config_file: Path | None = None
        self.text = ""

    @property
    def file(self) -> MemoryFile | None:
        """The file of the profile; None if there can be no memory here."""
        if self.config_file is None or self._session.is_temporary:
            return None
        return MemoryFile(self.config_file, self._session.profile)

    @property
    def is_on(self) -> bool:
        """True if the memory is sent with the system prompt."""
        if self.file is None:
            return False
        own = self._session.conversation.settings.get(MEMORY)
        return own if isinstance(own, bool) else self._session.profile.memory is not None

    async def load(self) -> None:
        """Read the text that the next request contains.

        Raises:
            ConfigError: It cannot be read, or other users can write it.
        """
        file = self.file if self.is_on else None
        self.text = (await asyncio.to_thread(file.read)).strip() if file is not None else ""

    async def switch(self, *, is_on: bool) -> None:
        """Send the memory in this conversation, or stop sending it.

        Raises:
            StorageError: The choice applies, but is not saved.
        """
        session = self._session
        settings = {**session.conversation.settings, MEMORY: is_on}
        session.conversation = replace(session.conversation, settings=settings)
        await session.store.save_conversation(session.conversation)
