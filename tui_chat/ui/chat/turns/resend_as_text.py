"""Asks the last question again, with its files as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.core.attachments import SentAs
from tui_chat.core.conversation import Role
from tui_chat.core.labels import _

if TYPE_CHECKING:
    from tui_chat.ui.chat.turns.open_turns import OpenTurns
    from tui_chat.ui.common.chat_host import ChatHost


def resend_as_text(host: ChatHost, turns: OpenTurns) -> None:
    """Ask the last question again with its files as text; say so if it has none."""
    session = host.session
    path = session.path if session is not None else ()
    question = next((it for it in reversed(path) if it.role is Role.USER), None)
    files = question.attachments if question is not None else ()
    changed = tuple(it.sent(SentAs.TEXT) for it in files)
    if session is None or question is None or changed == files:
        host.show_notice(_("There is no attachment that could be sent in another form."))
    elif host.is_busy:
        host.app.bell()
    else:
        view = turns.view_of(session)
        host.begin_turn(session.ask_edited(question, question.content, view, changed))
