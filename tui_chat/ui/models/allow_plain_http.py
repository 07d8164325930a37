"""Asks whether a secret may travel unencrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.common.question import Question, agrees

if TYPE_CHECKING:
    from textual.app import App

    from tui_chat.core.errors import InsecureEndpoint
    from tui_chat.session.endpoints.plain_http_consent import ConsentQuestion


class PlainHttp(Question):
    """Dismisses with True if the user allows it, else with None."""

    def __init__(self, host: str) -> None:
        text = _(
            "{host} uses plain http: anyone on the network could read your key and your messages. "
            "Nothing was sent yet."
        )
        super().__init__(
            _("Not encrypted"),
            text.format(host=sanitize_line(host, 100)),
            agree=_("send it, now and later"),
            refuse=_("do not send"),
        )


def consent_question(app: App[None]) -> ConsentQuestion:
    """Return a function that asks the user in a dialog."""

    async def ask(refusal: InsecureEndpoint) -> bool:
        return await agrees(app, PlainHttp(refusal.host))

    return ask
