"""The side panel (F9): the conversations beside the open one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical

from tui_chat.core.labels import _
from tui_chat.ui.common.key_names import key_of
from tui_chat.ui.conversations.browser import ConversationBrowser
from tui_chat.ui.conversations.conversation_list import ConversationList, Mark

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from tui_chat.session.library import ConversationLibrary
    from tui_chat.storage.async_store import AsyncStore
    from tui_chat.ui.conversations.browser import Chosen


class SidePanel(Vertical):
    """The list of Ctrl+O in a narrow column. It never takes the focus by itself."""

    DEFAULT_CSS = """
    SidePanel {
        height: 100%;
        padding: 0 1;
        border-right: solid $foreground 20%;
        ConversationBrowser { height: 1fr; }
        ConversationList { height: 1fr; }
    }
    """

    def __init__(
        self,
        store: Callable[[], AsyncStore],
        library: ConversationLibrary,
        *,
        mark_of: Callable[[str], Mark],
        kept_days: int,
        choose: Callable[[Chosen], None],
        listed: Callable[[], None],
        changed: Callable[[], None],
    ) -> None:
        """Create the panel.

        Args:
            store: Returns the current store.
            library: Changes conversations.
            mark_of: Returns the state of a conversation by its id.
            kept_days: The days until the trash is emptied.
            choose: Called with the chosen conversation.
            listed: Called after the list was read.
            changed: Called after a conversation was changed here.
        """
        super().__init__(id="side-panel")
        self._choose = choose
        self._listed = listed
        self._changed = changed
        self.list = ConversationList(
            is_narrow=True, mark_of=mark_of, has_cursor=lambda: self.has_key_focus
        )
        self.browser = ConversationBrowser(store, library, self.list, kept_days=kept_days)
        self.browser.input.placeholder = _("Filter")
        self.browser.empty_hint = lambda: _("{key} hides this list.").format(
            key=key_of(self.app, "chat.side_panel")
        )
        # Not in the chain of Tab: a key or a click enters it.
        self.browser.input.can_focus = False

    def compose(self) -> ComposeResult:
        """Build the panel."""
        yield self.browser

    @property
    def has_key_focus(self) -> bool:
        """True if the search field has the focus."""
        return self.screen.focused is self.browser.input

    def enter(self) -> None:
        """Focus the search field."""
        self.browser.input.can_focus = True
        self.browser.input.focus()

    def on_descendant_focus(self) -> None:
        """Show the highlight."""
        self.list.refresh()

    def on_descendant_blur(self) -> None:
        """Hide the highlight, and leave the chain of Tab again."""
        self.browser.input.can_focus = False
        self.list.refresh()

    def on_click(self) -> None:
        """Enter the panel by a click beside its entries, which a click opens."""
        self.enter()

    def on_conversation_browser_picked(self, event: ConversationBrowser.Picked) -> None:
        """Open a conversation."""
        event.stop()
        self._choose(event.choice)

    def on_conversation_browser_filled(self) -> None:
        """Update the marks."""
        self._listed()

    def on_conversation_browser_changed(self) -> None:
        """Update the chat after a change."""
        self._changed()
