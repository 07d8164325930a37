"""Asks a question that was typed before the conversations are open."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tui_chat.session.early_question import EarlyQuestion
    from tui_chat.ui.chat.screen import ChatScreen


async def ask_when_open(
    screen: ChatScreen,
    early: EarlyQuestion,
    ask: Callable[[str, str | None], Awaitable[None]],
    give_back: Callable[[str], None],
) -> None:
    """Ask as soon as everything is open; until the turn is saved the question is in a file.

    Args:
        screen: Knows when everything is open.
        early: The question, which is kept in a file.
        ask: Runs the turn of a question, with its id.
        give_back: Puts the text into the prompt again, when Esc came first.
    """
    try:
        await screen.opened()
        await ask(early.text, early.id)
    except asyncio.CancelledError:
        if not screen.is_open:
            give_back(early.text)
        raise
    finally:
        await asyncio.to_thread(early.forget)
