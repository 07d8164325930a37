"""Asks whether a secret may travel unencrypted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui_chat.core.labels import N_, _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.common.modal import Modal

if TYPE_CHECKING:
    from textual.app import App, ComposeResult

    from tui_chat.core.errors import InsecureEndpoint
    from tui_chat.session.endpoints.plain_http_consent import ConsentQuestion


class PlainHttp(Modal[bool]):
    """Dismisses with True if the user allows it, else with None."""

    DEFAULT_CSS = """
    PlainHttp { #hint { color: $text-muted; margin-top: 1; } }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # No letter key: the dialog may open while the user is typing.
        Binding(
            "ctrl+y", "allow", N_("send it"), id="insecure.allow", tooltip=N_("Send it unencrypted")
        ),
    ]

    def __init__(self, host: str) -> None:
        super().__init__()
        self._host = sanitize_line(host, 100)

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = _("Not encrypted")
            yield Static(
                Content(
                    _(
                        "{host} uses plain http: anyone on the network could read your key and "
                        "your messages. Nothing was sent yet."
                    ).format(host=self._host)
                ),
                markup=False,
            )
            yield Static(
                Content(_("Ctrl+Y send it, now and later   Esc do not send")),
                id="hint",
                markup=False,
            )

    def action_allow(self) -> None:
        """Allow sending the secret."""
        self.dismiss(True)


def consent_question(app: App[None]) -> ConsentQuestion:
    """Return a function that asks the user in a dialog."""

    async def ask(refusal: InsecureEndpoint) -> bool:
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def settle(is_allowed: bool | None) -> None:
            if not answer.done():
                answer.set_result(bool(is_allowed))

        dialog = PlainHttp(refusal.host)
        await app.push_screen(dialog, settle)
        try:
            return await answer
        finally:
            # Stopping the turn also closes its dialog.
            if dialog.is_current:
                dialog.dismiss(None)

    return ask
