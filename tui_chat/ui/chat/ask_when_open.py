"""Keeps a question that was sent before the conversations are open."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tui_chat.session.early_question import EarlyQuestion
    from tui_chat.session.launch import Launch


async def ask_when_open(
    launch: Launch,
    text: str,
    *,
    opened: Callable[[], Awaitable[None]],
    ask: Callable[[EarlyQuestion], None],
    give_back: Callable[[], None],
) -> None:
    """Keep a question in a file until the conversations are open, then ask it.

    Args:
        launch: How the program was started.
        text: The question.
        opened: Waits until everything is open.
        ask: Starts the turn, which forgets the file when it has ended.
        give_back: Puts the text back into the prompt, when Esc comes first.
    """
    keeping = asyncio.get_running_loop().run_in_executor(None, _kept, launch, text)
    try:
        await asyncio.shield(keeping)
        await opened()
    except asyncio.CancelledError:
        give_back()
        early = await keeping
        await asyncio.to_thread(early.forget)
        raise
    ask(await keeping)


def _kept(launch: Launch, text: str) -> EarlyQuestion:
    # Loaded here: this runs in a thread.
    from tui_chat.session.early_question import EarlyQuestion

    early = EarlyQuestion(launch, text)
    early.keep()
    return early
