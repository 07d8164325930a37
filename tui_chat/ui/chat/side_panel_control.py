"""Shows and fills the side panel, and opens the conversation that is chosen there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.config.choices.side_panel_choice import save_side_panel
from tui_chat.core.labels import _
from tui_chat.storage.trash import TrashEntry
from tui_chat.ui.chat.side_room import NEEDED_WIDTH, SideRoom
from tui_chat.ui.common.key_names import key_of
from tui_chat.ui.conversations.conversation_list import Mark
from tui_chat.ui.conversations.side_panel import SidePanel
from tui_chat.ui.terminal.input.key_queue import KeyWork

if TYPE_CHECKING:
    from datetime import datetime

    from tui_chat.session.services import Services
    from tui_chat.ui.chat.conversation_switcher import ConversationSwitcher
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.conversations.browser import Chosen


class SidePanelControl:
    """Owns the panel: whether it is shown, and the marks of its entries."""

    def __init__(
        self,
        host: ChatHost,
        services: Services,
        *,
        conversations: ConversationSwitcher,
        room: SideRoom,
    ) -> None:
        self._host = host
        self._services = services
        self._conversations = conversations
        self._room = room
        self._panel: SidePanel | None = None
        self._has_begun = False
        self._seen: dict[str, datetime] = {}
        """The last use of each conversation when it was listed first, or shown last."""
        self._unread: set[str] = set()
        room.shown = self.note_change

    def toggle(self) -> None:
        """Show or hide the panel and remember it; a narrow terminal has no room for it."""
        room = self._room
        if not room.is_wide:
            text = _("The side panel needs {count} columns. {key} lists the conversations.")
            key = key_of(self._host.app, "chat.open")
            self._host.show_notice(text.format(count=NEEDED_WIDTH, key=key))
            return
        if self._panel is not None and self._panel.has_key_focus:
            self._host.focus_prompt()
        room.want(is_wanted=not room.is_wanted)
        launch = self._services.launch
        save_side_panel(
            launch.paths.state_dir, is_shown=room.is_wanted, configured=launch.ui.side_panel
        )

    def enter(self) -> bool:
        """Focus the panel; return False while it is hidden."""
        if self._panel is None or not self._room.display:
            return False
        self._panel.enter()
        return True

    def begin(self) -> None:
        """Fill the panel for the first time."""
        if not self._has_begun:
            self._has_begun = True
            self.note_change()

    def note_change(self) -> None:
        """List the conversations again after one of them changed."""
        if not (self._has_begun and self._room.display):
            return
        if self._panel is None:
            self._panel = SidePanel(
                lambda: self._services.store,
                self._conversations.library,
                mark_of=self._mark_of,
                kept_days=self._services.launch.settings.storage.trash_days,
                choose=self.open,
                listed=self._note_listed,
                changed=self._follow_change,
            )
            self._room.mount(self._panel)
        elif self._panel.is_mounted:
            self._panel.browser.refresh_list()

    def open(self, choice: Chosen) -> None:
        """Open a chosen conversation."""
        self._host.run_worker(self._open(choice), group=KeyWork.OPEN, description="open")

    async def _open(self, choice: Chosen) -> None:
        if not await self._conversations.open_at(choice.conversation_id, choice.message_id):
            self._host.focus_prompt()

    def _follow_change(self) -> None:
        """Leave a conversation that was deleted in the panel; show a new title or pin."""
        self._host.run_worker(
            self._conversations.leave_deleted, group=KeyWork.OPEN, description="leave deleted"
        )

    def mark_unread(self, conversation_id: str) -> None:
        """Mark a conversation that was answered in the background."""
        self._unread.add(conversation_id)

    def _mark_of(self, conversation_id: str) -> Mark:
        session = self._services.sessions.get(conversation_id)
        if session is not None and session.is_busy:
            return Mark.ANSWERING
        if session is not None and session is self._host.session:
            return Mark.OPEN
        return Mark.UNREAD if conversation_id in self._unread else Mark.NONE

    def _note_listed(self) -> None:
        """Mark conversations to which something was added while they were not shown."""
        if self._panel is None:
            return
        session = self._host.session
        for hit in self._panel.list.found:
            if isinstance(hit, TrashEntry) or hit.message_id is not None:
                continue
            known = self._seen.setdefault(hit.conversation_id, hit.moment)
            if session is not None and hit.conversation_id == session.conversation.id:
                self._seen[hit.conversation_id] = hit.moment
                self._unread.discard(hit.conversation_id)
            elif hit.moment > known:
                self._unread.add(hit.conversation_id)
        self._panel.list.refresh()
