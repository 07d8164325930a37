"""Searches the messages of one conversation in time slices, so that the loop is never blocked.

It searches the stored text, not the rendered text: only so can 10,000 messages be searched for
every key press.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.core.conversation import Message

MAX_HITS: Final = 50_000
QUERY_LIMIT: Final = 200
"""In characters; the rest of the query is ignored."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A match in a message."""

    message_id: str
    in_reasoning: bool
    ordinal: int
    """The index of the match in the content or the reasoning, from 0."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The matches to highlight in the visible messages."""

    pattern: re.Pattern[str]
    current: Hit | None = None
    """The current match, highlighted more strongly."""

    def ordinal(self, message_id: str, *, in_reasoning: bool) -> int | None:
        """Return the index of the current match in a text; None if it is in another text."""
        current = self.current
        if current is None or current.message_id != message_id:
            return None
        return current.ordinal if current.in_reasoning is in_reasoning else None


def compile_pattern(query: str) -> re.Pattern[str] | None:
    """Return the pattern of a query, ignoring case; a space also matches line breaks."""
    parts = query[:QUERY_LIMIT].split()
    if not parts:
        return None
    return re.compile(r"\s+".join(map(re.escape, parts)), re.IGNORECASE)


class Finder:
    """Searches messages while the user types.

    Attributes:
        query: The text to find.
        pattern: The pattern of the query; None if it is empty.
        hits: The matches so far, in the order of the messages.
    """

    def __init__(self, messages: Sequence[Message]) -> None:
        """Create a finder for messages, in the order of their matches."""
        self.query = ""
        self.pattern: re.Pattern[str] | None = None
        self.hits: list[Hit] = []
        self._messages = messages
        self._waiting: Sequence[Message] = ()
        self._next = 0
        # The messages with a match; a longer query can only match these.
        self._matching: list[Message] = []

    @property
    def is_done(self) -> bool:
        """True if all messages have been searched."""
        return self._next >= len(self._waiting)

    def search(self, query: str) -> None:
        """Start a search for another query; `work` runs it."""
        # Trailing spaces are ignored, and a longer query has fewer matches.
        is_narrower = (
            self.pattern is not None
            and self.is_done
            and len(self.hits) < MAX_HITS
            and query.startswith(self.query.rstrip())
        )
        self._waiting = self._matching if is_narrower else self._messages
        self.query = query
        self.pattern = compile_pattern(query)
        self.hits = []
        self._matching = []
        self._next = 0 if self.pattern is not None else len(self._waiting)

    def work(self, for_s: float) -> bool:
        """Search some messages; return whether all are done.

        Args:
            for_s: The time slice in seconds; at least one message is searched.
        """
        until = perf_counter() + for_s
        while not self.is_done:
            self._search_message(self._waiting[self._next])
            self._next += 1
            if len(self.hits) >= MAX_HITS:
                self._next = len(self._waiting)
            if perf_counter() >= until:
                break
        return self.is_done

    def _search_message(self, message: Message) -> None:
        if self.pattern is None:
            return
        before = len(self.hits)
        for text, in_reasoning in ((message.reasoning, True), (message.content, False)):
            if text:
                found = enumerate(self.pattern.finditer(text))
                self.hits += [Hit(message.id, in_reasoning, ordinal) for ordinal, _ in found]
        if len(self.hits) > before:
            self._matching.append(message)
