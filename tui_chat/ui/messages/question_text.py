"""The text of a question; a long one is folded to its first lines."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from tui_chat.ui.common.select_words import SelectsWords
from tui_chat.ui.terminal.wrapped_text import WrappedText

FOLDED_ROWS: Final = 10
"""How many lines of a folded question are shown."""
_LONGEST: Final = 40
_MANY_CHARACTERS: Final = 6_000
_CHARACTERS_PER_ROW: Final = 400
_UNFOLDED_CHARACTERS: Final = 15_000
"""The most that is unfolded: more would hold up every layout of the screen."""


class QuestionText(WrappedText, SelectsWords):
    """Shows what a person asked, as it was written and never as markup."""

    def __init__(self, text: str) -> None:
        """Show a text; a long one folded.

        Args:
            text: Safe to show.
        """
        self._text = text
        self._is_folded = is_long(text)
        super().__init__(self._content(), classes="body", markup=False)

    @property
    def is_long(self) -> bool:
        """Whether it is long enough to be folded."""
        return is_long(self._text)

    def toggle(self) -> bool:
        """Fold or unfold it; say whether it is long enough for that."""
        if not is_long(self._text):
            return False
        self._is_folded = not self._is_folded
        self.update(self._content())
        return True

    def _content(self) -> Content:
        if not is_long(self._text):
            return Content(self._text)
        if self._is_folded:
            shown, more = folded(self._text)
            return Content.assemble(shown, "\n", (f"… {more} · Enter shows it", "$text-accent"))
        if len(self._text) <= _UNFOLDED_CHARACTERS:
            return Content(self._text)
        rest = self._text.count("\n", _UNFOLDED_CHARACTERS) + 1
        words = f"… {rest:,} more lines are too many for the screen; y copies them all"
        return Content.assemble(self._text[:_UNFOLDED_CHARACTERS], "\n", (words, "$text-accent"))


def is_long(text: str) -> bool:
    """Say whether a question would flood the screen."""
    return len(text) > _MANY_CHARACTERS or text.count("\n") >= _LONGEST


def folded(text: str) -> tuple[str, str]:
    """Return the first lines of a text, and how much more there is, in words."""
    lines = text.split("\n", FOLDED_ROWS)[:FOLDED_ROWS]
    rows = [line[:_CHARACTERS_PER_ROW] for line in lines]
    more = text.count("\n") + 1 - len(rows)
    if more > 0:
        return "\n".join(rows), f"{more:,} more line{'s' if more != 1 else ''}"
    return "\n".join(rows), f"{len(text) - sum(map(len, rows)):,} more characters"
