"""What came over the wire, read for showing: reads to events, each with what it means.

A read may hold many events or a part of one. The project's own parser finds them; beside what it
makes of an event the lines are kept as they came, comments and unknown fields too.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tui_chat.providers.stream.chunk_parser import ChunkParts, read_chunk
from tui_chat.providers.stream.sse import EventParser, LineSplitter
from tui_chat.ui.text_view.json_lines import json_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tui_chat.core.http_exchange import WireEntry
    from tui_chat.providers.stream.sse import ServerEvent

_STREAM_TYPES: Final = ("event-stream", "ndjson", "jsonl", "json-lines", "x-json-stream")
_SSE_LINE: Final = re.compile(rb"(?:data|event|id|retry)?:|data[\r\n]")
_ESCAPED: Final = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|/)")

Part = tuple[str, str]
"""What an event says: the kind of thing, and the thing."""


@dataclass(frozen=True, slots=True)
class WireEvent:
    """One event, or a whole body that is no stream of events."""

    offset_s: float
    """When its last byte came, in seconds since the request began."""
    raw: str
    """Its lines as they came."""
    parts: tuple[Part, ...]
    read: int = 0
    """The number of the read that completed it."""
    is_body: bool = False


class EventReader:
    """Reads in any split to events."""

    def __init__(self) -> None:
        self._lines = LineSplitter()
        self._parser: EventParser[Any] = EventParser(json_value)
        self._raw: list[str] = []

    def feed(self, entry: WireEntry, read: int = 0) -> list[WireEvent]:
        """Return the events that ended in a read.

        Args:
            entry: What came.
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
        """Return what was not ended when the stream was."""
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
    """Return a body that is no stream as one event."""
    text = b"".join(entry.data for entry in entries).decode("utf-8-sig", "replace")
    value = json_value(text)
    parts = _parts_of_value(value) if value is not None else ()
    return WireEvent(entries[-1].offset_s, text, tuple(parts), read, is_body=True)


def content_type(headers: Mapping[str, str]) -> str:
    """Return what an endpoint says its answer is."""
    for name, value in headers.items():
        if name.lower() == "content-type":
            return value
    return ""


def is_stream(type_: str, first: bytes) -> bool | None:
    """Say whether a body is a stream of events or lines; None while it cannot be known.

    Args:
        type_: The content type that the endpoint tells.
        first: How the body begins.
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


def safe_text(text: str, mask: Callable[[str], str]) -> str:
    """Return text without secrets, also those that are written in JSON escapes.

    A text that hides a secret behind escapes is shown with the escapes undone.
    """
    masked = mask(text)
    if "\\" in masked:
        plain = _ESCAPED.sub(_unescaped, masked)
        without = mask(plain)
        if without != plain:
            return without
    return masked


def _unescaped(escape: re.Match[str]) -> str:
    code = int(escape[1], 16) if escape[1] else ord("/")
    # Only what a key is made of is undone; a control character stays an escape.
    return chr(code) if 0x20 < code < 0x7F else escape[0]


def _parts_of_event(event: ServerEvent[Any]) -> Iterator[Part]:
    if event.payload is not None:
        yield from _parts_of_value(event.payload, is_error=event.name == "error")
    elif event.data.strip() == "[DONE]":
        yield "done", ""
    elif event.name == "error":
        yield "error", quoted(event.data)
    else:
        yield "not JSON", ""


def _parts_of_lines(raw: str) -> Iterator[Part]:
    """Tell what lines are that make no event."""
    if raw.startswith(":"):
        yield "comment", raw
    elif raw.startswith("data"):
        yield "empty", ""
    else:
        yield "no data", ""


def _parts_of_value(value: Any, *, is_error: bool = False) -> Iterator[Part]:
    found = False
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            for part in _parts_of_chunk(read_chunk(item), item, is_error=is_error):
                found = True
                yield part
    if not found:
        yield "empty", ""


def _parts_of_chunk(parts: ChunkParts, item: dict[str, Any], *, is_error: bool) -> Iterator[Part]:
    if is_error and parts.error is None and not parts.text:
        parts.error = item
    if parts.reasoning:
        yield "reasoning", quoted(parts.reasoning)
    if parts.text:
        yield "refusal" if parts.refusal else "text", quoted(parts.text)
    if parts.tools:
        yield "tools", ", ".join(name for name in parts.tools if name) or "arguments"
    if parts.error is not None:
        yield "error", quoted(parts.error)
    if parts.finish_reason:
        yield "finish", parts.finish_reason
    if parts.usage:
        counts = (parts.usage.input_tokens, parts.usage.output_tokens)
        words = zip(counts, ("in", "out"), strict=True)
        yield "usage", ", ".join(f"{count} {way}" for count, way in words if count is not None)


def quoted(value: Any) -> str:
    """Return a value as JSON on one line: blanks at the ends and line breaks can be seen."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "too deeply nested to be shown"
    # The half of a character is shown by its escape.
    return text.encode("utf-8", "backslashreplace").decode()
