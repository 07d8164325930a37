"""Parses server-sent events (the WHATWG event-stream format). No I/O.

The result does not depend on how the bytes are split. The parser is lenient in one way: a data line
that is a whole message by itself is emitted at once, because many servers omit the blank line that
should end an event, some even the one before the end of the stream.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

EVENT_LIMIT: Final = 64_000_000
"""Longest line or event in characters. A longer one is dropped and sets `is_too_long`."""

Payload = TypeVar("Payload")


class ServerEvent(NamedTuple, Generic[Payload]):
    """One event of the stream, or one line outside the format."""

    data: str
    payload: Payload | None
    """The decoded data; None if it cannot be decoded."""
    name: str = ""
    """Name of the event; usually empty."""
    is_bare: bool = False
    """True for a line without a known field name, such as a line of NDJSON."""


class LineSplitter:
    """Splits bytes into lines that end in LF, CR or CRLF; invalid UTF-8 becomes U+FFFD."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._parts: list[str] = []
        self._length = 0
        self._is_first = True
        self._skips_lf = False
        self.is_too_long = False

    def feed(self, piece: bytes) -> list[str]:
        """Return the lines that end in this piece."""
        text = self._decoder.decode(piece)
        if not text:
            return []
        if self._is_first:
            self._is_first = False
            text = text.removeprefix("\ufeff")
        if self._skips_lf and text:
            self._skips_lf = False
            text = text.removeprefix("\n")
        if "\r" in text:
            # A CR ends its line at once; the LF of a CRLF may arrive later.
            self._skips_lf = text.endswith("\r")
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        return self._split(text)

    def finish(self) -> str:
        """Return the last, unterminated line."""
        text = "".join((*self._parts, self._decoder.decode(b"", final=True)))
        self._parts.clear()
        return text.removeprefix("\ufeff") if self._is_first else text

    def _split(self, text: str) -> list[str]:
        lines = text.split("\n")
        rest = lines.pop()
        if lines:
            lines[0] = "".join((*self._parts, lines[0]))
            self._parts.clear()
            self._length = 0
        if rest:
            self._length += len(rest)
            # Joined once, so that a line of 64 MB in pieces of 1 byte takes linear time.
            self._parts.append(rest)
        return self._within_limit(lines)

    def _within_limit(self, lines: list[str]) -> list[str]:
        """Return the lines before the first one that is too long, and none after it."""
        if self.is_too_long:
            self._parts.clear()
            return []
        if self._length > EVENT_LIMIT:
            self.is_too_long = True
            self._parts.clear()
        for position, line in enumerate(lines):
            if len(line) > EVENT_LIMIT:
                self.is_too_long = True
                return lines[:position]
        return lines


class EventParser(Generic[Payload]):
    """Parses bytes into events."""

    def __init__(self, decode: Callable[[str], Payload | None]) -> None:
        """Create a parser for one stream.

        Args:
            decode: Decodes the data of an event; returns None for incomplete or invalid data.
        """
        self._decode = decode
        self._lines = LineSplitter()
        self._data: list[str] = []
        self._length = 0
        self._name = ""
        self._events: list[ServerEvent[Payload]] = []
        self._has_long_event = False

    @property
    def is_too_long(self) -> bool:
        """Return whether an event exceeded the limit; no events follow it."""
        return self._lines.is_too_long or self._has_long_event

    def feed(self, piece: bytes) -> list[ServerEvent[Payload]]:
        """Return the events that end in this piece."""
        for line in self._lines.feed(piece):
            if self._has_long_event:
                break
            self._take_line(line)
        events, self._events = self._events, []
        return events

    def finish(self) -> list[ServerEvent[Payload]]:
        """Return the unterminated event at the end of the stream."""
        last = self._lines.finish()
        if not self.is_too_long:
            if last:
                self._take_line(last)
            self._end_event()
        events, self._events = self._events, []
        return events

    def _take_line(self, line: str) -> None:
        if line.startswith("data:"):
            self._take_data(line[6:] if line.startswith("data: ") else line[5:])
        elif not line:
            self._end_event()
        elif line[0] != ":":
            self._take_other(line)

    def _take_data(self, data: str) -> None:
        if not self._data and data and data[-1] in "}]":
            payload = self._decode(data)
            if payload is not None or data == "[DONE]":
                self._events.append(ServerEvent(data, payload, self._name))
                return
        self._data.append(data)
        self._length += len(data) + 1
        if self._length > EVENT_LIMIT:
            self._has_long_event = True
            self._data = []

    def _take_other(self, line: str) -> None:
        field, _, value = line.partition(":")
        if field == "event":
            self._name = value.removeprefix(" ")
        elif field == "data":
            self._take_data("")
        elif field.lstrip(" \t\ufeff") == "data":
            # A BOM in the middle, from a server that concatenates files or streams.
            self._take_data(value.removeprefix(" "))
        elif field not in ("id", "retry"):
            # Not a field of the format. Kept, because it may be a whole JSON response.
            payload = self._decode(line)
            self._events.append(ServerEvent(line, payload, self._name, is_bare=True))

    def _end_event(self) -> None:
        name, self._name = self._name, ""
        if not self._data:
            return
        lines, self._data = self._data, []
        self._length = 0
        data = "\n".join(lines)
        payload = self._decode(data) if data else None
        if payload is None and len(lines) > 1:
            # Several messages without blank lines between them, one of them perhaps broken.
            self._events.extend(ServerEvent(line, self._decode(line), name) for line in lines)
        elif data:
            if payload is None and data.startswith("data:"):
                # A proxy wrapped an event in an event.
                data = data.removeprefix("data:").strip()
                payload = self._decode(data)
            self._events.append(ServerEvent(data, payload, name))
