"""What a person does about a context that is full: leave out, sum up, send everything again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.core.errors import StorageError, TuiChatError
from tui_chat.ui.labels import oldest_words

if TYPE_CHECKING:
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.chat.status_line import StatusLine
    from tui_chat.ui.common.chat_host import ChatHost

_UNDO = "Ctrl+P, “Send everything again” takes it back."
_NOTHING = "There is nothing older than the last turn."


class ContextActions:
    """Carries out the commands. Nothing is deleted; each can be taken back."""

    def __init__(self, host: ChatHost, status: StatusLine) -> None:
        self._host = host
        self._status = status

    async def leave_out(self, session: ChatSession) -> None:
        """Leave the oldest turns out of what is sent."""
        count = session.context.trim_oldest()
        if not count:
            self._host.say(_NOTHING)
            return
        await self._save(session)
        self._host.say(f"Not sent any more, and still saved: {oldest_words(count)}. {_UNDO}")

    async def send_everything(self, session: ChatSession) -> None:
        """Send the whole path again."""
        if not session.context.send_everything():
            self._host.say("Everything is sent already.")
            return
        await self._save(session)
        self._host.say("The whole conversation is sent again.")

    def sum_up(self, session: ChatSession) -> None:
        """Have the model sum up the oldest turns."""
        self._host.begin_turn(self._sum_up(session))

    async def _sum_up(self, session: ChatSession) -> None:
        try:
            count = await session.context.summarize_oldest(self._status.feed)
        except TuiChatError as error:
            self._host.say(f"There is no summary: {error.message}", "warning")
            return
        finally:
            self._status.stop()
        if not count:
            self._host.say(_NOTHING)
            return
        await self._save(session)
        self._host.say(f"A summary is sent in place of {oldest_words(count)}. {_UNDO}")

    async def _save(self, session: ChatSession) -> None:
        self._host.show_around()
        try:
            await session.store.save_conversation(session.conversation)
        except StorageError as error:
            self._host.tell_not_saved(error)
