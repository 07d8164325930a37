"""Lets the model write titles while no turn runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.session.model_titles import title_by_model, wants_title

if TYPE_CHECKING:
    from textual.worker import Worker

    from tui_chat.session.services import Services
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.common.chat_host import ChatHost


class AutoTitle:
    """Requests a title once per conversation; a new turn cancels the request."""

    def __init__(self, host: ChatHost, services: Services) -> None:
        self._host = host
        self._services = services
        self._asked: set[str] = set()
        self._worker: Worker[object] | None = None

    def note_change(self) -> None:
        """Request a title after the first answer; cancel the request when a turn begins."""
        session = self._host.session
        if self._host.is_busy:
            self.stop()
        elif (
            self._services.launch.ui.titles == "model"
            and session is not None
            and wants_title(session)
        ):
            conversation_id = session.conversation.id
            if conversation_id not in self._asked:
                self._asked.add(conversation_id)
                self._worker = self._host.run_worker(
                    self._write(session), group="title", description="title"
                )

    def stop(self) -> None:
        """Cancel the request."""
        if self._worker is not None:
            self._worker.cancel()
            self._worker = None

    async def _write(self, session: ChatSession) -> None:
        if await title_by_model(session, self._services):
            self._host.show_title()
