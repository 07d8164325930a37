"""An exchange as lines of a view: the request, the answer's head, its events, its end."""

from __future__ import annotations

from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from tui_chat.ui.text_view.json_lines import body_lines, note
from tui_chat.ui.text_view.view_lines import LINE_LIMIT, ViewLine, view_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tui_chat.core.http_exchange import Exchange
    from tui_chat.ui.inspector.wire_events import WireEvent

_INDENT: Final = 2
_TIME_CELLS: Final = 12
_LABEL_CELLS: Final = 11
_MOST_RAW_LINES: Final = 60
_BLANK: Final = ViewLine("")
_PROMINENT: Final = ("text", "reasoning", "refusal")


class Mode(Enum):
    """How much of an event is shown."""

    BOTH = "decoded and raw"
    RAW = "raw"
    DECODED = "decoded"

    @property
    def next(self) -> Mode:
        """The mode that follows."""
        modes = list(Mode)
        return modes[(modes.index(self) + 1) % len(modes)]


def request_lines(exchange: Exchange) -> list[ViewLine]:
    """Return what was sent."""
    at = exchange.started_at.astimezone().strftime("%H:%M:%S")
    lines = [_heading("Request", at)]
    lines.append(_indented(f"{exchange.method} {exchange.url}"))
    lines += _header_lines(exchange.request_headers)
    if exchange.request_body:
        lines += (_BLANK, *body_lines(exchange.request_body, _INDENT))
    return lines


def response_lines(exchange: Exchange) -> list[ViewLine]:
    """Return the head of the answer."""
    if exchange.status is None:
        words = "no answer" if exchange.ended else "none yet"
        return [_BLANK, _heading("Response", words)]
    lines = [_BLANK, _heading("Response", status_words(exchange.status))]
    lines += _header_lines(exchange.response_headers)
    lines.append(_BLANK)
    if exchange.dropped:
        words = f"… the oldest reads are not kept ({exchange.dropped:,})"
        lines.append(note(words, _TIME_CELLS))
    return lines


def status_words(status: int) -> str:
    """Return an HTTP status with its name."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def end_lines(exchange: Exchange) -> list[ViewLine]:
    """Return how it ended."""
    lead = ((" " * _TIME_CELLS, "plain"), ("end".ljust(_LABEL_CELLS), "label"))
    return [view_line(exchange.ended, "quiet", lead, keeps_words=True)]


def event_lines(event: WireEvent, mode: Mode) -> list[ViewLine]:
    """Return an event with its time, what it means, and what came."""
    time = f"{event.offset_s:7.3f} s".ljust(_TIME_CELLS)
    lines: list[ViewLine] = []
    parts = event.parts if mode is not Mode.RAW else ()
    for label, text in parts:
        ink = "error" if label == "error" else "plain" if label in _PROMINENT else "quiet"
        label_ink = "error" if label == "error" else "label" if ink == "plain" else "quiet"
        lead = ((time, "quiet"), (label.ljust(_LABEL_CELLS), label_ink))
        lines.append(view_line(text, ink, lead))
        time = " " * _TIME_CELLS
    if event.is_body:
        lines += [_BLANK, *body_lines(event.raw, _INDENT)] if parts else body_lines(event.raw, 2)
    elif mode is Mode.RAW or (mode is Mode.BOTH and parts != (("comment", event.raw),)):
        lines += _raw_lines(event.raw, time)
    return lines


def _raw_lines(raw: str, time: str) -> Iterator[ViewLine]:
    texts = raw.split("\n")
    for text in texts[:_MOST_RAW_LINES]:
        yield view_line(text, "quiet", ((time, "quiet"),))
        time = " " * _TIME_CELLS
        if len(text) > LINE_LIMIT:
            yield note(f"… {len(text) - LINE_LIMIT:,} more characters are not shown", _TIME_CELLS)
    if len(texts) > _MOST_RAW_LINES:
        yield note(f"… {len(texts) - _MOST_RAW_LINES:,} more lines are not shown", _TIME_CELLS)


def _heading(words: str, fact: str) -> ViewLine:
    return view_line(fact, "plain", ((f"{words}  ", "heading"),))


def _header_lines(headers: Mapping[str, str]) -> Iterator[ViewLine]:
    for name, value in headers.items():
        yield _indented(f"{name}: {value}", "quiet")


def _indented(text: str, ink: str = "plain") -> ViewLine:
    return view_line(text, ink, ((" " * _INDENT, "plain"),), _INDENT * 2)
