"""The text of a question; a long one is folded to its first lines."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from tui_chat.core.labels import _, ngettext
from tui_chat.ui.common.select_words import SelectsWords
from tui_chat.ui.terminal.painting.size_updates import WrappedText

FOLDED_ROWS: Final = 10
"""Lines shown of a folded question."""
_LONGEST: Final = 40
_MANY_CHARACTERS: Final = 6_000
_CHARACTERS_PER_ROW: Final = 400
_UNFOLDED_CHARACTERS: Final = 15_000
"""Maximum size of an unfolded question: a longer one would slow down every layout."""


class QuestionText(WrappedText, SelectsWords):
    """Shows a question as typed; its markup is not parsed."""

    def __init__(self, text: str) -> None:
        """Create the text, folded if it is long.

        Args:
            text: Sanitized.
        """
        self._text = text
        self._is_folded = is_long(text)
        super().__init__(self._content(), classes="body", markup=False)

    @property
    def is_long(self) -> bool:
        """True if the question is long enough to be folded."""
        return is_long(self._text)

    def toggle(self) -> bool:
        """Fold or unfold the question; return False when it is too short for that."""
        if not is_long(self._text):
            return False
        self._is_folded = not self._is_folded
        self.update(self._content())
        return True

    def _content(self) -> Content:
        if not is_long(self._text):
            return Content(self._text)
        if self._is_folded:
            shown, rest = folded(self._text)
            return Content.assemble(
                shown,
                "\n",
                (_("… {rest} · Enter shows the rest").format(rest=rest), "$text-accent"),
            )
        if len(self._text) <= _UNFOLDED_CHARACTERS:
            return Content(self._text)
        note = ngettext(
            "… {count} more line does not fit here; y copies the whole text",
            "… {count} more lines do not fit here; y copies the whole text",
            self._text.count("\n", _UNFOLDED_CHARACTERS) + 1,
        )
        return Content.assemble(self._text[:_UNFOLDED_CHARACTERS], "\n", (note, "$text-accent"))


def is_long(text: str) -> bool:
    """Return True if a question would flood the screen."""
    return len(text) > _MANY_CHARACTERS or text.count("\n") >= _LONGEST


def folded(text: str) -> tuple[str, str]:
    """Return the first lines of a text, and a label for the size of the rest."""
    lines = text.split("\n", FOLDED_ROWS)[:FOLDED_ROWS]
    rows = [line[:_CHARACTERS_PER_ROW] for line in lines]
    more = text.count("\n") + 1 - len(rows)
    if more > 0:
        return "\n".join(rows), ngettext("{count} more line", "{count} more lines", more)
    more = len(text) - sum(map(len, rows))
    return "\n".join(rows), ngettext("{count} more character", "{count} more characters", more)
