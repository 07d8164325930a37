"""Earlier questions, walked through from the prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class PromptHistory:
    """A walk through earlier questions, newest first; the draft it began from is never lost."""

    def __init__(self, questions: Iterable[str] = ()) -> None:
        """Begin at the draft.

        Args:
            questions: Earlier questions, newest first.
        """
        self._questions = list(questions)
        self._position = -1
        self._draft = ""

    def add(self, question: str) -> None:
        """Put a question that was just asked in front, and go back to the draft."""
        if question in self._questions:
            self._questions.remove(question)
        self._questions.insert(0, question)
        self.leave()

    def leave(self) -> None:
        """End the walk: whatever stands in the prompt now is a draft of its own."""
        self._position = -1
        self._draft = ""

    def older(self, current: str) -> str | None:
        """Return the question before, or None at the oldest one.

        Args:
            current: What stands in the prompt; kept as the draft when the walk begins.
        """
        if self._position + 1 >= len(self._questions):
            return None
        if self._position < 0:
            self._draft = current
        self._position += 1
        return self._questions[self._position]

    def newer(self) -> str | None:
        """Return the question after, at the end the draft, or None when no walk is going on."""
        if self._position < 0:
            return None
        self._position -= 1
        return self._draft if self._position < 0 else self._questions[self._position]
