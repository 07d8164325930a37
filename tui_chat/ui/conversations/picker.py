"""The list of conversations with search and trash (Ctrl+O)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.containers import Vertical

from tui_chat.core.labels import _
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.conversations.browser import Chosen, ConversationBrowser
from tui_chat.ui.conversations.conversation_list import ConversationList

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.dom import DOMNode

    from tui_chat.session.library import ConversationLibrary
    from tui_chat.storage.async_store import AsyncStore

__all__ = ["Chosen", "ConversationPicker"]

_PANEL_ROWS: Final = 4
"""Rows of the border and the padding."""
_SHARE: Final = 85
"""Percent of the screen's height that the panel takes at most, as in the CSS of `Modal`."""


class ConversationPicker(Modal[Chosen]):
    """Lists and searches conversations; the result is the user's choice."""

    def __init__(
        self,
        store: AsyncStore,
        library: ConversationLibrary,
        *,
        query: str = "",
        kept_days: int = 30,
    ) -> None:
        super().__init__()
        self._list = ConversationList()
        self._browser = ConversationBrowser(
            lambda: store, library, self._list, query=query, kept_days=kept_days
        )

    def compose(self) -> ComposeResult:
        """Build the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = _("Conversations")
            yield self._browser

    def on_mount(self) -> None:
        """Focus the search field."""
        self._browser.input.focus()

    def on_resize(self) -> None:
        """Keep room for the keys below a long list."""
        self._limit_height()

    def on_conversation_browser_filled(self) -> None:
        """Keep room for a note below the list."""
        self._limit_height()

    def _limit_height(self) -> None:
        rows = self.size.height * _SHARE // 100 - _PANEL_ROWS - self._browser.rows_around
        self._list.styles.max_height = max(2, rows)

    def on_conversation_browser_picked(self, event: ConversationBrowser.Picked) -> None:
        """Close with the choice."""
        self.dismiss(event.choice)

    def key_group(self) -> tuple[str, list[DOMNode]]:
        """Return the heading and the widget of the keys, for the key help."""
        return _("In the list of conversations"), [self._browser.input]
