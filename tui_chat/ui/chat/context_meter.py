"""Shows how full the model's context is, and where what is sent begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.session.context_window import configured_context_tokens, reported_context_tokens

if TYPE_CHECKING:
    from tui_chat.core.text.token_estimate import ContextUse
    from tui_chat.session.context_window import Boundary
    from tui_chat.session.services import Services
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.chat.status_line import StatusLine
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.messages.message_list import MessageList


_A_TURN: Final = 2
"""Messages."""


class ContextMeter:
    """Keeps the figure in the status line and the line between the messages true."""

    def __init__(
        self,
        host: ChatHost,
        services: Services,
        *,
        messages: MessageList,
        status: StatusLine,
    ) -> None:
        self._host = host
        self._services = services
        self._messages = messages
        self._status = status
        self._warned: set[str] = set()
        self._shown: Boundary | None = None
        self._known: dict[tuple[str, str | None], int | None] = {}

    def show(self, draft: str) -> None:
        """Show how things are now.

        Args:
            draft: What stands in the prompt and is too long not to matter; else empty.
        """
        session = self._host.session
        if session is None:
            return
        key = (session.profile.name, session.model)
        if key not in self._known:
            self._known[key] = configured_context_tokens(self._services.launch, session.profile)
        if self._known[key] is None and session.provider is not None and not session.is_busy:
            # Asked once; a failure is no news, the questions themselves tell of it.
            self._known[key] = 0
            self._host.run_worker(
                self._learn(session, key), group="context", description="size of the context"
            )
        use = session.context.use(self._known[key] or None, draft)
        self._status.show_use(use)
        name = f"{session.conversation.id} {use.limit if use is not None else ''}"
        if use is not None and use.is_nearly_full and name not in self._warned:
            self._warned.add(name)
            self._host.say(warning_words(use, has_older=len(session.path) > _A_TURN))
        boundary = session.context.boundary
        if boundary != self._shown:
            self._shown = boundary
            self._messages.update_around()

    async def _learn(self, session: ChatSession, key: tuple[str, str | None]) -> None:
        self._known[key] = (
            await reported_context_tokens(self._services, session.profile, session.model) or 0
        )
        self._host.show_around()


def warning_words(use: ContextUse, *, has_older: bool) -> str:
    """Return what is told once when a context is nearly full, and what to do.

    Args:
        use: How full it is.
        has_older: Whether there are turns that could be left out.
    """
    told = f"The context of this model is {use.fraction:.0%} full"
    if has_older:
        return (
            f"{told}. Ctrl+P, “Leave the oldest turns out” or “Sum up the oldest turns” makes room."
        )
    if use.fraction > 1:
        return f"{told} with this: it may be refused. A model with a larger context: Ctrl+L."
    return f"{told} with this."
