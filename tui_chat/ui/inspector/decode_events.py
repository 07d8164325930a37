"""Decodes received bytes to events for display.

A read may contain many events or a part of one. The raw lines are kept with the decoded parts,
including comments and unknown fields.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.cost.cost import money_label
from tui_chat.core.labels import N_, _, join_list
from tui_chat.providers.stream.chunk_parser import ChunkParts, read_chunk
from tui_chat.providers.stream.sse import EventParser, LineSplitter
from tui_chat.providers.stream.tool_calls import call_name
from tui_chat.ui.text_view.json_lines import json_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tui_chat.core.http_exchange import WireEntry
    from tui_chat.providers.stream.sse import ServerEvent

_STREAM_TYPES: Final = ("event-stream", "ndjson", "jsonl", "json-lines", "x-json-stream")
_SSE_LINE: Final = re.compile(rb"(?:data|event|id|retry)?:|data[\r\n]")
_ESCAPED: Final = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|/)")


class PartKind(Enum):
    """The kind of a decoded part; the value is its label."""

    TEXT = N_("text")
    REASONING = N_("reasoning")
    REFUSAL = N_("refusal")
    TOOLS = N_("tools")
    ERROR = N_("error")
    FINISH = N_("finish")
    USAGE = N_("usage")
    DONE = N_("done")
    COMMENT = N_("comment")
    EMPTY = N_("empty")
    NO_DATA = N_("no data")
    NOT_JSON = N_("not JSON")


Part = tuple[PartKind, str]
"""A decoded part of an event: its kind and its content."""


@dataclass(frozen=True, slots=True)
class WireEvent:
    """One event, or a whole body that is not an event stream."""

    offset_s: float
    """Arrival of its last byte, in seconds since the start of the request."""
    raw: str
    """Its raw lines."""
    parts: tuple[Part, ...]
    read: int = 0
    """Number of the read that completed it."""
    is_body: bool = False


class EventReader:
    """Assembles events from reads that may be split anywhere."""

    def __init__(self) -> None:
        self._lines = LineSplitter()
        self._parser: EventParser[Any] = EventParser(json_value)
        self._raw: list[str] = []

    def feed(self, entry: WireEntry, read: int = 0) -> list[WireEvent]:
        """Return the events that end in a read.

        Args:
            entry: The read.
            read: Its number.
        """
        events: list[WireEvent] = []
        for line in self._lines.feed(entry.data):
            found = self._parser.feed(f"{line}\n".encode())
            if line:
                self._raw.append(line)
            if self._raw and (found or not line or self._is_comment()):
                events.append(self._event(found, entry.offset_s, read))
        return events

    def finish(self, offset_s: float, read: int = 0) -> list[WireEvent]:
        """Return the event that is unfinished at the end of the stream."""
        last = self._lines.finish()
        found = self._parser.feed(last.encode()) + self._parser.finish()
        if last:
            self._raw.append(last)
        return [self._event(found, offset_s, read)] if self._raw else []

    def _is_comment(self) -> bool:
        return len(self._raw) == 1 and self._raw[0][0] == ":"

    def _event(self, found: Sequence[ServerEvent[Any]], offset_s: float, read: int) -> WireEvent:
        raw, self._raw = "\n".join(self._raw), []
        parts = [part for event in found for part in _parts_of_event(event)]
        if not found:
            parts = list(_parts_of_lines(raw))
        return WireEvent(offset_s, raw, tuple(parts), read)


def body_event(entries: Sequence[WireEntry], read: int = 0) -> WireEvent:
    """Return a body that is not a stream as one event."""
    text = b"".join(entry.data for entry in entries).decode("utf-8-sig", "replace")
    value = json_value(text)
    parts = _parts_of_value(value) if value is not None else ()
    return WireEvent(entries[-1].offset_s, text, tuple(parts), read, is_body=True)


def content_type(headers: Mapping[str, str]) -> str:
    """Return the Content-Type header, or an empty text."""
    for name, value in headers.items():
        if name.lower() == "content-type":
            return value
    return ""


def is_stream(type_: str, first: bytes) -> bool | None:
    """Return whether a body is a stream of events or lines; None while that is undecided.

    Args:
        type_: The Content-Type header.
        first: The beginning of the body.
    """
    if any(name in type_.lower() for name in _STREAM_TYPES):
        return True
    head = first.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head:
        return None
    if head[0] not in b"{[":
        return bool(_SSE_LINE.match(head))
    line, newline, _ = head.partition(b"\n")
    if not newline:
        return None
    return isinstance(json_value(line.decode("utf-8", "replace")), dict)


def safe_text(text: str, redact: Callable[[str], str]) -> str:
    """Redact a text, including secrets written with JSON escapes.

    A text with an escaped secret is returned with its escapes decoded.
    """
    redacted = redact(text)
    if "\\" in redacted:
        plain = _ESCAPED.sub(_unescaped, redacted)
        without = redact(plain)
        if without != plain:
            return without
    return redacted


def _unescaped(escape: re.Match[str]) -> str:
    code = int(escape[1], 16) if escape[1] else ord("/")
    # Only printable ASCII, as in keys, is decoded; control characters stay escaped.
    return chr(code) if 0x20 < code < 0x7F else escape[0]


def _parts_of_event(event: ServerEvent[Any]) -> Iterator[Part]:
    if event.payload is not None:
        yield from _parts_of_value(event.payload, is_error=event.name == "error")
    elif event.data.strip() == "[DONE]":
        yield PartKind.DONE, ""
    elif event.name == "error":
        yield PartKind.ERROR, quoted(event.data)
    else:
        yield PartKind.NOT_JSON, ""


def _parts_of_lines(raw: str) -> Iterator[Part]:
    """Classify lines that are not an event."""
    if raw.startswith(":"):
        yield PartKind.COMMENT, raw
    elif raw.startswith("data"):
        yield PartKind.EMPTY, ""
    else:
        yield PartKind.NO_DATA, ""


def _parts_of_value(value: Any, *, is_error: bool = False) -> Iterator[Part]:
    found = False
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            for part in _parts_of_chunk(read_chunk(item), item, is_error=is_error):
                found = True
                yield part
    if not found:
        yield PartKind.EMPTY, ""


def _parts_of_chunk(parts: ChunkParts, item: dict[str, Any], *, is_error: bool) -> Iterator[Part]:
    if is_error and parts.error is None and not parts.text:
        parts.error = item
    if parts.reasoning:
        yield PartKind.REASONING, quoted(parts.reasoning)
    if parts.text:
        yield PartKind.REFUSAL if parts.refusal else PartKind.TEXT, quoted(parts.text)
    if parts.calls:
        names = join_list(name for name in map(call_name, parts.calls) if name)
        yield PartKind.TOOLS, names or _("arguments")
    if parts.error is not None:
        yield PartKind.ERROR, quoted(parts.error)
    if parts.finish_reason:
        yield PartKind.FINISH, parts.finish_reason
    if parts.usage:
        sent, received = parts.usage.input_tokens, parts.usage.output_tokens
        counts = [] if sent is None else [_("{count} in").format(count=sent)]
        counts += [] if received is None else [_("{count} out").format(count=received)]
        if parts.usage.cached_tokens:
            counts.append(_("{count} cached").format(count=parts.usage.cached_tokens))
        if parts.usage.cost is not None:
            counts.append(money_label(parts.usage.cost))
        yield PartKind.USAGE, join_list(counts)


def quoted(value: Any) -> str:
    """Return a value as JSON on one line, so that spaces and line breaks are visible."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return _("(nested too deeply)")
    # A lone surrogate is shown as an escape.
    return text.encode("utf-8", "backslashreplace").decode()
