"""Keeps the key out of what is passed on, while it streams.

An endpoint may repeat the key that it was sent: in an error within the stream, or spelled out over
many small deltas. So every line is looked at when it is whole, and leaves as it came unless a
secret is in it; no client could do anything with half a line. Where the text of an event ends in
what may be a piece of a secret, that event waits for the next one.
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
"""How many characters of a secret in a row are no chance any more. What stands before them is
passed on: the first three characters of a key say as much as “sk-”."""
_LINE: Final = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)")
_NO_TEXT: Final = ("role", "id", "type")


@dataclass(frozen=True, slots=True)
class Released(Generic[T]):
    """What may be passed on."""

    items: list[T]
    masked: str | None = None
    """The text of all items together without the secret in it; None when there is none in it."""


class SecretRun(Generic[T]):
    """Holds items back while the end of their text may be a piece of a secret."""

    def __init__(self, masker: Redactor) -> None:
        """Begin a text.

        Args:
            masker: Knows the secrets.
        """
        self._mask = masker.redact_known
        # No secret has a NUL: what is found in this stands within one of them.
        self._secrets = "\0".join(masker.texts)
        self._longest = max(map(len, masker.texts), default=0)
        self._run = ""
        self._before = ""
        self._held: list[T] = []
        self._texts: list[str] = []
        self._length = 0

    def take(self, item: T, text: str) -> list[Released[T]]:
        """Return what may be passed on now that an item with some text has come."""
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
                # What of a secret has left already, so that the whole can be recognised.
                self._before = before if len(self._run) > len(text) else ""
            self._held.append(item)
            self._texts.append(text)
            self._length += len(text)
            return released if is_suspect else [*released, *self.finish()]
        return [*released, Released([item])]

    def finish(self) -> list[Released[T]]:
        """Return what was held back; no more of it will come."""
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
        """Return the longest end of a text that stands within a secret."""
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
    """Guards a text that comes in pieces."""

    def __init__(self, masker: Redactor) -> None:
        self._run: SecretRun[str] = SecretRun(masker)
        self._mask = masker.redact_known

    def feed(self, text: str) -> str:
        """Return what may be passed on."""
        return self._joined(self._run.take(text, text))

    def finish(self) -> str:
        """Return what was held back."""
        return self._joined(self._run.finish())

    def _joined(self, released: list[Released[str]]) -> str:
        return "".join(
            self._mask("".join(part.items)) if part.masked is None else part.masked
            for part in released
        )


class StreamRedactor:
    """Guards the bytes of a stream of events."""

    def __init__(self, masker: Redactor, words_masker: Redactor) -> None:
        """Begin a stream.

        Args:
            masker: Knows the secrets.
            words_masker: Takes what a client must not learn out of the words of a failure.
        """
        self._mask = masker.redact_known
        self._words_mask = words_masker
        self._run: SecretRun[bytes] = SecretRun(masker)
        self._parts: list[bytes] = []

    def feed(self, data: bytes) -> bytes:
        """Return what may be passed on, byte by byte as it came."""
        self._parts.append(data)
        if b"\n" not in data and b"\r" not in data:
            # Joined once: a long line in pieces of one byte must not cost its square.
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
        """Return what was held back, and a last line that nothing ended."""
        rest, self._parts = b"".join(self._parts), []
        out = list(self._passed(rest)) if rest else []
        return b"".join(out) + self.release()

    def release(self) -> bytes:
        """Return the whole lines that were held back: the stream has broken off."""
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
        """Return a line without secrets anywhere in it; as it came if there are none."""
        mask = self._words_mask if b'"error"' in line else self._mask
        text = line.decode("utf-8", "surrogateescape")
        masked = mask(text)
        return line if masked == text else masked.encode("utf-8", "surrogateescape")


def redacted_body(data: bytes, masker: Redactor) -> bytes:
    """Return a whole answer without secrets; byte for byte as it came if there are none in it."""
    text = data.decode("utf-8", "surrogateescape")
    masked = masker.redact_known(text)
    return data if masked == text else masked.encode("utf-8", "surrogateescape")


def _event_of(line: bytes) -> Any:
    """Return what a line with data holds; None for any other line."""
    if not line.startswith(b"data:"):
        return None
    try:
        return json.loads(line[5:])
    except (ValueError, RecursionError):
        return None


def _texts_of(event: Any) -> Iterator[tuple[Any, Any]]:
    """Yield where the texts of an event's deltas stand: a holder, and a name or index in it."""
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
    """Yield lines anew: the text in the first event that had some, the others empty."""
    for line in lines:
        event = _event_of(line)
        places = list(_texts_of(event))
        if not any(holder[name] for holder, name in places):
            yield line
            continue
        for holder, name in places:
            if holder[name]:
                holder[name], text = text, ""
        yield b"data: %b\n" % json.dumps(event).encode()
