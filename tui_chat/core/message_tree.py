"""All messages of a conversation: a tree of versions with one shown path.

Messages with the same parent are versions of each other. Nothing is overwritten, so every version
keeps its replies.

A message may be deleted alone: what follows it stays and belongs to the nearest message before it
that is not deleted. The stored parents do not change, so that the deletion can be undone.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from tui_chat.core.conversation import Conversation, Message, new_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class MessageTree:
    """The messages of one conversation. Pure: independent of the store."""

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        """Create a tree of messages in any order, including deleted ones."""
        self._by_id: dict[str, Message] = {}
        self._children: dict[str | None, list[str]] = {}
        # The child of each message that was shown last, so that switching versions restores it.
        self._chosen: dict[str | None, str] = {}
        self._path: list[Message] | None = None
        self._path_leaf: str | None = None
        for message in messages:
            self.put(message)

    def __contains__(self, message_id: str) -> bool:
        return message_id in self._by_id

    def __len__(self) -> int:
        return len(self._by_id)

    @property
    def alive_count(self) -> int:
        """The number of messages that are not deleted, including all versions."""
        return sum(message.deleted_at is None for message in self._by_id.values())

    def get(self, message_id: str | None) -> Message | None:
        """Return a message by its id; None if there is none."""
        return self._by_id.get(message_id) if message_id else None

    @property
    def messages(self) -> list[Message]:
        """All messages, including versions and deleted ones, in order of creation."""
        return sorted(self._by_id.values(), key=lambda it: (it.created_at, it.id))

    def put(self, message: Message) -> None:
        """Add a message, or replace an earlier state of it."""
        known = self._by_id.get(message.id)
        self._by_id[message.id] = message
        if known is not None and known.parent_id != message.parent_id:
            # Its parent was purged from the trash.
            self._children[known.parent_id].remove(message.id)
        if known is None or known.parent_id != message.parent_id:
            self._children.setdefault(message.parent_id, []).append(message.id)
            self._path = None
        elif self._path and self._path[-1].id == message.id and not message.deleted_at:
            # The growing reply: rebuilding the path for every change would be slow.
            self._path[-1] = message
        else:
            self._path = None

    def path(self, leaf_id: str | None) -> Sequence[Message]:
        """Return the messages from the first one to a leaf, oldest first.

        Args:
            leaf_id: The last message of the path; None for an empty path. Deleted messages are
                left out.
        """
        if self._path is None or self._path_leaf != leaf_id:
            self._path = self._walk(leaf_id)
            self._path_leaf = leaf_id
            before: str | None = None
            for message in self._path:
                self._chosen[before] = before = message.id
        return self._path

    def answers(self, question: Message) -> list[Message]:
        """Return the children of a message without deleted ones, oldest first."""
        found = [self.get(child) for child in self._children.get(question.id, ())]
        return [message for message in found if message and message.deleted_at is None]

    def parent_of(self, message: Message) -> Message | None:
        """Return the nearest message before another one that is not deleted."""
        above = self.get(self._place_of(message))
        return above if above is not None and above.deleted_at is None else None

    def question_of(self, reply: Message) -> Message | None:
        """Return the question of a reply; None if it was deleted alone."""
        question = self.get(reply.parent_id)
        return question if question is not None and question.deleted_at is None else None

    def versions(self, message: Message) -> list[Message]:
        """Return all versions of a message, including itself, in order of creation."""
        siblings = self._alive_after(self._place_of(message))
        return [it for it in reversed(siblings) if it.role is message.role]

    def leaf_below(self, message_id: str | None) -> str | None:
        """Return the leaf below a message: the one that was shown last, else the newest.

        Args:
            message_id: The message to start at; None for the beginning of the conversation.
        """
        here = message_id
        # At most as many steps as messages: a damaged store may contain a cycle.
        for _ in range(len(self._by_id) + 1):
            alive = [it.id for it in self._alive_after(here)]
            if not alive:
                break
            chosen = self._chosen.get(here)
            here = chosen if chosen in alive else max(alive)
        return here

    def subtree(self, message_id: str) -> list[Message]:
        """Return a message and all messages below it on every branch, without deleted ones."""
        found: dict[str, Message] = {}
        waiting = [message_id]
        while waiting:
            message = self._by_id[waiting.pop()]
            if message.id not in found:
                found[message.id] = message
                waiting += self._children.get(message.id, ())
        return [message for message in found.values() if message.deleted_at is None]

    def in_order(self) -> list[Message]:
        """Return all messages on every branch without deleted ones, parents before children."""
        found: list[Message] = []
        seen: set[str] = set()
        waiting = self._alive_after(None)
        while waiting:
            message = waiting.pop()
            if message.id not in seen:
                seen.add(message.id)
                found.append(message)
                waiting += self._alive_after(message.id)
        return found

    def last_deleted(self) -> list[Message]:
        """Return the messages that were deleted last, in one operation; empty if there are none."""
        moments = [it.deleted_at for it in self._by_id.values() if it.deleted_at]
        if not moments:
            return []
        latest = max(moments)
        return [it for it in self._by_id.values() if it.deleted_at == latest]

    def _place_of(self, message: Message) -> str | None:
        """Return the id of the parent, or that before deleted ones; it may be missing."""
        seen: set[str] = set()
        place = message.parent_id
        while (above := self.get(place)) is not None and above.deleted_at and place not in seen:
            seen.add(above.id)
            place = above.parent_id
        return place

    def _alive_after(self, message_id: str | None) -> list[Message]:
        """Return the children of a message, newest first; those of a deleted one replace it."""
        alive: dict[str, Message] = {}
        seen: set[str] = set()
        waiting = list(self._children.get(message_id, ()))
        while waiting:
            child = self._by_id[waiting.pop()]
            if child.deleted_at is None:
                alive[child.id] = child
            elif child.id not in seen:
                seen.add(child.id)
                waiting += self._children.get(child.id, ())
        return sorted(alive.values(), key=lambda it: (it.created_at, it.id), reverse=True)

    def _walk(self, leaf_id: str | None) -> list[Message]:
        path: list[Message] = []
        seen: set[str] = set()
        message = self.get(leaf_id)
        while message is not None and message.id not in seen:
            seen.add(message.id)
            path.append(message)
            message = self.get(message.parent_id)
        path.reverse()
        return [message for message in path if message.deleted_at is None]


def copy_path(path: Sequence[Message], conversation_id: str) -> list[Message]:
    """Copy a path into another conversation, with new ids; its costs were counted once."""
    names = {message.id: new_id() for message in path}
    # Not by their parents: one between them may have been deleted alone.
    above = {name: before for before, name in pairwise([None, *names.values()])}
    return [
        replace(
            message,
            id=names[message.id],
            conversation_id=conversation_id,
            parent_id=above[names[message.id]],
            edited_from=names.get(message.edited_from or ""),
            cost=None,
        )
        for message in path
    ]


def with_existing_leaf(conversation: Conversation, messages: Sequence[Message]) -> Conversation:
    """Return a conversation whose leaf exists: if it is missing, the newest message replaces it.

    Args:
        conversation: A conversation from a possibly damaged store.
        messages: All messages that could be read.
    """
    newest = newest_id(messages)
    if conversation.leaf_id is None or newest is None:
        return conversation
    if any(message.id == conversation.leaf_id for message in messages):
        return conversation
    return replace(conversation, leaf_id=newest)


def newest_id(messages: Iterable[Message]) -> str | None:
    """Return the ID of the newest message that is not deleted; None if there is none."""
    kept = [message for message in messages if message.deleted_at is None]
    newest = max(kept, key=lambda message: (message.created_at, message.id), default=None)
    return newest.id if newest is not None else None
