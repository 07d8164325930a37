"""Our own files: the JSON and the lines that `export` writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.visible import visible_line
from tui_chat.transfer.malformed import Malformed
from tui_chat.transfer.own_format import CONVERSATION, FORMAT, MESSAGE, check_version, joined
from tui_chat.transfer.own_format import transcript_from as from_record
from tui_chat.transfer.sources.values import mapping, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui_chat.core.transcript import Transcript
    from tui_chat.transfer.sources.json_text import JsonText
    from tui_chat.transfer.sources.tally import Tally

NAME: Final = "an export of tui-chat"


def is_json(value: object) -> bool:
    """Say whether a value is our JSON."""
    return mapping(value).get("format") == FORMAT and "conversations" in mapping(value)


def is_line(value: object) -> bool:
    """Say whether a value is the first of our lines."""
    return mapping(value).get("format") == FORMAT and mapping(value).get("kind") == CONVERSATION


def transcripts_of_json(value: Any, tally: Tally) -> Iterator[Transcript]:
    """Yield the conversations of our JSON.

    Raises:
        Malformed: It is not what it should be.
    """
    check_version(value)
    if not isinstance(value["conversations"], list):
        raise Malformed("`conversations` is not a list")
    for number, record in enumerate(value["conversations"], start=1):
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


def _joined(
    head: dict[str, Any], messages: list[object], number: int, tally: Tally
) -> Iterator[Transcript]:
    try:
        yield joined(head, messages)
    except Malformed as problem:
        tally.reject(_name(head.get("title"), number), problem.words)


def _name(title: object, number: int) -> str:
    shown = visible_line(text(title), 60)
    return f"“{shown}”" if shown else f"conversation {number}"
