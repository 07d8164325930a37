"""Shows an exchange in a line view, and adds what is new each time it is asked to look."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from tui_chat.ui.inspector.wire_feed import WireFeed
from tui_chat.ui.inspector.wire_lines import (
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
    from tui_chat.ui.inspector.wire_events import WireEvent
    from tui_chat.ui.text_view.line_view import LineView
    from tui_chat.ui.text_view.view_lines import ViewLine

BUDGET_S: Final = 0.015
"""Time spent on news at once, so that thousands of events never delay a key."""


class WireLog:
    """One exchange on the screen.

    Attributes:
        exchange: What is shown.
        mode: How much of each event is.
    """

    def __init__(self, exchange: Exchange, lines: LineView, mode: Mode) -> None:
        """Begin with an exchange; nothing is shown before `look`.

        Args:
            exchange: What to show.
            lines: Where to show it.
            mode: How much of each event.
        """
        self.exchange = exchange
        self.mode = mode
        self._lines = lines
        self._feed = WireFeed(exchange)
        # A large body costs some time; it never changes.
        self._request = request_lines(exchange)
        self._head: tuple[object, ...] = ()
        self._events: deque[WireEvent] = deque()
        self._counts: deque[int] = deque()
        lines.show(BODY, [])

    @property
    def events(self) -> int:
        """How many events are shown; 0 when the answer is no stream of events."""
        return 0 if self._feed.is_body else len(self._events)

    @property
    def waiting(self) -> int:
        """How many reads came that are not shown yet."""
        return self._feed.waiting

    def look(self) -> bool:
        """Show what is new; say whether anything was."""
        is_head_new = self._look_at_head()
        if not self._feed.has_more:
            return is_head_new
        events = self._feed.take(BUDGET_S)
        if self._feed.is_body:
            self._clear()
        self._add(events)
        self._add_end()
        return True

    def change_mode(self, mode: Mode) -> None:
        """Show more or less of each event; the first one that is seen stays there."""
        first = self._first_seen()
        self.mode = mode
        events = list(self._events)
        self._clear()
        self._add(events)
        self._add_end()
        if first is not None and not self._lines.is_following:
            self._lines.go_to_line(sum(list(self._counts)[:first]))

    def _look_at_head(self) -> bool:
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
        """Let events go whose bytes are not kept any longer."""
        count = 0
        while self._events and self._events[0].read < first_read:
            self._events.popleft()
            count += self._counts.popleft()
        if count:
            self._lines.drop(count)

    def _first_seen(self) -> int | None:
        """Return which event stands in the first row, None when the head does."""
        section, serial = self._lines.top_line
        serial -= self._lines.body.dropped
        if section == BODY:
            for index, count in enumerate(self._counts):
                serial -= count
                if serial < 0:
                    return index
        return None
