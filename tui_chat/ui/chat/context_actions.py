"""The commands for a full context: leave out, summarize, send everything again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.core.errors import StorageError, TuiChatError
from tui_chat.core.labels import _, ngettext
from tui_chat.core.parameters.web_search import web_fields
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.commands.table import palette_hint
from tui_chat.ui.common.key_names import key_of

if TYPE_CHECKING:
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.chat.status_line import StatusLine
    from tui_chat.ui.common.chat_host import ChatHost


class ContextActions:
    """Runs the commands. Nothing is deleted; each one can be undone."""

    def __init__(self, host: ChatHost, status: StatusLine) -> None:
        self._host = host
        self._status = status

    async def leave_out(self, session: ChatSession) -> None:
        """Stop sending the oldest turns."""
        count = session.context.trim_oldest()
        if not count:
            self._report_nothing()
            return
        await self._save(session)
        done = ngettext(
            "The oldest turn is left out of requests; it stays saved.",
            "The oldest {count} turns are left out of requests; they stay saved.",
            count,
        )
        self._host.show_notice(f"{done} {self._undo_hint()}")

    async def send_everything(self, session: ChatSession) -> None:
        """Send the whole path again."""
        if not session.context.send_everything():
            self._host.show_notice(_("The whole conversation is sent already."))
            return
        await self._save(session)
        self._host.show_notice(_("The whole conversation is sent again."))

    async def switch_web_search(self, session: ChatSession) -> None:
        """Turn web search by the endpoint on or off."""
        if web_fields(session.profile) is None:
            text = _("It is not known how {profile} searches the web. Set `web` in its profile.")
            self._host.show_notice(text.format(profile=sanitize_line(session.profile.name, 40)))
            return
        try:
            await session.parameters.switch_web_search()
        except StorageError as error:
            self._host.report_unsaved(error)
        self._host.show_around()
        is_on = session.parameters.searches_web
        self._host.show_notice(_("Web search is on.") if is_on else _("Web search is off."))

    def sum_up(self, session: ChatSession) -> None:
        """Let the model summarize the oldest turns."""
        self._host.begin_turn(self._sum_up(session))

    async def _sum_up(self, session: ChatSession) -> None:
        try:
            count = await session.context.summarize_oldest(self._status.feed)
        except TuiChatError as error:
            text = _("There is no summary: {reason}").format(reason=error.message)
            self._host.show_notice(text, "warning")
            return
        finally:
            self._status.stop()
        if not count:
            self._report_nothing()
            return
        await self._save(session)
        done = ngettext(
            "A summary is sent in place of the oldest turn.",
            "A summary is sent in place of the oldest {count} turns.",
            count,
        )
        self._host.show_notice(f"{done} {self._undo_hint()}")

    def _report_nothing(self) -> None:
        self._host.show_notice(_("No turn is older than the last one."))

    def _undo_hint(self) -> str:
        command = palette_hint("send_all", key_of(self._host.app, "app.commands"))
        return _("{command} undoes it.").format(command=command)

    async def _save(self, session: ChatSession) -> None:
        self._host.show_around()
        try:
            await session.store.save_conversation(session.conversation)
        except StorageError as error:
            self._host.report_unsaved(error)
