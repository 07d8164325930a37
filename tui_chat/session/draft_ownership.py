"""Whose draft it is: a window owns the drafts of the conversation that it has open."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from tui_chat.core.errors import StorageError

if TYPE_CHECKING:
    from tui_chat.core.conversation import Conversation
    from tui_chat.session.session import ChatSession
    from tui_chat.storage.async_store import AsyncStore

log = logging.getLogger(__name__)


async def claimed(store: AsyncStore, conversation: Conversation) -> Conversation:
    """Return a conversation that is opened, with the draft that its prompt gets."""
    try:
        draft = await store.claim_draft(conversation.id)
    except StorageError as error:
        # Shown all the same: a draft shown twice is better than one that is not seen.
        log.warning("the draft could not be claimed: %s", error)
        return conversation
    return replace(conversation, draft=draft)


async def release(store: AsyncStore, session: ChatSession) -> None:
    """Leave the draft of a conversation to the window that opens it next."""
    if session.is_temporary or not session.conversation.draft:
        return
    try:
        await store.release_draft(session.conversation.id)
    except StorageError as error:
        log.warning("the draft stays with this window: %s", error)
