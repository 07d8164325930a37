"""Merges changes made by other processes into the open session."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui_chat.core.conversation import MessageStatus
from tui_chat.session.comparison.lane import turn_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui_chat.core.conversation import Message
    from tui_chat.session.session import ChatSession
    from tui_chat.storage.live_replies import DatabaseSnapshot


def is_answered_elsewhere(session: ChatSession, message: Message) -> bool:
    """Return whether another process is writing a reply."""
    if message.status is not MessageStatus.STREAMING:
        return False
    return turn_of(session, message.id) is None


def merge_external_changes(
    session: ChatSession, found: DatabaseSnapshot, messages: Iterable[Message]
) -> list[Message]:
    """Merge stored changes into a session. Must not be called while a turn runs.

    The shown path is kept: messages added to its end are shown, other branches become versions,
    and deleted messages disappear.

    Args:
        session: The open conversation.
        found: The stored state, merged with this session's own copy.
        messages: The messages that may have changed.

    Returns:
        The first messages of new branches that are not on the shown path.
    """
    tree = session.tree
    new = []
    for message in messages:
        known = tree.get(message.id)
        if _is_newer(known, message):
            tree.put(message)
        if known is None and message.deleted_at is None:
            new.append(message)
    path = tree.path(session.conversation.leaf_id)
    stored = found.conversation.stored
    if path:
        leaf_id = tree.leaf_below(path[-1].id)
    else:
        leaf_id = stored.leaf_id if stored is not None else None
    session.conversation = replace(found.conversation, leaf_id=leaf_id)
    hidden = {message.id for message in new} - {message.id for message in session.path}
    return [it for it in new if it.id in hidden and it.parent_id not in hidden]


def _is_newer(known: Message | None, message: Message) -> bool:
    if known is None:
        return True
    # This session may know the end of a reply that could not be saved yet.
    is_older = message.status is MessageStatus.STREAMING and known.status is not message.status
    return not is_older and known != message
