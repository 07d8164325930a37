"""What other windows do with the open conversation, taken into this one's session."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui_chat.core.conversation import MessageStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui_chat.core.conversation import Message
    from tui_chat.session.session import ChatSession
    from tui_chat.storage.live_replies import DatabaseSnapshot


def is_answered_elsewhere(session: ChatSession, message: Message) -> bool:
    """Say whether a reply is being written by another program."""
    if message.status is not MessageStatus.STREAMING:
        return False
    return session.turn is None or session.turn.reply_id != message.id


def merge_external_changes(
    session: ChatSession, found: DatabaseSnapshot, messages: Iterable[Message]
) -> list[Message]:
    """Take in what others changed. Not while a turn runs.

    This window goes on showing its own path: what others added at the end of it is shown, their
    other branches are versions beside it, and what they deleted is gone from it.

    Args:
        session: The open conversation.
        found: How it stands in the store, looked up with this session's own copy.
        messages: Those that may have changed.

    Returns:
        The first messages of the branches that are new and not on the shown path.
    """
    tree = session.tree
    new = []
    for message in messages:
        known = tree.get(message.id)
        if _is_news(known, message):
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


def _is_news(known: Message | None, message: Message) -> bool:
    if known is None:
        return True
    # An end that could not be saved yet is no news to this window.
    is_older = message.status is MessageStatus.STREAMING and known.status is not message.status
    return not is_older and known != message
