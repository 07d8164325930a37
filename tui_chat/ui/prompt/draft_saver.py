"""Saves the draft while the user types, debounced."""

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
"""Debounce interval in seconds; the draft is promised to be on disk within one second."""


class DraftSaver:
    """Writes the draft of the open conversation to the store."""

    def __init__(self, widget: Widget, store: AsyncStore) -> None:
        """Bind to a widget and a store.

        Args:
            widget: Owns the timer.
            store: Receives the drafts.
        """
        self._store = store
        self._saving = Deferred(widget)
        self._pending: tuple[ChatSession, str, str] | None = None

    def note(self, session: ChatSession, text: str) -> None:
        """Record a changed draft; it is written within `PAUSE_S`."""
        # The version is created here, so text typed before a question was sent is older than it.
        self._pending = (session, text, new_id())
        if not self._saving.is_pending:
            self._saving.start(PAUSE_S, self.save)

    async def save(self) -> None:
        """Write the pending draft, if any."""
        self._saving.cancel()
        if self._pending is None:
            return
        session, text, version = self._pending
        self._pending = None
        try:
            await session.save_draft(text, version)
        except StorageError as error:
            log.warning("the draft is not saved: %s", error)
