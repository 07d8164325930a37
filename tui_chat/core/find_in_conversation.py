"""Finds words in the messages of one conversation, in slices, so that nothing waits for it.

Looked through is the text as it is stored, not as it is drawn: only so can 10,000 messages be
looked through with every key.
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
"""So much of what is looked for counts, in characters."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where the words are."""

    message_id: str
    in_reasoning: bool
    ordinal: int
    """Which one of the answer, or of the reasoning, counted from 0."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What is to be marked in the messages that are seen."""

    pattern: re.Pattern[str]
    current: Hit | None = None
    """Marked more strongly."""

    def ordinal(self, message_id: str, *, in_reasoning: bool) -> int | None:
        """Return which match of a text is the current one; None if it is in another text."""
        current = self.current
        if current is None or current.message_id != message_id:
            return None
        return current.ordinal if current.in_reasoning is in_reasoning else None


def compile_pattern(words: str) -> re.Pattern[str] | None:
    """Return the pattern of what is looked for, whatever its case; blanks may be line breaks."""
    parts = words[:QUERY_LIMIT].split()
    if not parts:
        return None
    return re.compile(r"\s+".join(map(re.escape, parts)), re.IGNORECASE)


class Finder:
    """Looks through messages for what a person types.

    Attributes:
        query: The text to find.
        pattern: Its pattern; None when nothing is looked for.
        hits: What has been found so far, in the order of the messages.
    """

    def __init__(self, messages: Sequence[Message]) -> None:
        """Take the messages, in the order in which their matches are gone through."""
        self.query = ""
        self.pattern: re.Pattern[str] | None = None
        self.hits: list[Hit] = []
        self._messages = messages
        self._waiting: Sequence[Message] = ()
        self._next = 0
        # Those with a match; where words get longer, only these can have one.
        self._matching: list[Message] = []

    @property
    def is_done(self) -> bool:
        """Whether everything has been looked through."""
        return self._next >= len(self._waiting)

    def search(self, words: str) -> None:
        """Begin to look for other words; `work` does it."""
        # Blanks at the end count for nothing yet, and a message holds less of more words.
        is_narrower = (
            self.pattern is not None
            and self.is_done
            and len(self.hits) < MAX_HITS
            and words.startswith(self.query.rstrip())
        )
        self._waiting = self._matching if is_narrower else self._messages
        self.query = words
        self.pattern = compile_pattern(words)
        self.hits = []
        self._matching = []
        self._next = 0 if self.pattern is not None else len(self._waiting)

    def work(self, for_s: float) -> bool:
        """Look through some messages; say whether all is done.

        Args:
            for_s: How long, in seconds; at least one message is looked through.
        """
        until = perf_counter() + for_s
        while not self.is_done:
            self._look_through(self._waiting[self._next])
            self._next += 1
            if len(self.hits) >= MAX_HITS:
                self._next = len(self._waiting)
            if perf_counter() >= until:
                break
        return self.is_done

    def _look_through(self, message: Message) -> None:
        if self.pattern is None:
            return
        before = len(self.hits)
        for text, in_reasoning in ((message.reasoning, True), (message.content, False)):
            if text:
                found = enumerate(self.pattern.finditer(text))
                self.hits += [Hit(message.id, in_reasoning, ordinal) for ordinal, _ in found]
        if len(self.hits) > before:
            self._matching.append(message)
