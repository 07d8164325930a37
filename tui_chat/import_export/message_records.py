"""Parses the records of a conversation's messages; one bad value costs as little as possible.

A message that cannot be read is left out, and its replies move up to its parent. An optional field
with a wrong value gets its default. A message whose parent is missing begins another version of the
conversation. Everything is reported.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui_chat.core.conversation import MessageStatus
from tui_chat.core.labels import _
from tui_chat.import_export.json_records import message_from
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tui_chat.core.conversation import Message
    from tui_chat.import_export.malformed import Problems


class MessageRecords:
    """The messages of one conversation.

    Args:
        records: The parsed JSON of the messages, in any order.
        conversation_id: The conversation they belong to.
        problems: Receives each problem.

    Attributes:
        messages: The messages that can be read, each after its parent.
    """

    def __init__(self, records: Sequence[object], conversation_id: str, problems: Problems) -> None:
        self._problems = problems
        self._skipped_parents: dict[str, object] = {}
        self._kept: dict[str, Message] = {}
        parents = {
            message_id: record.get("parent_id")
            for number, record in enumerate(records, start=1)
            if (message_id := self._parse(number, record, conversation_id)) is not None
            and isinstance(record, dict)
        }
        placed = [
            replace(message, parent_id=self._parent(message_id, parents[message_id]))
            for message_id, message in self._kept.items()
        ]
        self.messages = self._parents_first(placed)

    def nearest(self, message_id: object) -> str | None:
        """Return a message that can be read: the given one, or its nearest ancestor."""
        seen: set[str] = set()
        while isinstance(message_id, str) and message_id not in seen:
            if message_id in self._kept:
                return message_id
            seen.add(message_id)
            message_id = self._skipped_parents.get(message_id)
        return None

    def has(self, message_id: object) -> bool:
        """Return whether the file contains a message, readable or not."""
        return isinstance(message_id, str) and (
            message_id in self._kept or message_id in self._skipped_parents
        )

    def _parse(self, number: int, record: object, conversation_id: str) -> str | None:
        def report(problem: str) -> None:
            text = _("message {number}: {error}").format(number=number, error=problem)
            self._problems.add(text)

        try:
            message = _message(record, conversation_id, report)
            if message.id in self._kept:
                raise Malformed(_("two messages have the same ID"))
        except Malformed as error:
            self._problems.left_out += 1
            report(str(error))
            # Not only a valid ID: replies refer to it as it is.
            if isinstance(record, dict) and isinstance(skipped := record.get("id"), str):
                self._skipped_parents.setdefault(skipped, record.get("parent_id"))
            return None
        self._kept[message.id] = message
        return message.id

    def _parent(self, message_id: str, parent: object) -> str | None:
        if parent is not None and not self.has(parent):
            self._problems.add(_("the parent of message {id} is missing").format(id=message_id))
        return self.nearest(parent)

    def _parents_first(self, messages: Sequence[Message]) -> list[Message]:
        """Return messages in their order, but each after its parent; break cycles."""
        seen: set[str | None] = {None}
        if all(_follows_parent(message, seen) for message in messages):
            return list(messages)
        children: dict[str | None, list[Message]] = {}
        for message in messages:
            children.setdefault(message.parent_id, []).append(message)
        ordered: dict[str, Message] = {}
        _add_subtrees(children.get(None, []), children, ordered)
        for message in messages:
            if message.id not in ordered:
                self._problems.add(_("the messages form a cycle"))
                _add_subtrees([replace(message, parent_id=None)], children, ordered)
        return list(ordered.values())


def _message(record: object, conversation_id: str, report: Callable[[str], None]) -> Message:
    if not isinstance(record, dict):
        raise Malformed(_("this is not an object"))
    if record.get("conversation_id", conversation_id) != conversation_id:
        raise Malformed(_("it belongs to another conversation"))
    # The parent is placed later: it may be a message that cannot be read.
    values = {"conversation_id": conversation_id} | record | {"parent_id": None}
    if values.get("status") == MessageStatus.STREAMING.value:
        values["status"] = MessageStatus.INTERRUPTED.value
    return message_from(values, report)


def _add_subtrees(
    roots: Sequence[Message],
    children: Mapping[str | None, Sequence[Message]],
    ordered: dict[str, Message],
) -> None:
    waiting = list(roots[::-1])
    while waiting:
        message = waiting.pop()
        if message.id not in ordered:
            ordered[message.id] = message
            waiting += children.get(message.id, [])[::-1]


def _follows_parent(message: Message, seen: set[str | None]) -> bool:
    seen.add(message.id)
    return message.parent_id in seen and message.parent_id != message.id
