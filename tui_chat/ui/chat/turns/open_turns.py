"""The views and queues of all open conversations, and what happens when an answer is finished."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import MessageStatus
from tui_chat.core.labels import N_, _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.session.question_queue import QuestionQueue
from tui_chat.ui.chat.turns.turn_view import ScreenTurnView
from tui_chat.ui.common.key_names import key_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_chat.core.conversation import Message
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.chat.status_line import StatusLine
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.messages.message_list import MessageList

_TITLE_CHARACTERS: Final = 30
_FINISHED: Final = {
    MessageStatus.COMPLETE: N_("“{title}” is answered. {key} opens it."),
    MessageStatus.FAILED: N_("“{title}”: the answer failed. {key} opens it."),
    MessageStatus.INTERRUPTED: N_("“{title}”: the answer broke off. {key} opens it."),
}


@dataclass(frozen=True, slots=True)
class _Open:
    """The view and the queue of one open conversation."""

    view: ScreenTurnView
    queue: QuestionQueue


class OpenTurns:
    """Creates the view and the queue of a conversation when they are needed first.

    Attributes:
        on_started: Called when a turn begins in any conversation.
        on_reply: Called with a session and the status of its finished reply.
        on_unread: Called with the id of a conversation that was answered in the background.
    """

    def __init__(self, host: ChatHost, messages: MessageList, status: StatusLine) -> None:
        self._host = host
        self._messages = messages
        self._status = status
        self._open: dict[str, _Open] = {}
        self.on_started: Callable[[], None] = lambda: None
        self.on_reply: Callable[[ChatSession, MessageStatus], None] = lambda session, status: None
        self.on_unread: Callable[[str], None] = lambda conversation_id: None

    def view_of(self, session: ChatSession) -> ScreenTurnView:
        """Return the view of a session's turns."""
        return self._of(session).view

    def queue_of(self, session: ChatSession) -> QuestionQueue:
        """Return the questions that wait in a session."""
        return self._of(session).queue

    def forget(self, session: ChatSession) -> None:
        """Forget a conversation that is closed."""
        self._open.pop(session.conversation.id, None)

    def _of(self, session: ChatSession) -> _Open:
        known = self._open.get(session.conversation.id)
        if known is None:
            view = ScreenTurnView(
                self._messages,
                self._status,
                on_started=lambda: self.on_started(),
                on_finished=lambda reply: self._note_finished(session, reply),
                on_storage_error=self._host.report_unsaved,
            )
            known = self._open[session.conversation.id] = _Open(view, QuestionQueue(session))
        return known

    def _note_finished(self, session: ChatSession, reply: Message) -> None:
        self.on_reply(session, reply.status)
        if session is self._host.session or reply.status not in _FINISHED:
            return
        self.on_unread(session.conversation.id)
        title = sanitize_line(session.conversation.title, _TITLE_CHARACTERS)
        key = key_of(self._host.app, "chat.open")
        self._host.show_notice(_(_FINISHED[reply.status]).format(title=title, key=key))
