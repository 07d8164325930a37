"""Calls the user when an answer has ended, and shows the state in the title of the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import MessageStatus
from tui_chat.core.labels import N_, _
from tui_chat.ui.terminal.attention import CallsAttention

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_chat.session.launch import Launch
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.common.chat_host import ChatHost

LONG_S: Final = 10.0
"""Seconds after which the user is assumed to look elsewhere, if the terminal does not tell."""

_IDLE_TITLE: Final = "tui-chat"
_RUNNING_TITLE: Final = N_("● tui-chat: answering")
# Constant: neither words of the model nor of the user reach the terminal outside of the screen.
_ENDS: Final = {
    MessageStatus.COMPLETE: (N_("✓ tui-chat: answered"), N_("The answer is complete.")),
    MessageStatus.FAILED: (N_("✗ tui-chat: the answer failed"), N_("The answer failed.")),
    MessageStatus.INTERRUPTED: (
        N_("✗ tui-chat: the answer broke off"),
        N_("The answer broke off."),
    ),
}


@dataclass(slots=True)
class _Running:
    """The turns of one conversation until nothing waits in it."""

    began_at: float
    status: MessageStatus | None = None
    """The status of the last reply."""


class AnswerAlert:
    """Follows the turns of all conversations."""

    def __init__(
        self, host: ChatHost, launch: Launch, clock: Callable[[], float] = monotonic
    ) -> None:
        self._host = host
        self._launch = launch
        self._clock = clock
        self._running: dict[str, _Running] = {}

    def note_started(self, session: ChatSession) -> None:
        """Take in the start of a turn; one behind another belongs to the same wait."""
        self._running.setdefault(session.conversation.id, _Running(self._clock()))
        self._show_title(_(_RUNNING_TITLE))

    def note_reply(self, session: ChatSession, status: MessageStatus) -> None:
        """Take in the status of a finished reply."""
        if (running := self._running.get(session.conversation.id)) is not None:
            running.status = status

    def note_ended(self, session: ChatSession) -> None:
        """Call the user if nothing runs in a conversation any more, unless they stopped it."""
        running = self._running.pop(session.conversation.id, None)
        if running is None:
            return
        title, text = _ENDS.get(running.status or MessageStatus.CANCELLED, (_IDLE_TITLE, ""))
        if self._running:
            self._show_title(_(_RUNNING_TITLE))
        else:
            self._show_title(_(title), until_seen=_IDLE_TITLE)
        if text:
            self.call(_(text), self._clock() - running.began_at)

    def call(self, text: str, seconds: float = 0.0) -> None:
        """Call the user, unless the terminal has the focus.

        Args:
            text: A constant text, translated.
            seconds: The time that the user has waited.
        """
        app, notify = self._host.app, self._launch.ui.notify
        if (
            notify != "off"
            and isinstance(app, CallsAttention)
            and is_unwatched(seconds, has_focus=app.attention.has_focus)
        ):
            app.attention.call(text, with_notification=notify == "auto")

    def _show_title(self, title: str, *, until_seen: str | None = None) -> None:
        app = self._host.app
        if isinstance(app, CallsAttention):
            is_watched = app.attention.has_focus is True
            app.attention.show_title(
                until_seen if is_watched and until_seen else title, until_seen=until_seen
            )


def is_unwatched(seconds: float, *, has_focus: bool | None) -> bool:
    """Return whether the user probably does not see that an answer has ended.

    Args:
        seconds: The duration of the wait.
        has_focus: Whether the terminal has the focus; None if it does not report it, as in tmux.
    """
    return seconds > LONG_S if has_focus is None else not has_focus
