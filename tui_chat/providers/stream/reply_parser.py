"""Reads the body of an answer: bytes in, deltas out, and at the end how it ended. No I/O."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.stream_events import ReasoningDelta, TextDelta
from tui_chat.core.text.sanitize import replace_surrogates
from tui_chat.providers.stream.chunk_parser import ChunkParts, ordinary_text, read_chunk
from tui_chat.providers.stream.sse import EventParser, ServerEvent
from tui_chat.providers.stream.think_tags import ThinkSplitter

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_chat.core.stream_events import Usage

ANSWER_LIMIT: Final = 64_000_000
"""The longest answer in bytes, as it comes over the wire."""
HEAD_LIMIT: Final = 65_536
"""How much of a body that is no answer is kept, to tell what it is."""

_OPENERS: Final = ("{", "[")
_BLANKS: Final = " \t\r\n\ufeff"
_LAST_WORDS_LIMIT: Final = 4_000
_LAST_LINES_LIMIT: Final = 50
# Control characters within strings are let through: some servers do not escape them.
_SCAN: Final[Callable[[str, int], tuple[Any, int]]] = vars(json.JSONDecoder(strict=False))[
    "scan_once"
]

Delta = TextDelta | ReasoningDelta


@dataclass(frozen=True, slots=True)
class Ending:
    """How an answer ended, as far as its body tells."""

    finish_reason: str | None
    """None when none came; `stop` when only [DONE] did."""
    usage: Usage | None = None
    model: str | None = None
    response_id: str | None = None
    has_text: bool = False
    has_reasoning: bool = False
    is_refusal: bool = False
    tools: tuple[str, ...] = ()
    """Names of the tools the model asked for, though none was offered."""
    error: Any = None
    """The error that came in place of the rest of the answer."""
    is_too_long: bool = False
    broken_lines: int = 0
    lost_events: int = 0
    """How many events began like JSON and could not be read, each perhaps a piece of the answer."""
    last_words: str = ""
    """What stood outside the format after the last of the answer: nearly always why it ended."""
    head: bytes = b""
    """The beginning of the body, only when nothing of an answer was in it."""


class _Halves:
    """Joins the two halves of a character that came in two deltas, and replaces lone ones."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, text: str) -> str:
        """Return the text so far; a first half waits for the next."""
        if self._half:
            text, self._half = self._half + text, ""
        if text.isascii():
            return text
        if "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return replace_surrogates(text)

    def finish(self) -> str:
        """Return what stands for a half that stayed alone."""
        half, self._half = self._half, ""
        return "\ufffd" if half else ""


class ReplyReader:
    """Folds the bytes of a body into deltas. No bytes make it raise."""

    def __init__(self) -> None:
        self._parser: EventParser[list[dict[str, Any]]] = EventParser(_decoded)
        self._think = ThinkSplitter()
        self._text_halves, self._reasoning_halves = _Halves(), _Halves()
        self._raw: list[bytes] = []
        self._length = 0
        self._out: list[Delta] = []
        self._finish_reason: str | None = None
        self._is_done = False
        self._has_deltas = False
        self._usage: Usage | None = None
        self._model: str | None = None
        self._id: str | None = None
        self._has_text = self._has_reasoning = self._is_refusal = False
        self._tools: list[str] = []
        self._error: Any = None
        self._is_finished = self._is_whole = False
        self._broken = self._lost_events = 0
        self._last_words: list[str] = []
        self._is_too_long = False
        self._is_document = False

    @property
    def is_over(self) -> bool:
        """Whether nothing more needs to be read: [DONE] or an error came, or it is too long."""
        return self._is_done or self._error is not None or self._is_too_long

    @property
    def is_finished(self) -> bool:
        """Whether a finish_reason came, and no text after it; only the usage may follow."""
        return self._is_finished

    @property
    def _is_empty(self) -> bool:
        return not (self._has_text or self._has_reasoning)

    @property
    def response_id(self) -> str | None:
        """The id the endpoint gave to this answer, if it has told it."""
        return self._id

    def feed(self, data: bytes) -> list[Delta]:
        """Take the next bytes and return what of the answer came with them."""
        if self.is_over:
            return []
        if self._length + len(data) > ANSWER_LIMIT:
            data = data[: ANSWER_LIMIT - self._length]
            self._is_too_long = True
        self._length += len(data)
        if self._is_empty:
            self._raw.append(data)
        for event in self._parser.feed(data):
            self._take(event)
        if self._parser.is_too_long:
            self._is_too_long = True
        if self._raw and not self._is_empty:
            self._raw = []
        return self._drained()

    def finish(self) -> list[Delta]:
        """Take the end of the body and return what was still held back."""
        if not self.is_over:
            for event in self._parser.finish():
                self._take(event)
        self._put_held()
        if self._is_empty and not self.is_over:
            self._take_whole()
            self._put_held()
        return self._drained()

    def ending(self) -> Ending:
        """Return how it ended; call it after `finish`."""
        reason = self._finish_reason or ("stop" if self._is_done or self._is_whole else None)
        return Ending(
            finish_reason=reason,
            usage=self._usage,
            model=self._model,
            response_id=self._id,
            has_text=self._has_text,
            has_reasoning=self._has_reasoning,
            is_refusal=self._is_refusal,
            tools=tuple(dict.fromkeys(self._tools)),
            error=self._error,
            is_too_long=self._is_too_long,
            broken_lines=self._broken,
            lost_events=self._lost_events,
            last_words="\n".join(self._last_words)[:_LAST_WORDS_LIMIT],
            head=b"".join(self._raw)[:HEAD_LIMIT] if self._is_empty else b"",
        )

    def _take(self, event: ServerEvent[Any]) -> None:
        if self._is_done or self._error is not None:
            return
        if event.payload:
            if not (event.is_bare and self._is_document):
                for chunk in event.payload:
                    self._take_chunk(chunk, is_error=event.name == "error")
                    self._is_whole = self._is_whole or (event.is_bare and _is_whole(chunk))
        elif event.data.strip(' "').upper() == "[DONE]":
            self._is_done = True
        elif event.name == "error" and event.data.strip():
            self._error = event.data
        elif event.payload is None:
            self._take_unreadable(event)

    def _take_unreadable(self, event: ServerEvent[Any]) -> None:
        data = event.data.strip()
        if not data or (event.is_bare and self._is_of_document(event)):
            return
        if not event.is_bare:
            self._broken += 1
        if not data.startswith(_OPENERS):
            self._last_words.append(data[:_LAST_WORDS_LIMIT])
            del self._last_words[_LAST_LINES_LIMIT:]
        elif not self._is_finished:
            self._lost_events += 1

    def _is_of_document(self, event: ServerEvent[Any]) -> bool:
        """Say whether a line outside the format belongs to one JSON document of many lines."""
        if self._is_empty and event.data.lstrip()[:1] in _OPENERS:
            self._is_document = True
        return self._is_document

    def _take_chunk(self, chunk: dict[str, Any], *, is_error: bool) -> None:
        if not is_error and self._id is not None:
            text = ordinary_text(chunk)
            if text is not None:
                if text:
                    self._has_deltas = True
                    self._note_more()
                    self._put_text(text)
                return
        parts = read_chunk(chunk)
        if is_error and parts.error is None and not parts.text:
            parts.error = chunk
        if parts.text or parts.reasoning:
            self._note_more()
        if parts.refusal and self._has_text and not self._is_refusal:
            # The answer had begun.
            self._put_text("\n\n")
        self._note(parts)
        # Some servers repeat the whole answer as a message beside the last, empty delta.
        if not (parts.is_message and self._has_deltas):
            self._put(self._reasoning_halves.feed(parts.reasoning), "")
            self._put_text(parts.text)
        self._has_deltas = self._has_deltas or bool(parts.text and not parts.is_message)
        if parts.error is not None:
            self._error = parts.error

    def _note(self, parts: ChunkParts) -> None:
        self._model = self._model or parts.model
        self._id = self._id or parts.id
        self._usage = parts.usage or self._usage
        self._finish_reason = self._finish_reason or parts.finish_reason
        self._is_finished = self._is_finished or parts.finish_reason is not None
        self._is_refusal = self._is_refusal or parts.refusal
        if parts.tools:
            self._tools += [name for name in parts.tools if name or not self._tools]

    def _note_more(self) -> None:
        """Note that the answer goes on, whatever was said of its end before."""
        self._is_finished = False
        if self._last_words:
            self._last_words.clear()

    def _put_text(self, text: str) -> None:
        self._put(*self._think.feed(self._text_halves.feed(text)))

    def _put(self, reasoning: str, text: str) -> None:
        if reasoning:
            self._has_reasoning = True
            self._out.append(ReasoningDelta(reasoning))
        if text:
            self._has_text = self._has_text or not text.isspace()
            self._out.append(TextDelta(text))

    def _take_whole(self) -> None:
        """Read a body that is one JSON document over several lines, else line by line."""
        body = b"".join(self._raw).decode("utf-8-sig", "replace")
        chunks = _decoded(body)
        if chunks is None and self._is_document:
            chunks = [chunk for line in body.splitlines() for chunk in _decoded(line) or ()]
        for chunk in chunks or ():
            self._take_chunk(chunk, is_error=False)
            self._is_whole = self._is_whole or _is_whole(chunk)

    def _put_held(self) -> None:
        """Hand over what waited for more, which will not come."""
        self._put(self._reasoning_halves.finish(), "")
        self._put(*self._think.feed(self._text_halves.finish()))
        self._put(*self._think.finish())

    def _drained(self) -> list[Delta]:
        out, self._out = self._out, []
        return out


def _is_whole(chunk: dict[str, Any]) -> bool:
    """Say whether a document is a completion, which is whole also when it names no reason."""
    return chunk.get("object") == "chat.completion" and bool(chunk.get("choices"))


def _decoded(data: str) -> list[dict[str, Any]] | None:
    """Return the objects in a text, also several in a row or in a list; None if it is not JSON."""
    start = 0 if data[:1] in _OPENERS else len(data) - len(data.lstrip(_BLANKS))
    if data[start : start + 1] not in _OPENERS:
        return None
    found: list[dict[str, Any]] = []
    try:
        while start < len(data):
            value, end = _SCAN(data, start)
            if type(value) is dict:
                found.append(value)
            else:
                found += [item for item in value if isinstance(item, dict)]
            start = end
            if end < len(data):
                start = len(data) - len(data[end:].lstrip(_BLANKS))
    except (ValueError, TypeError, StopIteration, RecursionError):
        return None
    return found
