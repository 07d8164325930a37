"""Our own formats: everything that is known of conversations, as JSON and as lines of JSON.

The JSON is one object::

    {"format": "tui-chat", "version": 1, "conversations": [
      {"id": ..., "title": ..., ..., "messages": [{"id": ..., "parent_id": ..., ...}, ...]}]}

The lines are one object each: of `kind` "conversation", with `format` and `version` too, followed
by those of `kind` "message" that belong to it, one message a line. Fields are named as in
`core.conversation`; the messages of a conversation are a tree by their `parent_id`, and `leaf_id`
of the conversation is the last one of the path that is shown. Times are ISO 8601 in UTC.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import MessageStatus
from tui_chat.core.transcript import Transcript
from tui_chat.import_export.json_records import conversation_from, message_from, record_of
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tui_chat.core.conversation import Message

FORMAT: Final = "tui-chat"
VERSION: Final = 1
CONVERSATION: Final = "conversation"
MESSAGE: Final = "message"

_HALF_CHARACTER: Final = re.compile("[\ud800-\udfff]")


def as_json(transcripts: Iterable[Transcript]) -> Iterator[str]:
    """Yield the JSON of conversations in pieces."""
    yield f'{{"format": "{FORMAT}", "version": {VERSION}, "conversations": ['
    comma = ""
    for transcript in transcripts:
        yield f"{comma}\n{_json(transcript_record(transcript), indent=1)}"
        comma = ","
    yield "\n]}\n"


def as_lines(transcripts: Iterable[Transcript]) -> Iterator[str]:
    """Yield conversations as lines of JSON."""
    for transcript in transcripts:
        head = {"kind": CONVERSATION, "format": FORMAT, "version": VERSION}
        yield _json(head | record_of(transcript.conversation)) + "\n"
        for message in transcript.messages:
            yield _json({"kind": MESSAGE} | record_of(message)) + "\n"


def transcript_record(transcript: Transcript) -> dict[str, Any]:
    """Return a conversation with its messages as one JSON object."""
    messages = [record_of(message) for message in transcript.messages]
    for message in messages:
        # It stands inside its conversation.
        del message["conversation_id"]
    return record_of(transcript.conversation) | {"messages": messages}


def transcript_from(record: object) -> Transcript:
    """Return the conversation of `transcript_record`.

    Raises:
        Malformed: Anything in it is not what it should be.
    """
    if not isinstance(record, dict):
        raise Malformed("is not an object")
    messages = record.get("messages")
    if not isinstance(messages, list):
        raise Malformed("has no list `messages`")
    return joined(record, messages)


def joined(record: Mapping[str, Any], messages: Sequence[object]) -> Transcript:
    """Return a conversation of its own record and the records of its messages.

    A message that was still arriving when it was written out has been interrupted by that.

    Raises:
        Malformed: Anything in it is not what it should be.
    """
    conversation = conversation_from(record)
    found: list[Message] = []
    for number, entry in enumerate(messages, start=1):
        if not isinstance(entry, dict):
            raise Malformed(f"message {number} is not an object")
        settled = {"conversation_id": conversation.id} | entry
        if settled.get("status") == MessageStatus.STREAMING.value:
            settled["status"] = MessageStatus.INTERRUPTED.value
        if settled["conversation_id"] != conversation.id:
            raise Malformed(f"message {number} belongs to another conversation")
        try:
            found.append(message_from(settled))
        except Malformed as problem:
            raise Malformed(f"message {number}: {problem.words}") from None
    ordered = _in_order(found)
    if conversation.leaf_id not in {None, *(message.id for message in ordered)}:
        raise Malformed("`leaf_id` names a message that is not there")
    return Transcript(conversation, ordered)


def check_version(head: Mapping[str, Any]) -> None:
    """Refuse what a newer program wrote.

    Raises:
        Malformed: The version is not one that this program knows.
    """
    version = head.get("version")
    if version != VERSION or isinstance(version, bool):
        shown = version if isinstance(version, int | float) else "unknown"
        raise Malformed(
            f"is of version {shown} of tui-chat's own format, and this tui-chat knows {VERSION}. "
            "Update tui-chat"
        )


def _in_order(messages: Sequence[Message]) -> list[Message]:
    """Return messages as they come, each after its parent.

    Raises:
        Malformed: They are no tree.
    """
    ids = {message.id for message in messages}
    if len(ids) < len(messages):
        raise Malformed("two messages have one id")
    if any(message.parent_id and message.parent_id not in ids for message in messages):
        raise Malformed("a message names a parent that is not there")
    placed: set[str | None] = {None}
    if all(_placed(message, placed) for message in messages):
        return list(messages)
    children: dict[str | None, list[Message]] = {}
    for message in messages:
        children.setdefault(message.parent_id, []).append(message)
    ordered: list[Message] = []
    waiting = children.get(None, [])[::-1]
    while waiting:
        message = waiting.pop()
        ordered.append(message)
        waiting += children.get(message.id, [])[::-1]
    if len(ordered) < len(messages):
        raise Malformed("its messages form a ring")
    return ordered


def _placed(message: Message, placed: set[str | None]) -> bool:
    placed.add(message.id)
    return message.parent_id in placed and message.parent_id != message.id


def _json(value: object, indent: int | None = None) -> str:
    # Chinese stays readable; only half a character, which no file can hold, is escaped.
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _HALF_CHARACTER.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
