"""Splits a leading `<think>` block off a reply that arrives in pieces."""

from __future__ import annotations

from typing import Final

OPEN: Final = "<think>"
CLOSE: Final = "</think>"
_BLANKS_LIMIT: Final = 1_000
"""Leading whitespace is held back up to this length, until it is known to precede a tag."""


class ThinkSplitter:
    """Splits text into reasoning and answer.

    Only a block at the very beginning is reasoning; the same tag later is part of the answer. A
    blank block, which some models write when thinking is disabled, is dropped.
    """

    def __init__(self) -> None:
        self._held = ""
        self._state = "start"
        self._has_thought = False

    def feed(self, text: str) -> tuple[str, str]:
        """Return the reasoning and the answer in the next piece of text."""
        if self._state == "answer":
            return "", text
        text, self._held = self._held + text, ""
        if self._state == "start":
            stripped = text.lstrip()
            if OPEN.startswith(stripped) and len(text) < _BLANKS_LIMIT and stripped != OPEN:
                self._held = text
                return "", ""
            if not stripped.startswith(OPEN):
                self._state = "answer"
                return "", text
            self._state = "reasoning"
            text = stripped[len(OPEN) :]
        return self._split(text)

    def finish(self) -> tuple[str, str]:
        """Return the text that was held back."""
        held, self._held = self._held, ""
        return (self._thought(held), "") if self._state == "reasoning" else ("", held)

    def _split(self, text: str) -> tuple[str, str]:
        if self._state == "gap":
            answer = text.lstrip("\n")
            self._state = "answer" if answer else "gap"
            return "", answer
        end = text.find(CLOSE)
        if end >= 0:
            self._state = "gap"
            return self._thought(text[:end]), self._split(text[end + len(CLOSE) :])[1]
        end = len(text) - _overlap(text)
        thought = self._thought(text[:end])
        self._held = text[end:] if thought else text
        return thought, ""

    def _thought(self, text: str) -> str:
        """Return a piece of reasoning; empty while all of it is blank."""
        if not self._has_thought:
            self._has_thought = bool(text.strip()) or len(text) > _BLANKS_LIMIT
        return text if self._has_thought else ""


def _overlap(text: str) -> int:
    """Return the length of the end that could begin the closing tag."""
    for length in range(min(len(CLOSE) - 1, len(text)), 0, -1):
        if text.endswith(CLOSE[:length]):
            return length
    return 0
