"""Asks whether the monthly limit of a profile may be passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.core.labels import _
from tui_chat.ui.common.question import Question, agrees

if TYPE_CHECKING:
    from textual.app import App

    from tui_chat.core.errors import OverLimit
    from tui_chat.session.accounting.monthly_limit import LimitQuestion


class PassLimit(Question):
    """Dismisses with True if the user allows it, else with None."""

    def __init__(self, refusal: OverLimit) -> None:
        super().__init__(
            _("Monthly limit"),
            f"{refusal.message}\n\n{_('Nothing was sent yet.')}",
            agree=_("send it, and ask no more this month"),
            refuse=_("do not send"),
        )


def limit_question(app: App[None]) -> LimitQuestion:
    """Return a function that asks the user in a dialog."""

    async def ask(refusal: OverLimit) -> bool:
        return await agrees(app, PassLimit(refusal))

    return ask
