"""Saves what is written in the prompt while it is being written."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import new_id
from tui_chat.core.errors import StorageError
from tui_chat.ui.terminal.deferred import Deferred

if TYPE_CHECKING:
    from textual.widget import Widget

    from tui_chat.session.session import ChatSession
    from tui_chat.storage.async_store import AsyncStore

log = logging.getLogger(__name__)

PAUSE_S: Final = 0.4
"""How long typing goes on before the draft is saved; well within the promised second."""


class DraftSaver:
    """Keeps the draft of the open conversation on the disk."""

    def __init__(self, widget: Widget, store: AsyncStore) -> None:
        """Prepare.

        Args:
            widget: Lends its timers.
            store: Where drafts are saved.
        """
        self._store = store
        self._saving = Deferred(widget)
        self._pending: tuple[ChatSession, str, str] | None = None

    def note(self, session: ChatSession, text: str) -> None:
        """Take a draft that has changed; it is saved within `PAUSE_S`."""
        # The version is made here: what was typed before a question was sent is older than that.
        self._pending = (session, text, new_id())
        if not self._saving.is_pending:
            self._saving.start(PAUSE_S, self.save)

    async def save(self) -> None:
        """Save what is not saved yet."""
        self._saving.cancel()
        if self._pending is None:
            return
        session, text, version = self._pending
        self._pending = None
        try:
            await session.save_draft(text, version)
        except StorageError as error:
            log.warning("the draft is not saved: %s", error)
