"""Asks a question that was typed before the conversations are open."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tui_chat.session.early_question import EarlyQuestion
    from tui_chat.session.launch import Launch
    from tui_chat.ui.chat.screen import ChatScreen


async def ask_when_open(
    screen: ChatScreen,
    launch: Launch,
    text: str,
    ask: Callable[[str, str | None], Awaitable[None]],
    give_back: Callable[[str], None],
) -> None:
    """Ask as soon as everything is open; until the turn is saved the question is in a file.

    Args:
        screen: Knows when everything is open.
        launch: How the program was started.
        text: The question.
        ask: Runs the turn of a question, with its id if it has one.
        give_back: Puts the text into the prompt again, when Esc came first.
    """
    if screen.is_open:
        await ask(text, None)
        return
    keeping = asyncio.get_running_loop().run_in_executor(None, _kept, launch, text)
    try:
        early = await asyncio.shield(keeping)
        await screen.opened()
        await ask(text, early.id)
    except asyncio.CancelledError:
        if not screen.is_open:
            give_back(text)
        raise
    finally:
        early = await keeping
        await asyncio.to_thread(early.forget)


def _kept(launch: Launch, text: str) -> EarlyQuestion:
    # Loaded here: this runs in a thread.
    from tui_chat.session.early_question import EarlyQuestion

    early = EarlyQuestion(launch, text)
    early.keep()
    return early
