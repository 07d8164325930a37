"""Shows how full the context of the model is, and warns once before it is full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.cost.cost import sums, sums_label
from tui_chat.core.labels import _, join_sentences
from tui_chat.session.turns.context_window import (
    configured_context_tokens,
    offered_models,
    reported_context_tokens,
)
from tui_chat.ui.commands.table import palette_hint
from tui_chat.ui.common.key_names import key_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.core.attachments import Attachment
    from tui_chat.core.text.token_estimate import ContextUse
    from tui_chat.session.services import Services
    from tui_chat.session.session import ChatSession
    from tui_chat.session.turns.context_window import Boundary
    from tui_chat.ui.chat.status_line import StatusLine
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.messages.message_list import MessageList


_A_TURN: Final = 2
"""Messages in a turn."""


class ContextMeter:
    """Keeps the context use in the status line and the boundary note up to date."""

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
        self._summed: tuple[str, int, bool] | None = None
        self._costs = ""
        self._known: dict[tuple[str, str | None], int | None] = {}
        self._asked: set[tuple[str, str | None]] = set()

    def show(self, draft: str, files: Sequence[Attachment] = ()) -> None:
        """Update the context use.

        Args:
            draft: The text in the prompt if it is long enough to matter; else empty.
            files: The files of the draft.
        """
        session = self._host.session
        if session is None:
            return
        key = (session.profile.name, session.model)
        if key not in self._known:
            self._known[key] = configured_context_tokens(self._services.launch, session.profile)
        if key not in self._asked and not session.is_busy and self._may_ask(session, key):
            # Requested once. A failure is not reported: the next question would fail too.
            self._asked.add(key)
            self._host.run_worker(
                self._learn(session, key), group="context", description="size of the context"
            )
        use = session.context.use(self._known[key] or None, draft, files)
        self._status.show_use(use, self._cost_label(session))
        name = f"{session.conversation.id} {use.limit if use is not None else ''}"
        if use is not None and use.is_nearly_full and name not in self._warned:
            self._warned.add(name)
            self._host.show_notice(
                warning_text(
                    use,
                    has_older=len(session.path) > _A_TURN,
                    palette_key=key_of(self._host.app, "app.commands"),
                    model_key=key_of(self._host.app, "chat.model"),
                )
            )
        boundary = session.context.boundary
        if boundary != self._shown:
            self._shown = boundary
            self._messages.update_around()

    def _cost_label(self, session: ChatSession) -> str:
        """Return what the conversation has cost, all versions together; empty if it is unknown."""
        state = (session.conversation.id, len(session.tree), session.is_busy)
        if state != self._summed:
            costs = sums_label(sums(it.cost for it in session.tree.messages))
            self._costs = _("{cost} in all").format(cost=costs) if costs else ""
            self._summed = state
        return self._costs

    async def _learn(self, session: ChatSession, key: tuple[str, str | None]) -> None:
        models = await offered_models(self._services, session.profile)
        self._known[key] = self._known[key] or reported_context_tokens(models, session.model)
        if models and session.model is None:
            session.offered_model = models[0].id
        self._host.show_around()

    def _may_ask(self, session: ChatSession, key: tuple[str, str | None]) -> bool:
        """Return whether the list of models is worth a request now."""
        if session.provider is not None:
            return self._known[key] is None
        profile = session.profile
        # The name of the model is shown before the first question. A key of the environment is
        # sent with the question only, and one that asks the user for a password is not read yet.
        is_discreet = profile.key.env is not None or bool(profile.key.slow_id)
        return session.model is None and not profile.is_embedded and not is_discreet


def warning_text(use: ContextUse, *, has_older: bool, palette_key: str, model_key: str) -> str:
    """Return the warning about a context that is nearly full.

    Args:
        use: The use of the context.
        has_older: Whether there are turns that can be left out.
        palette_key: The key of the command palette.
        model_key: The key that chooses a model.
    """
    text = _("The context of this model is {share:.0%} full.").format(share=use.fraction)
    if has_older:
        hint = _("Make room: {leave_out} or {sum_up}.").format(
            leave_out=palette_hint("leave_out", palette_key),
            sum_up=palette_hint("sum_up", palette_key),
        )
        return join_sentences(text, hint)
    if use.fraction > 1:
        hint = _("The request may be rejected. {key} chooses a model with a larger context.")
        return f"{text} {hint.format(key=model_key)}"
    return text
