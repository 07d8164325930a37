"""Imports tui-chat's own files: JSON and JSON Lines exports, and databases such as backups."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.errors import StorageError
from tui_chat.core.labels import N_, _
from tui_chat.import_export.importers.skipped import conversation_label
from tui_chat.import_export.importers.untrusted_values import mapping, text
from tui_chat.import_export.json_format import (
    CONVERSATION,
    FORMAT,
    MESSAGE,
    check_version,
    join_records,
    transcript_record,
)
from tui_chat.import_export.json_format import transcript_from as from_record
from tui_chat.import_export.malformed import Malformed, Problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tui_chat.core.conversation import Conversation
    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.importers.json_stream import JsonText
    from tui_chat.import_export.importers.skipped import Tally
    from tui_chat.storage.read_only import Reader

NAME: Final = N_("tui-chat's export")
DATABASE: Final = N_("tui-chat's database")
LIST: Final = "conversations"


def is_json(head: object) -> bool:
    """Return whether an object, without its `conversations`, is a JSON export."""
    return mapping(head).get("format") == FORMAT and "kind" not in mapping(head)


def is_line(value: object) -> bool:
    """Return whether a value is the first line of a JSON Lines export."""
    return mapping(value).get("format") == FORMAT and mapping(value).get("kind") == CONVERSATION


def transcripts_of_json(
    head: Mapping[str, Any], records: Iterable[object], tally: Tally
) -> Iterator[Transcript]:
    """Yield the conversations of a JSON export.

    Args:
        head: The object without its `conversations`.
        records: The `conversations`.
        tally: Collects what cannot be read.

    Raises:
        Malformed: The object does not follow the format.
    """
    check_version(head)
    if LIST in head:
        raise Malformed(_("`{name}` must be a list").format(name=LIST))
    for number, record in enumerate(records, start=1):
        yield from _read(partial(from_record, record), _label(mapping(record), number), tally)


def transcripts_of_lines(source: JsonText, tally: Tally) -> Iterator[Transcript]:
    """Yield the conversations of a JSON Lines export.

    Raises:
        Malformed: A line does not follow the format.
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
                yield from _join(head, messages, number, tally)
            head, messages, number = value, [], number + 1
        else:
            raise Malformed(
                _("value {number} is neither a conversation nor a message").format(number=line)
            )
    if head is not None:
        yield from _join(head, messages, number, tally)


def transcripts_of_database(reader: Reader, tally: Tally) -> Iterator[Transcript]:
    """Yield the conversations of a tui-chat database.

    Anybody may have changed it, so the rows pass the same checks as the records of a JSON export.
    """
    ids = reader.ids()
    if error_text := reader.unreadable.report():
        tally.reject(_("a conversation without an ID"), error_text)
    for number, conversation_id in enumerate(ids, start=1):
        label = _label({}, number)
        try:
            conversation = reader.conversation(conversation_id)
            if conversation is None:
                tally.reject(label, reader.unreadable.report())
                continue
            if not _has_content(conversation):
                continue
            before = reader.unreadable.count
            transcript = reader.transcript(conversation, with_contents=True)
            problems = Problems(left_out=reader.unreadable.count - before)
            if error_text := reader.unreadable.report():
                problems.add(error_text)
            yield from _read(
                partial(from_record, transcript_record(transcript)), label, tally, problems
            )
        except StorageError as error:
            tally.reject(label, str(error))
        except (RecursionError, ValueError, TypeError, AttributeError):
            tally.reject(label, _("a value has the wrong type"))


def _has_content(conversation: Conversation) -> bool:
    return bool(conversation.leaf_id or conversation.draft or conversation.title)


def _join(
    head: dict[str, Any], messages: list[object], number: int, tally: Tally
) -> Iterator[Transcript]:
    yield from _read(partial(join_records, head, messages), _label(head, number), tally)


def _read(
    parse: Callable[[Problems], Transcript],
    label: str,
    tally: Tally,
    problems: Problems | None = None,
) -> Iterator[Transcript]:
    """Yield a conversation, and record its problems; none if it cannot be read."""
    problems = problems or Problems()
    try:
        transcript = parse(problems)
    except Malformed as error:
        tally.reject(label, str(error))
        return
    tally.report_problems(label, problems)
    yield transcript


def _label(record: Mapping[str, Any], number: int) -> str:
    return conversation_label(text(record.get("title")), number)
