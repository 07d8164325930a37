"""Takes out the beginning of an answer that an endpoint repeats before it writes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.core.stream_events import Finished, TextDelta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui_chat.core.stream_events import StreamEvent

SHORTEST_ECHO: Final = 20
"""A shorter beginning, in characters, may well stand twice in an answer."""


class OverlapFilter:
    """Lets the events of an answer through, without an exact repetition of its beginning.

    Asked to write on, some endpoints send the whole answer once more, beginning included. Text is
    held back only while all of it could still be that repetition, so what a stopped answer loses
    stands in the beginning already.
    """

    def __init__(self, beginning: str) -> None:
        """Prepare.

        Args:
            beginning: What there is of the answer already; empty for an answer from its start.
        """
        self._beginning = beginning
        self._matched = 0
        self._is_open = len(beginning.strip()) >= SHORTEST_ECHO

    def feed(self, event: StreamEvent) -> Iterator[StreamEvent]:
        """Yield what is left of an event, and what was held back before it."""
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
