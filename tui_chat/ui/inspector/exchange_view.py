"""Shows an exchange in a line view and appends new events."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from tui_chat.ui.inspector.exchange_feed import WireFeed
from tui_chat.ui.inspector.exchange_lines import (
    Mode,
    end_lines,
    event_lines,
    request_lines,
    response_lines,
)
from tui_chat.ui.text_view.line_view import BODY, HEAD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui_chat.core.http_exchange import Exchange
    from tui_chat.ui.inspector.decode_events import WireEvent
    from tui_chat.ui.text_view.line_view import LineView
    from tui_chat.ui.text_view.wrapped_lines import ViewLine

BUDGET_S: Final = 0.015
"""Time per update, so that thousands of events never delay a key."""


class WireLog:
    """One exchange in a view.

    Attributes:
        exchange: The request and its response.
        mode: The display mode of events.
    """

    def __init__(self, exchange: Exchange, lines: LineView, mode: Mode) -> None:
        self.exchange = exchange
        self.mode = mode
        self._lines = lines
        self._feed = WireFeed(exchange)
        # Cached: formatting a large body is slow, and the request never changes.
        self._request = request_lines(exchange)
        self._head: tuple[object, ...] = ()
        self._events: deque[WireEvent] = deque()
        self._counts: deque[int] = deque()
        lines.show(BODY, [])

    @property
    def events(self) -> int:
        """Number of events; 0 when the response is not an event stream."""
        return 0 if self._feed.is_body else len(self._events)

    @property
    def waiting(self) -> int:
        """Number of reads that are not shown yet."""
        return self._feed.waiting

    def update(self) -> bool:
        """Show what is new; return whether anything changed."""
        is_head_new = self._update_head()
        if not self._feed.has_more:
            return is_head_new
        events = self._feed.take(BUDGET_S)
        if self._feed.is_body:
            self._clear()
        self._add(events)
        self._add_end()
        return True

    def change_mode(self, mode: Mode) -> None:
        """Change the display mode; keep the first visible event in place."""
        first = self._first_visible()
        self.mode = mode
        events = list(self._events)
        self._clear()
        self._add(events)
        self._add_end()
        if first is not None and not self._lines.is_following:
            self._lines.go_to_line(sum(list(self._counts)[:first]))

    def _update_head(self) -> bool:
        exchange = self.exchange
        head = (exchange.status, len(exchange.response_headers), exchange.dropped, exchange.ended)
        if head == self._head:
            return False
        self._head = head
        self._lines.show(HEAD, [*self._request, *response_lines(exchange)])
        self._drop_oldest(exchange.dropped)
        return True

    def _clear(self) -> None:
        self._events.clear()
        self._counts.clear()
        self._lines.show(BODY, [])

    def _add(self, events: Iterable[WireEvent]) -> None:
        lines: list[ViewLine] = []
        for event in events:
            shown = event_lines(event, self.mode)
            self._events.append(event)
            self._counts.append(len(shown))
            lines += shown
        self._lines.extend(lines)

    def _add_end(self) -> None:
        if self.exchange.ended and not self._feed.has_more:
            self._lines.extend(end_lines(self.exchange))

    def _drop_oldest(self, first_read: int) -> None:
        """Remove the events whose reads were dropped."""
        count = 0
        while self._events and self._events[0].read < first_read:
            self._events.popleft()
            count += self._counts.popleft()
        if count:
            self._lines.drop(count)

    def _first_visible(self) -> int | None:
        """Return the index of the event in the first row; None when the head is there."""
        section, serial = self._lines.top_line
        serial -= self._lines.body.dropped
        if section == BODY:
            for index, count in enumerate(self._counts):
                serial -= count
                if serial < 0:
                    return index
        return None
