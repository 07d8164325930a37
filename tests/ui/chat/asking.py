"""Asks questions in a running chat, and reads its toasts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.chat_app import ChatHarness


def has_grown(chat: ChatHarness, count: int) -> bool:
    return len(chat.messages.virtual_list.messages) == count


async def ask(chat: ChatHarness, *questions: str) -> None:
    """Ask one after another, each answered before the next."""
    for question in questions:
        count = len(chat.messages.virtual_list.messages)
        await chat.submit(question)
        await chat.until(partial(has_grown, chat, count + 2))
        await chat.idle()


async def told(chat: ChatHarness, words: str) -> None:
    """Wait for words in the status line or in a toast, where line ends may cut them."""
    await chat.until(
        lambda: (
            words in chat.status or any(words in toast.message for toast in chat.app._notifications)
        )
    )
