"""Drops the beginning of a continued reply that an endpoint repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.stream_events import Finished, TextDelta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui_chat.core.stream_events import StreamEvent

MIN_OVERLAP: Final = 20
"""In characters; a shorter beginning may legitimately occur twice in a reply."""


class OverlapFilter:
    """Passes the events of a continued reply through, without an exact repetition of its beginning.

    Some endpoints continue a reply by sending it again from the start. Text is held back only
    while all of it could still be the repetition, so a stopped reply loses nothing.
    """

    def __init__(self, beginning: str) -> None:
        """Create a filter.

        Args:
            beginning: The partial reply to continue; empty for a new reply.
        """
        self._beginning = beginning
        self._matched = 0
        self._is_open = len(beginning.strip()) >= MIN_OVERLAP

    def feed(self, event: StreamEvent) -> Iterator[StreamEvent]:
        """Yield the rest of an event, after text that was held back."""
        if not self._is_open:
            yield event
        elif isinstance(event, TextDelta):
            yield from self._compared(event.text)
        else:
            if isinstance(event, Finished) and self._matched:
                self._is_open = False
                yield TextDelta(self._beginning[: self._matched])
            yield event

    def _compared(self, text: str) -> Iterator[TextDelta]:
        rest = len(self._beginning) - self._matched
        if not self._beginning.startswith(text[:rest], self._matched):
            text = self._beginning[: self._matched] + text
        elif len(text) < rest:
            self._matched += len(text)
            return
        else:
            text = text[rest:]
        self._is_open = False
        if text:
            yield TextDelta(text)
