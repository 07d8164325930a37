"""Decodes the new reads of an exchange in time slices."""

from __future__ import annotations

from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING

from tui_chat.ui.inspector.decode_events import EventReader, body_event, content_type, is_stream

if TYPE_CHECKING:
    from tui_chat.core.http_exchange import Exchange, WireEntry
    from tui_chat.ui.inspector.decode_events import WireEvent


class WireFeed:
    """Reads one exchange incrementally.

    Attributes:
        exchange: The request and its response.
        is_body: Whether the response is a single body; `take` then returns all of it each time.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.is_body = False
        self._taken = exchange.dropped
        self._reader: EventReader | None = None
        self._is_finished = False
        self._last_s = 0.0

    @property
    def waiting(self) -> int:
        """Number of reads that are not decoded yet."""
        return self._total - max(self._taken, self.exchange.dropped)

    @property
    def has_more(self) -> bool:
        """True if `take` has something to return."""
        return self.waiting > 0 or (bool(self.exchange.ended) and not self._is_finished)

    @property
    def _total(self) -> int:
        return self.exchange.dropped + len(self.exchange.entries)

    def take(self, budget_s: float) -> list[WireEvent]:
        """Return new events.

        Args:
            budget_s: Time limit; the rest is left for the next call.
        """
        until = perf_counter() + budget_s
        if self._reader is None:
            return self._decide(until)
        return self._events(self._reader, until)

    def _decide(self, until: float) -> list[WireEvent]:
        """Detect whether it is a stream; until then return the body so far."""
        entries = list(self.exchange.entries)
        self._is_finished = bool(self.exchange.ended)
        if not entries:
            return []
        first = b"".join(entry.data for entry in entries)
        if is_stream(content_type(self.exchange.response_headers), first):
            self.is_body = self._is_finished = False
            self._taken = self.exchange.dropped
            self._reader = EventReader()
            return self._events(self._reader, until)
        self.is_body = True
        self._taken = self._total
        return [body_event(entries, self._taken)]

    def _events(self, reader: EventReader, until: float) -> list[WireEvent]:
        if self.exchange.dropped > self._taken:
            # Reads were dropped before they were decoded: the next may begin inside of an event.
            self._taken = self.exchange.dropped
            reader = self._reader = EventReader()
        events: list[WireEvent] = []
        for entry in self._new_entries():
            events += reader.feed(entry, self._taken)
            self._taken += 1
            self._last_s = entry.offset_s
            if perf_counter() >= until:
                return events
        if self.exchange.ended and not self._is_finished:
            self._is_finished = True
            events += reader.finish(self._last_s, self._taken)
        return events

    def _new_entries(self) -> list[WireEntry]:
        newest_first = islice(reversed(self.exchange.entries), self.waiting)
        return list(newest_first)[::-1]
