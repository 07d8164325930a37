"""Shows and changes the memory of the open conversation's profile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _

if TYPE_CHECKING:
    from tui_chat.config.projects.memory import MemoryFile
    from tui_chat.core.conversation import Message
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.common.chat_host import ChatHost


class MemoryActions:
    """Opens the dialogs of the memory and applies what the user chose."""

    def __init__(self, host: ChatHost) -> None:
        self._host = host

    async def open(self) -> None:
        """Show the memory as a text to edit, and switch it on or off in this conversation."""
        from tui_chat.ui.projects.memory_editor import MemoryEditor

        session, file = self._session_and_file()
        if session is None or file is None:
            return
        try:
            text = await asyncio.to_thread(file.read)
        except ConfigError as error:
            self._warn(error)
            return
        memory = session.memory
        change = await self._host.app.push_screen_wait(
            MemoryEditor(
                text, profile=session.profile.name, file=file.path.name, is_on=memory.is_on
            )
        )
        if change is None:
            return
        if change.text is not None and not await self._written(file, change.text):
            return
        if change.is_on != memory.is_on:
            await memory.switch(is_on=change.is_on)
        await self._reload(session)

    async def add(self, session: ChatSession, message: Message) -> None:
        """Add a line, by default the beginning of a message."""
        from tui_chat.ui.projects.memory_editor import AddMemory

        file = self._session_and_file()[1]
        if file is None:
            return
        hint = (
            _("Added to {file}.")
            if session.memory.is_on
            else _(
                "Added to {file}, which this conversation does not send: /memory switches it on."
            )
        )
        line = await self._host.app.push_screen_wait(
            AddMemory(message.content, hint.format(file=file.path.name))
        )
        if line is None:
            return
        try:
            await asyncio.to_thread(file.add, line)
        except ConfigError as error:
            self._warn(error)
            return
        self._host.show_notice(hint.format(file=file.path.name))
        await self._reload(session)

    async def _written(self, file: MemoryFile, text: str) -> bool:
        try:
            await asyncio.to_thread(file.write, text)
        except ConfigError as error:
            self._warn(error)
            return False
        return True

    async def _reload(self, session: ChatSession) -> None:
        """Show the header and the use of the context with the new text."""
        try:
            await session.memory.load()
        except ConfigError as error:
            self._warn(error)
        self._host.show_around()

    def _warn(self, error: ConfigError) -> None:
        # Long enough to read a path in it.
        self._host.show_notice(error.message, "warning", timeout_s=12)

    def _session_and_file(self) -> tuple[ChatSession | None, MemoryFile | None]:
        """Return the open session and its memory; say so if it has none."""
        session = self._host.session
        file = session.memory.file if session is not None else None
        if session is not None and file is None:
            self._host.show_notice(_("A temporary conversation has no memory."), "warning")
        return session, file
