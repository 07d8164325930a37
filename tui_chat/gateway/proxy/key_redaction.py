"""Redacts the key in relayed responses while they stream.

An endpoint may echo the key: in an error inside the stream, or spelled out over many small deltas.
Therefore the stream is buffered by lines, and a line is relayed unchanged unless it contains a
secret. If the text of an event ends with a possible part of a secret, the event is held back until
the next one arrives.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui_chat.core.text.redact import Redactor

T = TypeVar("T")

_HOLD_FROM: Final = 4
"""Text is held back once it matches this many consecutive characters of a secret. Shorter matches
are relayed: the first three characters of a key reveal no more than “sk-”."""
_LINE: Final = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)")
_NO_TEXT: Final = ("role", "id", "type")


@dataclass(frozen=True, slots=True)
class Released(Generic[T]):
    """Items that may be relayed."""

    items: list[T]
    masked: str | None = None
    """The redacted text of all items together; None if it contains no secret."""


class SecretBuffer(Generic[T]):
    """Buffers items while the end of their text may be a part of a secret."""

    def __init__(self, masker: Redactor) -> None:
        """Create a buffer for one text.

        Args:
            masker: Redacts the secrets.
        """
        self._mask = masker.redact_known
        # No secret contains NUL, so every match in this text is within one secret.
        self._secrets = "\0".join(masker.texts)
        self._longest = max(map(len, masker.texts), default=0)
        self._run = ""
        self._before = ""
        self._held: list[T] = []
        self._texts: list[str] = []
        self._length = 0

    def take(self, item: T, text: str) -> list[Released[T]]:
        """Add an item with its text, and return the items that may be relayed."""
        if not text:
            if not self._held:
                return [Released([item])]
            self._held.append(item)
            return []
        before, self._run = self._run, self._end_of(self._run, text)
        is_suspect = len(self._run) >= _HOLD_FROM
        is_same = len(self._run) > len(text) and self._length < 2 * self._longest
        released: list[Released[T]] = []
        if self._held and is_suspect and not is_same:
            released = self.finish()
        if is_suspect or self._held:
            if not self._held:
                # The part of a secret that was relayed already, needed to match the whole.
                self._before = before if len(self._run) > len(text) else ""
            self._held.append(item)
            self._texts.append(text)
            self._length += len(text)
            return released if is_suspect else [*released, *self.finish()]
        return [*released, Released([item])]

    def finish(self) -> list[Released[T]]:
        """Return the items that were held back; the text has ended."""
        if not self._held:
            return []
        items, self._held = self._held, []
        whole = self._before + "".join(self._texts)
        masked = self._mask(whole)
        before, self._before, self._texts, self._length = self._before, "", [], 0
        if masked == whole:
            return [Released(items)]
        return [Released(items, masked.removeprefix(before))]

    def _end_of(self, run: str, text: str) -> str:
        """Return the longest end of a text that occurs in a secret."""
        if not self._secrets:
            return ""
        lower = text.lower()
        if len(lower) > self._longest:
            run, lower = "", lower[-self._longest :]
        for character in lower:
            run += character
            while run and (run not in self._secrets or "\0" in run):
                run = run[1:]
        return run


class TextRedactor:
    """Redacts a text that arrives in pieces."""

    def __init__(self, masker: Redactor) -> None:
        self._run: SecretBuffer[str] = SecretBuffer(masker)
        self._mask = masker.redact_known

    def feed(self, text: str) -> str:
        """Add a piece, and return the text that may be relayed."""
        return self._joined(self._run.take(text, text))

    def finish(self) -> str:
        """Return the text that was held back."""
        return self._joined(self._run.finish())

    def _joined(self, released: list[Released[str]]) -> str:
        return "".join(
            self._mask("".join(part.items)) if part.masked is None else part.masked
            for part in released
        )


class StreamRedactor:
    """Redacts the bytes of an event stream."""

    def __init__(self, masker: Redactor, error_masker: Redactor) -> None:
        """Create a redactor for one stream.

        Args:
            masker: Redacts the secrets.
            error_masker: Redacts errors, in which it also hides the endpoint's address.
        """
        self._mask = masker.redact_known
        self._error_mask = error_masker
        self._run: SecretBuffer[bytes] = SecretBuffer(masker)
        self._parts: list[bytes] = []

    def feed(self, data: bytes) -> bytes:
        """Add data, and return the bytes that may be relayed."""
        self._parts.append(data)
        if b"\n" not in data and b"\r" not in data:
            # Joined once, so that a long line in pieces of one byte takes linear time.
            return b""
        data = b"".join(self._parts)
        out: list[bytes] = []
        end = 0
        for line in _LINE.finditer(data):
            end = line.end()
            out += self._passed(line[0])
        self._parts = [data[end:]]
        return b"".join(out)

    def finish(self) -> bytes:
        """Return the bytes that were held back, and an unterminated last line."""
        rest, self._parts = b"".join(self._parts), []
        out = list(self._passed(rest)) if rest else []
        return b"".join(out) + self.release()

    def finish_with(self, data: bytes) -> bytes:
        """Add the last data, and return everything that was held back."""
        return self.feed(data) + self.finish()

    def release(self) -> bytes:
        """Return only the complete lines that were held back: the stream broke off."""
        return b"".join(self._joined(self._run.finish()))

    def _passed(self, line: bytes) -> Iterator[bytes]:
        if not line.strip():
            yield from self._joined(self._run.take(line, ""))
            return
        text = "".join(holder[name] for holder, name in _texts_of(_event_of(line)))
        yield from self._joined(self._run.take(line, text))

    def _joined(self, released: list[Released[bytes]]) -> Iterator[bytes]:
        for part in released:
            lines = part.items
            if part.masked is not None:
                lines = list(_rewritten(lines, part.masked))
            yield from map(self._masked, lines)

    def _masked(self, line: bytes) -> bytes:
        """Return a line with all secrets redacted; unchanged if there are none."""
        mask = self._error_mask if b'"error"' in line else self._mask
        text = line.decode("utf-8", "surrogateescape")
        masked = mask(text)
        return line if masked == text else masked.encode("utf-8", "surrogateescape")


def redacted_body(data: bytes, masker: Redactor) -> bytes:
    """Return a whole response with its secrets redacted; unchanged if there are none."""
    text = data.decode("utf-8", "surrogateescape")
    masked = masker.redact_known(text)
    return data if masked == text else masked.encode("utf-8", "surrogateescape")


def _event_of(line: bytes) -> Any:
    """Return the decoded data of a data line; None for any other line."""
    if not line.startswith(b"data:"):
        return None
    try:
        return json.loads(line[5:])
    except (ValueError, RecursionError):
        return None


def _texts_of(event: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the locations of the texts of an event's deltas: container, and key or index."""
    choices = event.get("choices") if isinstance(event, dict) else None
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict):
            for name in ("delta", "message", "text"):
                yield from _texts_within(choice, name)


def _texts_within(holder: Any, name: Any) -> Iterator[tuple[Any, Any]]:
    value = holder.get(name) if isinstance(holder, dict) else holder[name]
    if isinstance(value, str):
        yield holder, name
    elif isinstance(value, dict):
        for inner in value:
            if inner not in _NO_TEXT:
                yield from _texts_within(value, inner)
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from _texts_within(value, index)


def _rewritten(lines: list[bytes], text: str) -> Iterator[bytes]:
    """Yield lines with a new text, placed in the first event with text; empty the others."""
    for line in lines:
        event = _event_of(line)
        locations = list(_texts_of(event))
        if not any(holder[name] for holder, name in locations):
            yield line
            continue
        for holder, name in locations:
            if holder[name]:
                holder[name], text = text, ""
        yield b"data: %b\n" % json.dumps(event).encode()
