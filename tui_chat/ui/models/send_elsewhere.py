"""Asks before a conversation continues with a different endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.core.labels import _, ngettext
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.common.key_names import key_of
from tui_chat.ui.common.question import Question

if TYPE_CHECKING:
    from textual.app import App

    from tui_chat.core.profile import Profile
    from tui_chat.session.session import ChatSession


class SendElsewhere(Question):
    """Dismisses with True if the user agrees, else with None."""

    def __init__(self, text: str) -> None:
        super().__init__(
            _("Another endpoint"),
            text,
            agree=_("send them there, now and later in this conversation"),
            refuse=_("send nothing"),
        )


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
    other = _("{key} in the chat begins a new conversation instead.").format(
        key=key_of(app, "chat.new")
    )
    text = f"{send_elsewhere_text(session, profile)}\n\n{other}"
    if not await app.push_screen_wait(SendElsewhere(text)):
        return False
    session.consent.allow(profile)
    return True
