"""Asks a question that was typed before the conversations are open."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tui_chat.session.saving.early_question import EarlyQuestion


async def ask_when_open(
    early: EarlyQuestion,
    *,
    opened: Callable[[], Awaitable[None]],
    ask: Callable[[EarlyQuestion], None],
    give_back: Callable[[], None],
) -> None:
    """Ask a question, which is kept in a file, as soon as the conversations are open.

    Args:
        early: The question.
        opened: Waits until everything is open.
        ask: Starts the turn, which forgets the file when it has ended.
        give_back: Puts the text back into the prompt, when Esc comes first.
    """
    try:
        await opened()
    except asyncio.CancelledError:
        give_back()
        await asyncio.to_thread(early.forget)
        raise
    ask(early)
