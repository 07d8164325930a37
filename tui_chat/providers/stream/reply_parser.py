"""Parses the body of a reply: bytes in, deltas out, and finally how it ended. No I/O."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.stream_events import PartsArrived, ReasoningDelta, TextDelta, TextWasReasoning
from tui_chat.core.text.sanitize import replace_surrogates
from tui_chat.core.tools.events import CallWriting
from tui_chat.providers.stream.chunk_parser import ChunkParts, ordinary_text, read_chunk
from tui_chat.providers.stream.embedded_media import EmbeddedMedia
from tui_chat.providers.stream.extras import ExtrasReader
from tui_chat.providers.stream.lone_closing_mark import LoneClosingMark
from tui_chat.providers.stream.reasoning_marks import ReasoningSplitter
from tui_chat.providers.stream.sse import EventParser, ServerEvent
from tui_chat.providers.stream.text_calls import TextCalls
from tui_chat.providers.stream.tool_calls import ToolCallAssembler

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tui_chat.core.reply_extras import ReplyExtra
    from tui_chat.core.stream_events import Usage
    from tui_chat.core.tools.events import RequestedCall
    from tui_chat.core.tools.tool import Tool

ANSWER_LIMIT: Final = 64_000_000
"""Longest accepted body in bytes, as sent over the wire."""
HEAD_LIMIT: Final = 65_536
"""Length of the beginning of a body that is kept for error messages if it is not a reply."""

_OPENERS: Final = ("{", "[")
_BLANKS: Final = " \t\r\n\ufeff"
_TRAILING_LINE_LIMIT: Final = 4_000
_TRAILING_LINES_LIMIT: Final = 50
# `strict=False` accepts control characters in strings: some servers do not escape them.
_SCAN: Final[Callable[[str, int], tuple[Any, int]]] = vars(json.JSONDecoder(strict=False))[
    "scan_once"
]

Delta = TextDelta | ReasoningDelta | TextWasReasoning | CallWriting | PartsArrived


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a reply, as far as its body shows."""

    finish_reason: str | None
    """None if the body had none; `stop` if it ended with [DONE] only."""
    usage: Usage | None = None
    model: str | None = None
    response_id: str | None = None
    has_text: bool = False
    has_reasoning: bool = False
    extras: tuple[ReplyExtra, ...] = ()
    """Parts beside the text, such as pictures."""
    is_refusal: bool = False
    calls: tuple[RequestedCall, ...] = ()
    """The tool calls, complete as far as the body is."""
    has_tools: bool = False
    """True if tools were offered, so that calls are an answer."""
    error: Any = None
    """The error that replaced the rest of the reply."""
    is_too_long: bool = False
    broken_lines: int = 0
    lost_events: int = 0
    """Number of events that look like JSON and cannot be parsed; each may be a lost delta."""
    trailing_text: str = ""
    """Text outside the format after the last delta: nearly always the reason for the end."""
    head: bytes = b""
    """The beginning of the body, only if it contains nothing of a reply."""


class _SurrogateJoiner:
    """Joins surrogate pairs that are split over two deltas, and replaces lone surrogates."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, text: str) -> str:
        """Return the complete text; a high surrogate at its end waits for the next call."""
        if self._half:
            text, self._half = self._half + text, ""
        if text.isascii():
            return text
        if "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return replace_surrogates(text)

    def finish(self) -> str:
        """Return the replacement of a lone surrogate, if there is one."""
        half, self._half = self._half, ""
        return "\ufffd" if half else ""


class ReplyParser:
    """Parses the bytes of a body into deltas. Never raises."""

    def __init__(self, tools: Mapping[str, Tool] | None = None) -> None:
        """Create a parser.

        Args:
            tools: The offered tools by their sent names; calls of them are also found in the text.
        """
        self._parser: EventParser[list[dict[str, Any]]] = EventParser(_decoded)
        self._think = ReasoningSplitter()
        self._lone_mark = LoneClosingMark()
        self._extras = ExtrasReader()
        self._media = EmbeddedMedia(self._extras.add)
        self._index: int | None = None
        self._text_joiner, self._reasoning_joiner = _SurrogateJoiner(), _SurrogateJoiner()
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
        self._calls = ToolCallAssembler()
        self._text_calls = TextCalls(tools)
        self._has_tools = bool(tools)
        self._error: Any = None
        self._is_finished = self._is_whole = False
        self._broken = self._lost_events = 0
        self._trailing_text: list[str] = []
        self._is_too_long = False
        self._is_document = False

    @property
    def is_over(self) -> bool:
        """Return whether reading can stop: after [DONE] or an error, or if the body is too long."""
        return self._is_done or self._error is not None or self._is_too_long

    @property
    def is_finished(self) -> bool:
        """Return whether a finish_reason has arrived and no text after it; usage may follow."""
        return self._is_finished

    @property
    def _is_empty(self) -> bool:
        has_calls = self._has_tools and (self._calls or self._text_calls.calls)
        return not (self._has_text or self._has_reasoning or self._extras or has_calls)

    @property
    def response_id(self) -> str | None:
        """The endpoint's id of this reply, if it has arrived."""
        return self._id

    def feed(self, data: bytes) -> list[Delta]:
        """Parse the next bytes and return their deltas."""
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
        """Parse the end of the body and return the deltas that were held back."""
        if not self.is_over:
            for event in self._parser.finish():
                self._take(event)
        self._put_held()
        if self._is_empty and not self.is_over:
            self._take_whole()
            self._put_held()
        return self._drained()

    def ending(self) -> Ending:
        """Return how the reply ended; call it after `finish`."""
        reason = self._finish_reason or ("stop" if self._is_done or self._is_whole else None)
        return Ending(
            finish_reason=reason,
            usage=self._usage,
            model=self._model,
            response_id=self._id,
            has_text=self._has_text,
            has_reasoning=self._has_reasoning,
            extras=self._extras.all(),
            is_refusal=self._is_refusal,
            calls=self._calls.calls() or self._text_calls.calls,
            has_tools=self._has_tools,
            error=self._error,
            is_too_long=self._is_too_long,
            broken_lines=self._broken,
            lost_events=self._lost_events,
            trailing_text="\n".join(self._trailing_text)[:_TRAILING_LINE_LIMIT],
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
            self._trailing_text.append(data[:_TRAILING_LINE_LIMIT])
            del self._trailing_text[_TRAILING_LINES_LIMIT:]
        elif not self._is_finished:
            self._lost_events += 1

    def _is_of_document(self, event: ServerEvent[Any]) -> bool:
        """Return whether a line outside the format belongs to a JSON document of many lines."""
        if self._is_empty and event.data.lstrip()[:1] in _OPENERS:
            self._is_document = True
        return self._is_document

    def _take_chunk(self, chunk: dict[str, Any], *, is_error: bool) -> None:
        if not is_error and self._id is not None:
            text = ordinary_text(chunk, self._index)
            if text is not None:
                if text:
                    self._has_deltas = True
                    self._reset_finish()
                    self._put_text(text)
                return
        parts = read_chunk(chunk, self._index)
        self._index = parts.index if self._index is None else self._index
        transcript = self._extras.read(chunk, parts.choice, parts.delta)
        parts.text = parts.text or transcript
        if parts.is_thought:
            parts.reasoning += self._think.thought(parts.text)
            parts.text = ""
        if is_error and parts.error is None and not parts.text:
            parts.error = chunk
        if parts.text or parts.reasoning:
            self._reset_finish()
        if parts.refusal and self._has_text and not self._is_refusal:
            # Separate the refusal from the text before it.
            self._put_text("\n\n")
        self._note(parts)
        # Some servers repeat the whole reply as a message beside the last, empty delta.
        if not (parts.is_message and self._has_deltas):
            self._put(self._reasoning_joiner.feed(parts.reasoning), "")
            self._put_text(parts.text)
        self._has_deltas = self._has_deltas or bool(parts.text and not parts.is_message)
        if parts.error is not None:
            self._error = parts.error

    def _note(self, parts: ChunkParts) -> None:
        self._model = self._model or parts.model
        self._id = self._id or parts.id
        self._usage = parts.usage or self._usage
        self._finish_reason = parts.finish_reason or self._finish_reason
        self._is_finished = self._is_finished or parts.finish_reason is not None
        self._is_refusal = self._is_refusal or parts.refusal
        if parts.calls:
            self._calls.feed(parts.calls, is_message=parts.is_message)
            if self._has_tools and self._calls:
                self._out.append(CallWriting(*self._calls.current))

    def _reset_finish(self) -> None:
        """Discard signs of the end: content follows them."""
        self._is_finished = False
        if self._trailing_text:
            self._trailing_text.clear()

    def _put_text(self, text: str) -> None:
        self._put(*self._think.feed(self._media.feed(self._text_joiner.feed(text))))

    def _put(self, reasoning: str, text: str) -> None:
        if reasoning:
            self._has_reasoning = True
            self._lone_mark.stop()
            self._out.append(ReasoningDelta(reasoning))
        if text:
            self._put_answer(*self._lone_mark.feed(text))

    def _put_answer(self, text: str, answer: str | None) -> None:
        """Emit text; with an answer, everything before the answer was reasoning."""
        if answer is not None:
            # What was held back or arrived together was not shown yet.
            is_shown, self._has_reasoning = self._has_text, self._has_text or bool(text.strip())
            if not is_shown and text.strip():
                self._out.append(ReasoningDelta(text))
            elif is_shown:
                self._put_answer(text, None)
                self._out.append(TextWasReasoning())
            self._has_text = False
            text = answer
        self._emit(self._text_calls.feed(text))

    def _emit(self, text: str) -> None:
        if text:
            self._has_text = self._has_text or not text.isspace()
            self._out.append(TextDelta(text))

    def _take_whole(self) -> None:
        """Parse the body as one JSON document; if that fails, line by line."""
        body = b"".join(self._raw).decode("utf-8-sig", "replace")
        chunks = _decoded(body)
        if chunks is None and self._is_document:
            chunks = [chunk for line in body.splitlines() for chunk in _decoded(line) or ()]
        for chunk in chunks or ():
            self._take_chunk(chunk, is_error=False)
            self._is_whole = self._is_whole or _is_whole(chunk)

    def _put_held(self) -> None:
        """Emit text that was held back for a continuation."""
        self._put(self._reasoning_joiner.finish(), "")
        self._put(*self._think.feed(self._media.feed(self._text_joiner.finish())))
        self._put(*self._think.feed(self._media.finish()))
        self._put(*self._think.finish())
        self._put_answer(*self._lone_mark.finish())
        self._emit(self._text_calls.finish(self._think.called))

    def _drained(self) -> list[Delta]:
        out, self._out = self._out, []
        if news := self._extras.news():
            out.append(PartsArrived(news))
        return out


def _is_whole(chunk: dict[str, Any]) -> bool:
    """Return whether a document is a whole completion, which may lack a finish_reason."""
    return chunk.get("object") == "chat.completion" and bool(chunk.get("choices"))


def _decoded(data: str) -> list[dict[str, Any]] | None:
    """Return the objects in a text: one, several in a row, or a list; None if it is not JSON."""
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
