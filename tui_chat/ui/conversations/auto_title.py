"""Has titles written by the model while nothing else is asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tui_chat.session.model_titles import title_by_model, wants_title

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from textual.worker import Worker

    from tui_chat.config.ui_settings import UiSettings
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.chat.conversation_switcher import Conversations


class TitleHost(Protocol):
    """The screen, as far as titles need it."""

    @property
    def is_busy(self) -> bool:
        """Whether a turn runs."""

    def run_worker(
        self, work: Coroutine[object, object, None], *, group: str, description: str
    ) -> Worker[None]:
        """Run something beside."""

    def show_title(self) -> None:
        """Show the title as it is now."""


class AutoTitle:
    """Asks for a title once per conversation; the next question comes before it."""

    def __init__(self, host: TitleHost, conversations: Conversations, ui: UiSettings) -> None:
        """Prepare.

        Args:
            host: The screen.
            conversations: Knows which session is open.
            ui: Says whether the model writes titles at all.
        """
        self._is_wanted = ui.titles == "model"
        self._host = host
        self._conversations = conversations
        self._asked: set[str] = set()
        self._worker: Worker[None] | None = None

    def note_change(self) -> None:
        """Ask when a first answer is there; stop asking when a turn begins."""
        session = self._conversations.session
        if self._host.is_busy:
            self.stop()
        elif self._is_wanted and session is not None and wants_title(session):
            conversation_id = session.conversation.id
            if conversation_id not in self._asked:
                self._asked.add(conversation_id)
                self._worker = self._host.run_worker(
                    self._write(session), group="title", description="a title"
                )

    def stop(self) -> None:
        """Stop asking."""
        if self._worker is not None:
            self._worker.cancel()
            self._worker = None

    async def _write(self, session: ChatSession) -> None:
        if await title_by_model(session, self._conversations.services):
            self._host.show_title()
