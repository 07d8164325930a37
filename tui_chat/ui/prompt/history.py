"""Prompt history: earlier questions, recalled from the prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class PromptHistory:
    """Recall of earlier questions, newest first.

    As in readline, edits to a recalled question survive moving away and back; sending one leaves
    its original unchanged. The draft is kept in the same way.
    """

    def __init__(self, questions: Iterable[str] = ()) -> None:
        """Start at the draft.

        Args:
            questions: Earlier questions, newest first.
        """
        self._questions = list(questions)
        self._position = -1
        self._draft = ""
        self._changed: dict[str, str] = {}

    def add(self, question: str) -> None:
        """Add a question that was just sent, and return to the draft."""
        draft = self._draft.strip()
        self.leave()
        for text in (draft, question):
            if text in self._questions:
                self._questions.remove(text)
            if text:
                self._questions.insert(0, text)

    def leave(self) -> None:
        """Stop recalling: the text in the prompt becomes the draft."""
        if self._position >= 0:
            self._changed.pop(self._questions[self._position], None)
        self._position = -1
        self._draft = ""

    def older(self, current: str) -> str | None:
        """Return the previous question, or None at the oldest one.

        Args:
            current: The text in the prompt; kept for moving back.
        """
        if self._position + 1 >= len(self._questions):
            return None
        return self._go(1, current)

    def newer(self, current: str | None = None) -> str | None:
        """Return the next question or finally the draft; None if nothing was recalled.

        Args:
            current: The text in the prompt; kept for moving back. None: unchanged.
        """
        return self._go(-1, current) if self._position >= 0 else None

    def _go(self, step: int, current: str | None) -> str:
        if self._position < 0:
            self._draft = current or ""
        elif current is not None:
            self._changed[self._questions[self._position]] = current
        self._position += step
        if self._position < 0:
            return self._draft
        question = self._questions[self._position]
        return self._changed.get(question, question)
