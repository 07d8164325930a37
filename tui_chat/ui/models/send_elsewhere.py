"""Asks before a conversation continues with a different endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui_chat.core.labels import N_, _, ngettext
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.common.modal import Modal

if TYPE_CHECKING:
    from textual.app import App, ComposeResult

    from tui_chat.core.profile import Profile
    from tui_chat.session.session import ChatSession


class SendElsewhere(Modal[bool]):
    """Dismisses with True if the user agrees, else with None."""

    DEFAULT_CSS = """
    SendElsewhere { #hint { color: $text-muted; margin-top: 1; } }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # No letter key: the dialog may open while the user is typing.
        Binding(
            "ctrl+y", "agree", N_("send it"), id="elsewhere.agree", tooltip=N_("Send it there")
        ),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """Compose the panel."""
        with Vertical(id="panel") as panel:
            panel.border_title = _("Another endpoint")
            yield Static(Content(self._text), markup=False)
            yield Static(
                Content(
                    _(
                        "Ctrl+Y send them there, now and later in this conversation\n"
                        "Esc send nothing   (Ctrl+N begins a new conversation)"
                    )
                ),
                id="hint",
                markup=False,
            )

    def action_agree(self) -> None:
        """Agree to send the conversation."""
        self.dismiss(True)


def send_elsewhere_text(session: ChatSession, profile: Profile) -> str:
    """Return the question: how many messages would be sent to which host."""
    count = session.consent.message_count
    home = sanitize_line(session.consent.stays_with, 40)
    place = sanitize_line(profile.host_label, 100)
    name = sanitize_line(profile.name, 40)
    if not home:
        return ngettext(
            "{count} message of this conversation was never sent from here. To go on, all of it is "
            "sent to {place} (profile “{name}”). Nothing was sent yet.",
            "{count} messages of this conversation were never sent from here. To go on, all of it "
            "is sent to {place} (profile “{name}”). Nothing was sent yet.",
            count,
            place=place,
            name=name,
        )
    return ngettext(
        "{count} message of this conversation was exchanged with “{home}”. To go on, all of it is "
        "sent to {place} (profile “{name}”). Nothing was sent yet.",
        "{count} messages of this conversation were exchanged with “{home}”. To go on, all of it "
        "is sent to {place} (profile “{name}”). Nothing was sent yet.",
        count,
        home=home,
        place=place,
        name=name,
    )


async def agrees_to_send(app: App[None], session: ChatSession, profile: Profile) -> bool:
    """Ask whether a conversation may be sent to a profile's endpoint, and store the answer.

    Does not ask if the endpoint has seen the conversation already, or if nothing would be sent.
    """
    if not session.consent.is_missing_for(profile):
        return True
    if not await app.push_screen_wait(SendElsewhere(send_elsewhere_text(session, profile))):
        return False
    session.consent.allow(profile)
    return True
