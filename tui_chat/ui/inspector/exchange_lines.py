"""Formats an exchange as lines: request, response head, events, end."""

from __future__ import annotations

from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import N_, _, ngettext
from tui_chat.core.text.cell_width import padded
from tui_chat.ui.inspector.decode_events import PartKind
from tui_chat.ui.text_view.json_lines import body_lines, hidden_characters, note
from tui_chat.ui.text_view.wrapped_lines import LINE_LIMIT, ViewLine, view_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tui_chat.core.http_exchange import Exchange
    from tui_chat.ui.inspector.decode_events import WireEvent

_INDENT: Final = 2
_TIME_CELLS: Final = 12
_LABEL_CELLS: Final = 11
_MOST_RAW_LINES: Final = 60
_BLANK: Final = ViewLine("")
_PROMINENT: Final = (PartKind.TEXT, PartKind.REASONING, PartKind.REFUSAL)


class Mode(Enum):
    """Display mode of events; the value is its label."""

    BOTH = N_("decoded and raw")
    RAW = N_("raw")
    DECODED = N_("decoded")

    @property
    def next(self) -> Mode:
        """The next mode."""
        modes = list(Mode)
        return modes[(modes.index(self) + 1) % len(modes)]


def request_lines(exchange: Exchange) -> list[ViewLine]:
    """Return the request."""
    at = exchange.started_at.astimezone().strftime("%H:%M:%S")
    lines = [_heading(_("Request"), at)]
    lines.append(_indented(f"{exchange.method} {exchange.url}"))
    lines += _header_lines(exchange.request_headers)
    if exchange.request_body:
        lines += (_BLANK, *body_lines(exchange.request_body, _INDENT))
    return lines


def response_lines(exchange: Exchange) -> list[ViewLine]:
    """Return the head of the response."""
    if exchange.status is None:
        state = _("none") if exchange.ended else _("none yet")
        return [_BLANK, _heading(_("Response"), state)]
    lines = [_BLANK, _heading(_("Response"), status_text(exchange.status))]
    lines += _header_lines(exchange.response_headers)
    lines.append(_BLANK)
    if exchange.dropped:
        dropped = ngettext(
            "… {count} old read dropped", "… {count} old reads dropped", exchange.dropped
        )
        lines.append(note(dropped, _TIME_CELLS))
    return lines


def status_text(status: int) -> str:
    """Return an HTTP status with its reason phrase."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def end_lines(exchange: Exchange) -> list[ViewLine]:
    """Return the end of the exchange."""
    lead = ((" " * _TIME_CELLS, "plain"), (padded(_("end"), _LABEL_CELLS), "label"))
    return [view_line(exchange.ended, "quiet", lead, keeps_words=True)]


def event_lines(event: WireEvent, mode: Mode) -> list[ViewLine]:
    """Return an event: its time, its decoded parts and its raw lines."""
    time = f"{event.offset_s:7.3f} s".ljust(_TIME_CELLS)
    lines: list[ViewLine] = []
    parts = event.parts if mode is not Mode.RAW else ()
    for kind, text in parts:
        ink = label_ink = "quiet"
        if kind is PartKind.ERROR:
            ink = label_ink = "error"
        elif kind in _PROMINENT:
            ink, label_ink = "plain", "label"
        lead = ((time, "quiet"), (padded(_(kind.value), _LABEL_CELLS), label_ink))
        lines.append(view_line(text, ink, lead))
        time = " " * _TIME_CELLS
    if event.is_body:
        lines += [_BLANK, *body_lines(event.raw, _INDENT)] if parts else body_lines(event.raw, 2)
    elif mode is Mode.RAW or (mode is Mode.BOTH and parts != ((PartKind.COMMENT, event.raw),)):
        lines += _raw_lines(event.raw, time)
    return lines


def _raw_lines(raw: str, time: str) -> Iterator[ViewLine]:
    texts = raw.split("\n")
    for text in texts[:_MOST_RAW_LINES]:
        yield view_line(text, "quiet", ((time, "quiet"),))
        time = " " * _TIME_CELLS
        if len(text) > LINE_LIMIT:
            yield hidden_characters(len(text) - LINE_LIMIT, _TIME_CELLS)
    if (more := len(texts) - _MOST_RAW_LINES) > 0:
        hidden = ngettext("… {count} more line hidden", "… {count} more lines hidden", more)
        yield note(hidden, _TIME_CELLS)


def _heading(title: str, fact: str) -> ViewLine:
    return view_line(fact, "plain", ((f"{title}  ", "heading"),))


def _header_lines(headers: Mapping[str, str]) -> Iterator[ViewLine]:
    for name, value in headers.items():
        yield _indented(f"{name}: {value}", "quiet")


def _indented(text: str, ink: str = "plain") -> ViewLine:
    return view_line(text, ink, ((" " * _INDENT, "plain"),), _INDENT * 2)
