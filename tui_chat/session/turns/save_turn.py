"""Saves a turn: its beginning before the request is sent, and its reply."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui_chat.core.errors import StorageError

if TYPE_CHECKING:
    from asyncio import Task
    from collections.abc import Awaitable

    from tui_chat.core.conversation import Message
    from tui_chat.session.protocols import TurnView
    from tui_chat.session.session import ChatSession


async def save_begun(
    session: ChatSession, asked: Message | None, reply: Message, view: TurnView
) -> None:
    """Save a question (None if it is saved already) and its empty reply."""
    if session.is_gone:
        session.is_gone = False
        everything = session.store.add_messages(session.conversation, session.tree.messages)
        await save_or_report(everything, view)
    await save_or_report(session.store.add_turn(session.conversation, asked, reply), view)


async def save_ended(
    session: ChatSession, saving: Task[None], reply: Message, view: TurnView
) -> None:
    """Save a finished reply after its beginning."""
    await saving
    await save_or_report(session.store.save_reply(reply), view)


async def keep_model(session: ChatSession, model: str, view: TurnView) -> None:
    """Store the model that the provider chose, so that later requests use the same one."""
    if session.conversation.model is None:
        session.conversation = replace(session.conversation, model=model)
        await save_or_report(session.store.save_conversation(session.conversation), view)


async def save_or_report(writing: Awaitable[None], view: TurnView) -> None:
    """Await a write; report to the view that it is in memory only for now."""
    try:
        await writing
    except StorageError as error:
        view.not_saved(error)
