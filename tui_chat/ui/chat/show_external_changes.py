"""Polls the database for changes by other windows and shows them in the open conversation."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _
from tui_chat.session.external_changes import merge_external_changes
from tui_chat.ui.chat.status_line import HoldsWhile
from tui_chat.ui.common.key_names import key_of
from tui_chat.ui.common.message_labels import ANSWERED_ELSEWHERE, idle_status
from tui_chat.ui.labels import DELETED_ELSEWHERE, PURGED_ELSEWHERE, new_branches_notice

if TYPE_CHECKING:
    from tui_chat.core.conversation import Conversation
    from tui_chat.session.services import Services
    from tui_chat.session.session import ChatSession
    from tui_chat.storage.live_replies import DatabaseSnapshot
    from tui_chat.ui.chat.status_line import StatusLine
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.messages.message_list import MessageList

log = logging.getLogger(__name__)

EVERY_S: Final = 1.0
"""Seconds between two polls. A poll without news reads one number from the database."""


class ExternalChanges:
    """Merges the changes of other programs into the open session, once a second."""

    def __init__(
        self, host: ChatHost, services: Services, *, messages: MessageList, status: StatusLine
    ) -> None:
        self._host = host
        self._services = services
        self._messages = messages
        self._status = status
        self._version = -1
        self._session: ChatSession | None = None
        self._found: DatabaseSnapshot | None = None

    async def watch(self) -> None:
        """Poll until cancelled."""
        logged = ""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.poll()
            except StorageError as error:
                # Logged once: the user sees such an error where something is saved.
                if error.message != logged:
                    logged = error.message
                    log.warning("cannot poll the store: %s", error)

    async def poll(self) -> None:
        """Check once, and show what is new."""
        services = self._services
        await services.saved.recover()
        session = self._host.session
        if session is None or services.store.path is None or self._host.is_busy:
            return
        version = await services.store.data_version()
        is_running = self._found is not None and bool(self._found.running)
        if (version, session) == (self._version, self._session) and not is_running:
            return
        own = session.conversation
        found = await services.store.snapshot(own)
        if session.conversation is not own:
            return  # Changed here meanwhile, and perhaps not saved yet: the next poll sees it.
        if found is not None and not self._is_known(session, found):
            is_text_only = self._is_text_only(session, found)
            messages = (
                list(found.running)
                if is_text_only
                else await services.store.messages(own.id, with_deleted=True)
            )
            if session.conversation is not own or not self._can_merge(session):
                return  # Changed here meanwhile: the next poll merges that too.
            branches = merge_external_changes(session, found, messages)
            await self._messages.virtual_list.merge_external_changes(session.path)
            self._messages.update_around()
            if self._host.session is not session:
                return
            self._show_state(session, found)
            self._report_branches(len(branches))
            self._report_deleted(own, session.conversation)
        elif found is None:
            self._report_gone(session)
        self._version, self._session, self._found = version, session, found

    def _can_merge(self, session: ChatSession) -> bool:
        if self._host.session is not session or self._host.is_busy:
            return False
        return self._messages.is_attached and not self._messages.virtual_list.path_lock.locked()

    def _report_branches(self, count: int) -> None:
        if count:
            key = partial(key_of, self._messages.app)
            self._warn(new_branches_notice(count, key))

    def _report_deleted(self, own: Conversation, conversation: Conversation) -> None:
        if (own.deleted_at is None) == (conversation.deleted_at is None):
            return
        if conversation.deleted_at is None:
            self._warn(_("This conversation was restored from the trash in another window."))
        else:
            self._warn(_(DELETED_ELSEWHERE))

    def _report_gone(self, session: ChatSession) -> None:
        """Report that the conversation was removed from the database."""
        was_found = session is self._session and self._found is not None
        was_stored = was_found or session.conversation.stored is not None or self._is_saved(session)
        if was_stored and not session.is_gone:
            session.is_gone = True
            self._warn(_(PURGED_ELSEWHERE))

    def _is_saved(self, session: ChatSession) -> bool:
        """Say whether all that a session asked in this run is in the database."""
        waiting = {it.conversation.id for it in self._services.write_buffer.waiting}
        is_kept = not session.is_temporary and session.conversation.id not in waiting
        return is_kept and len(session.tree) > 0

    def _is_known(self, session: ChatSession, found: DatabaseSnapshot) -> bool:
        """Return whether the shown messages are up to date."""
        if session is not self._session or self._found is None:
            # Just opened with all its messages; only a running reply may have grown since.
            own, stored = session.conversation, found.conversation
            is_same = (own.title, own.deleted_at) == (stored.title, stored.deleted_at)
            return is_same and not found.running and found.message_count == session.tree.alive_count
        return found.shows_same_messages(self._found) and found.running == self._found.running

    def _is_text_only(self, session: ChatSession, found: DatabaseSnapshot) -> bool:
        return (
            session is self._session
            and self._found is not None
            and found.shows_same_messages(self._found)
        )

    def _show_state(self, session: ChatSession, found: DatabaseSnapshot) -> None:
        on_path = {message.id for message in session.path}
        is_running = any(reply.id in on_path for reply in found.running)
        was_running = self._status.holds is HoldsWhile.ANSWERED_ELSEWHERE
        if is_running:
            holds = HoldsWhile.ANSWERED_ELSEWHERE
            self._status.show_idle(_(ANSWERED_ELSEWHERE), holds=holds, is_from_user=False)
        elif was_running:
            last = session.path[-1] if session.path else None
            text = idle_status(last, partial(key_of, self._messages.app))
            self._status.show_idle(text, is_from_user=False)
        self._host.show_around()

    def _warn(self, text: str) -> None:
        self._host.show_notice(text, "warning", timeout_s=15)
