"""Last attempt to save at shutdown; returns everything that still could not be written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui_chat.core.conversation import new_conversation, new_id
from tui_chat.core.errors import StorageError
from tui_chat.core.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.core.conversation import Message
    from tui_chat.session.saving.pending_writes import PendingWrites
    from tui_chat.session.saving.write_buffer import WriteBuffer
    from tui_chat.storage.async_store import AsyncStore


@dataclass(frozen=True, slots=True)
class UnsavedWork:
    """Conversations that could not be saved at shutdown."""

    transcripts: Sequence[Transcript]
    """Whole conversations, as far as they can be read."""
    reason: str = ""
    """The reason, as a sentence; empty if unknown."""


async def unsaved_work(
    write_buffer: WriteBuffer, store: AsyncStore, reason: str = ""
) -> UnsavedWork | None:
    """Save pending writes; return the conversations that still have some, with saved messages.

    Args:
        write_buffer: Holds the pending writes.
        store: The database, or the store in memory that replaces it.
        reason: Why saving failed, if known.
    """
    if await write_buffer.catch_up():
        return None
    transcripts = [await _with_saved(waiting, store) for waiting in write_buffer.waiting]
    for draft in write_buffer.waiting_drafts:
        # A separate conversation: the stored draft may be newer than this one.
        transcripts.append(Transcript(replace(new_conversation(), draft=draft), []))
    return UnsavedWork(transcripts, reason) if transcripts else None


async def _with_saved(waiting: PendingWrites, store: AsyncStore) -> Transcript:
    try:
        saved = await store.messages(waiting.conversation.id, with_deleted=True)
    except StorageError:
        saved = []
    kept = {message.id: message for message in saved}
    # A reply that is only partly saved gets a new id, so that importing it does not
    # overwrite the stored part.
    names = {
        it.id: new_id() if it.id in kept and kept[it.id].content != it.content else it.id
        for it in waiting.messages.values()
    }
    for message in waiting.messages.values():
        kept[names[message.id]] = _renamed(message, names)
    ids = set(kept)
    messages = [
        it if it.parent_id in ids or it.parent_id is None else replace(it, parent_id=None)
        for it in kept.values()
    ]
    leaf_id = waiting.conversation.leaf_id
    leaf_id = names.get(leaf_id, leaf_id) if leaf_id else None
    leaf_id = leaf_id if leaf_id in ids else messages[-1].id if messages else None
    return Transcript(replace(waiting.conversation, leaf_id=leaf_id), messages)


def _renamed(message: Message, names: dict[str, str]) -> Message:
    parent_id = message.parent_id
    parent_id = names.get(parent_id, parent_id) if parent_id else None
    return replace(message, id=names[message.id], parent_id=parent_id)
