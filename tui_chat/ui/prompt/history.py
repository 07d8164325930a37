"""Earlier questions, walked through from the prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class PromptHistory:
    """A walk through earlier questions, newest first.

    As in readline, what is changed in an earlier question is still there when the walk comes back
    to it; the question that was sent counts as it was sent, and its original stays as it was. The
    draft from which the walk began is kept in the same way.
    """

    def __init__(self, questions: Iterable[str] = ()) -> None:
        """Begin at the draft.

        Args:
            questions: Earlier questions, newest first.
        """
        self._questions = list(questions)
        self._position = -1
        self._draft = ""
        self._changed: dict[str, str] = {}

    def add(self, question: str) -> None:
        """Put a question that was just asked in front, and go back to the draft."""
        draft = self._draft.strip()
        self.leave()
        for text in (draft, question):
            if text in self._questions:
                self._questions.remove(text)
            if text:
                self._questions.insert(0, text)

    def leave(self) -> None:
        """End the walk: whatever stands in the prompt now is a draft of its own."""
        if self._position >= 0:
            self._changed.pop(self._questions[self._position], None)
        self._position = -1
        self._draft = ""

    def older(self, current: str) -> str | None:
        """Return the question before, or None at the oldest one.

        Args:
            current: What stands in the prompt; kept for the way back.
        """
        if self._position + 1 >= len(self._questions):
            return None
        return self._go(1, current)

    def newer(self, current: str | None = None) -> str | None:
        """Return the question after, at the end the draft, or None when no walk is going on.

        Args:
            current: What stands in the prompt; kept for the way back. None: it was not changed.
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
