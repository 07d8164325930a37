"""Splits a leading `<think>` block off an answer that arrives in pieces."""

from __future__ import annotations

from typing import Final

OPEN: Final = "<think>"
CLOSE: Final = "</think>"


class ThinkSplitter:
    """Sorts text into reasoning and answer.

    Only a block at the very beginning is reasoning; the same tag later is a part of the answer.
    """

    def __init__(self) -> None:
        self._held = ""
        self._state = "start"

    def feed(self, text: str) -> tuple[str, str]:
        """Return what is reasoning and what is answer of the text so far."""
        if self._state == "answer":
            return "", text
        text, self._held = self._held + text, ""
        if self._state == "start":
            stripped = text.lstrip()
            if OPEN.startswith(stripped[: len(OPEN)]) and len(stripped) < len(OPEN):
                self._held = text
                return "", ""
            if not stripped.startswith(OPEN):
                self._state = "answer"
                return "", text
            self._state = "reasoning"
            text = stripped[len(OPEN) :]
        return self._split(text)

    def finish(self) -> tuple[str, str]:
        """Return what was still undecided."""
        held, self._held = self._held, ""
        return (held, "") if self._state == "reasoning" else ("", held)

    def _split(self, text: str) -> tuple[str, str]:
        if self._state == "gap":
            answer = text.lstrip("\n")
            self._state = "answer" if answer else "gap"
            return "", answer
        end = text.find(CLOSE)
        if end >= 0:
            self._state = "gap"
            return text[:end], self._split(text[end + len(CLOSE) :])[1]
        keep = _overlap(text)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep], ""


def _overlap(text: str) -> int:
    """Return how many characters at the end could begin the closing tag."""
    for length in range(min(len(CLOSE) - 1, len(text)), 0, -1):
        if text.endswith(CLOSE[:length]):
            return length
    return 0
