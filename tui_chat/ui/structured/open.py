"""Opens the workbench on a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.chat.structured_turns import judged_of
from tui_chat.ui.structured.workbench import Workbench

if TYPE_CHECKING:
    from textual.app import App

    from tui_chat.chat.session import ChatSession
    from tui_chat.core.conversation import Message


async def open_workbench(app: App[None], session: ChatSession, message: Message) -> str:
    """Show an answer over the whole screen until the person goes back.

    Returns:
        What is wanted next: `fix`, or an empty text.
    """
    judged = judged_of(message)
    if judged is None:
        app.bell()
        return ""

    def copy(text: str, what: str) -> None:
        app.copy_to_clipboard(text)
        app.notify(f"Copied the {what}.", timeout=5, markup=False)

    return await app.push_screen_wait(Workbench(judged, session.conversation.title, copy)) or ""
