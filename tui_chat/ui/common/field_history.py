"""Undo and redo of a single-line field, which Textual's input lacks."""

from __future__ import annotations

from typing import Final, NamedTuple

_MOST_STEPS: Final = 100


class FieldState(NamedTuple):
    """The text of a field and its cursor."""

    text: str
    cursor: int


class FieldHistory:
    """The earlier states of a field; letters typed in a row are one step."""

    def __init__(self) -> None:
        self._undone: list[FieldState] = []
        self._done: list[FieldState] = []
        self._typed: FieldState | None = None

    def note(self, before: FieldState, after: FieldState, *, is_typed: bool) -> None:
        """Record a change.

        Args:
            before: The state before it.
            after: The state after it.
            is_typed: Whether it inserted a single character.
        """
        if before.text == after.text:
            return
        if not (is_typed and before == self._typed):
            self._done = [*self._done, before][-_MOST_STEPS:]
        self._undone.clear()
        self._typed = after if is_typed else None

    def undo(self, now: FieldState) -> FieldState | None:
        """Return the state before the latest step; None if there is none."""
        return self._step(self._done, self._undone, now)

    def redo(self, now: FieldState) -> FieldState | None:
        """Return the state that the latest undo left; None if there is none."""
        return self._step(self._undone, self._done, now)

    def _step(
        self, source: list[FieldState], target: list[FieldState], now: FieldState
    ) -> FieldState | None:
        self._typed = None
        # A program may have set the text meanwhile.
        while source and (state := source.pop()):
            if state.text != now.text:
                target.append(now)
                return state
        return None
