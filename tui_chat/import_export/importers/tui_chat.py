"""Our own files: the JSON and the lines that `export` writes, and databases such as backups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.errors import StorageError
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.import_export.importers.untrusted_values import mapping, text
from tui_chat.import_export.json_format import (
    CONVERSATION,
    FORMAT,
    MESSAGE,
    check_version,
    joined,
    transcript_record,
)
from tui_chat.import_export.json_format import transcript_from as from_record
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tui_chat.core.conversation import Conversation
    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.importers.json_stream import JsonText
    from tui_chat.import_export.importers.skipped import Tally
    from tui_chat.storage.read_only import Reader

NAME: Final = "an export of tui-chat"
DATABASE: Final = "a database of tui-chat"
LIST: Final = "conversations"


def is_json(head: object) -> bool:
    """Say whether an object without its `conversations` is our JSON."""
    return mapping(head).get("format") == FORMAT and "kind" not in mapping(head)


def is_line(value: object) -> bool:
    """Say whether a value is the first of our lines."""
    return mapping(value).get("format") == FORMAT and mapping(value).get("kind") == CONVERSATION


def transcripts_of_json(
    head: Mapping[str, Any], records: Iterable[object], tally: Tally
) -> Iterator[Transcript]:
    """Yield the conversations of our JSON.

    Args:
        head: The object without its `conversations`.
        records: Those.
        tally: Told what cannot be read.

    Raises:
        Malformed: It is not what it should be.
    """
    check_version(head)
    if LIST in head:
        raise Malformed(f"`{LIST}` is not a list")
    for number, record in enumerate(records, start=1):
        try:
            yield from_record(record)
        except Malformed as problem:
            tally.reject(_name(mapping(record).get("title"), number), problem.words)


def transcripts_of_lines(source: JsonText, tally: Tally) -> Iterator[Transcript]:
    """Yield the conversations of our lines.

    Raises:
        Malformed: They are not what they should be.
    """
    head: dict[str, Any] | None = None
    messages: list[object] = []
    number = 0
    for line, value in enumerate(source.values(), start=1):
        kind = mapping(value).get("kind")
        if kind == MESSAGE and head is not None:
            messages.append(value)
        elif kind == CONVERSATION:
            check_version(value)
            if head is not None:
                yield from _joined(head, messages, number, tally)
            head, messages, number = value, [], number + 1
        else:
            raise Malformed(f"value {line} is neither a conversation nor a message of one")
    if head is not None:
        yield from _joined(head, messages, number, tally)


def transcripts_of_database(reader: Reader, tally: Tally) -> Iterator[Transcript]:
    """Yield the conversations of a database of ours, which anybody may have changed.

    They are looked at like those of a file: a column can hold what its name does not say.
    """
    names = reader.ids()
    if words := reader.unreadable.news():
        tally.reject("a conversation without an id", words)
    for number, name in enumerate(names, start=1):
        try:
            conversation = reader.conversation(name)
            if conversation is None:
                tally.reject(f"conversation {number}", reader.unreadable.news())
                continue
            if not is_spoken(conversation):
                continue
            before = reader.unreadable.count
            transcript = reader.transcript(conversation)
            tally.skip("message that cannot be read", reader.unreadable.count - before)
            yield from_record(transcript_record(transcript))
        except (Malformed, StorageError) as problem:
            tally.reject(f"conversation {number}", str(problem))
        except (RecursionError, ValueError, TypeError, AttributeError):
            tally.reject(f"conversation {number}", "a value is not what it should be")


def is_spoken(conversation: Conversation) -> bool:
    """Say whether anything was ever written in a conversation."""
    return bool(conversation.leaf_id or conversation.draft or conversation.title)


def _joined(
    head: dict[str, Any], messages: list[object], number: int, tally: Tally
) -> Iterator[Transcript]:
    try:
        yield joined(head, messages)
    except Malformed as problem:
        tally.reject(_name(head.get("title"), number), problem.words)


def _name(title: object, number: int) -> str:
    shown = sanitize_line(text(title), 60)
    return f"“{shown}”" if shown else f"conversation {number}"
