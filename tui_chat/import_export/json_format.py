"""The lossless export formats: JSON and JSON Lines, with every version and every field.

JSON is one object::

    {"format": "tui-chat", "version": 1, "conversations": [
      {"id": ..., "title": ..., ..., "messages": [{"id": ..., "parent_id": ..., ...}, ...]}]}

JSON Lines has one object per line: one of `kind` "conversation", with `format` and `version`, then
its messages, each of `kind` "message". Fields are named as in `core.conversation`; `parent_id`
makes the messages a tree, and the conversation's `leaf_id` is the last message of the shown path.
Times are ISO 8601 in UTC. An attachment has its bytes as Base64 in `data`, once per conversation;
others with the same `sha256` refer to it.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.labels import _
from tui_chat.core.message_tree import newest_id
from tui_chat.core.transcript import Transcript
from tui_chat.import_export.attachment_records import (
    ContentKey,
    with_repeated,
    without_repeated,
)
from tui_chat.import_export.json_records import conversation_from, record_of
from tui_chat.import_export.malformed import Malformed
from tui_chat.import_export.message_records import MessageRecords

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tui_chat.import_export.malformed import Problems

FORMAT: Final = "tui-chat"
VERSION: Final = 1
CONVERSATION: Final = "conversation"
MESSAGE: Final = "message"

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def as_json(transcripts: Iterable[Transcript]) -> Iterator[str]:
    """Yield one JSON document for conversations, piece by piece."""
    yield f'{{"format": "{FORMAT}", "version": {VERSION}, "conversations": ['
    separator = ""
    for transcript in transcripts:
        yield f"{separator}\n{_dumps(transcript_record(transcript), indent=1)}"
        separator = ","
    yield "\n]}\n"


def as_json_lines(transcripts: Iterable[Transcript]) -> Iterator[str]:
    """Yield conversations as JSON Lines."""
    for transcript in transcripts:
        head = {"kind": CONVERSATION, "format": FORMAT, "version": VERSION}
        yield _dumps(head | record_of(transcript.conversation)) + "\n"
        seen: set[ContentKey] = set()
        for message in transcript.messages:
            yield _dumps({"kind": MESSAGE} | record_of(without_repeated(message, seen))) + "\n"


def transcript_record(transcript: Transcript) -> dict[str, Any]:
    """Return a conversation with its messages as one JSON object."""
    seen: set[ContentKey] = set()
    messages = [record_of(without_repeated(message, seen)) for message in transcript.messages]
    for message in messages:
        # The message is nested in its conversation.
        del message["conversation_id"]
    return record_of(transcript.conversation) | {"messages": messages}


def transcript_from(record: object, problems: Problems) -> Transcript:
    """Parse a conversation as `transcript_record` returns it; see `join_records`.

    Raises:
        Malformed: The conversation cannot be read.
    """
    if not isinstance(record, dict):
        raise Malformed(_("this is not an object"))
    messages = record.get("messages")
    if not isinstance(messages, list):
        raise Malformed(_("`messages` must be a list"))
    return join_records(record, messages, problems)


def join_records(
    record: Mapping[str, Any], messages: Sequence[object], problems: Problems
) -> Transcript:
    """Parse a conversation from its own record and the records of its messages.

    A message that was streaming when it was exported becomes an interrupted one. One that cannot be
    read is left out.

    Args:
        record: The conversation.
        messages: Its messages.
        problems: Receives the problems of what is read.

    Raises:
        Malformed: The conversation cannot be read.
    """
    leaf_id = record.get("leaf_id")
    conversation = conversation_from({**record, "leaf_id": None}, problems.add)
    parsed = MessageRecords(messages, conversation.id, problems)
    if leaf_id is not None:
        if not parsed.has(leaf_id):
            problems.add(_("`leaf_id` refers to a missing message"))
        leaf_id = parsed.nearest(leaf_id) or newest_id(parsed.messages)
    return Transcript(replace(conversation, leaf_id=leaf_id), with_repeated(parsed.messages))


def check_version(head: Mapping[str, Any]) -> None:
    """Reject the format version of a newer program.

    Raises:
        Malformed: The version is unknown.
    """
    version = head.get("version")
    if version != VERSION or isinstance(version, bool):
        shown = version if isinstance(version, int | float) else "?"
        raise Malformed(
            _(
                "this is format version {version}, and this tui-chat reads version {known}. "
                "Update tui-chat"
            ).format(version=shown, known=VERSION)
        )


def _dumps(value: object, indent: int | None = None) -> str:
    # Non-ASCII text stays readable; only lone surrogates, which UTF-8 cannot encode, are escaped.
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _LONE_SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
