"""The long pastes of a draft: kept apart from its text, shown as one line each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.content import Content

from tui_chat.core.pastes import line_count
from tui_chat.core.text.quantities import byte_size
from tui_chat.ui.terminal.wrapped_text import WrappedText

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_ROWS: Final = 4


@dataclass(frozen=True, slots=True)
class _Change:
    """What stood here before, for undo."""

    depth: int
    """How many changes of the text had been made by then."""
    texts: tuple[str, ...]
    with_text: bool
    """Whether the change of the text before it belongs to it."""
    is_elsewhere: bool = False
    """Whether it is no change of pastes, but one outside of the prompt."""


class Pastes:
    """The long pastes of a draft, and how they were before: they are undone in turn with the text.

    Depths are numbers of changes of the text that can be undone.
    """

    def __init__(self) -> None:
        self.texts: tuple[str, ...] = ()
        self._changes: list[_Change] = []

    def put(self, texts: Sequence[str], depth: int, *, with_text: bool = False) -> None:
        """Take other pastes.

        Args:
            texts: All there are now.
            depth: That of the text now.
            with_text: Whether one undo takes the last change of the text back too.
        """
        self._changes.append(_Change(depth, self.texts, with_text))
        self.texts = tuple(texts)

    def note_elsewhere(self, depth: int) -> None:
        """Take note of a change outside of the prompt, which is undone in its turn."""
        self._changes.append(_Change(depth, self.texts, with_text=False, is_elsewhere=True))

    def forget_elsewhere(self) -> None:
        """Drop the latest change outside of the prompt: it was undone in another way."""
        for change in reversed(self._changes):
            if change.is_elsewhere:
                self._changes.remove(change)
                return

    def is_elsewhere_next(self, depth: int) -> bool:
        """Say whether a change outside of the prompt is the next one to be undone."""
        last = self._changes[-1] if self._changes else None
        return last is not None and last.is_elsewhere and last.depth == depth

    def undo(self, depth: int) -> bool | None:
        """Take the last change back, if none of the text came after it.

        Returns:
            None when the text is to be undone first; else whether it is to be undone too.
        """
        while self._changes and self._changes[-1].depth > depth:
            # The text was undone past it, by a key that knows nothing of pastes.
            self.texts = self._changes.pop().texts
        if not self._changes or self._changes[-1].depth < depth:
            return None
        change = self._changes.pop()
        self.texts = change.texts
        return change.with_text

    def forget(self) -> None:
        """Begin anew, with nothing to be undone."""
        self.texts = ()
        self._changes.clear()


class PasteChips(WrappedText):
    """One line for each long paste above the prompt."""

    DEFAULT_CSS = """
    PasteChips {
        height: auto;
        color: $text-accent;
        display: none;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)

    def show(self, texts: Sequence[str], keys: str) -> None:
        """Show other pastes.

        Args:
            texts: The pastes.
            keys: Which keys work on the last one.
        """
        rows = [f"⎘ {words}" for words in chip_words(texts)]
        if len(rows) > _MOST_ROWS:
            hidden = len(rows) - _MOST_ROWS + 1
            rows = [f"⎘ {hidden} pasted texts", *rows[hidden:]]
        lines = [Content(row) for row in rows]
        if lines:
            lines[-1] = Content.assemble(lines[-1], (f"   {keys}", "$foreground 60%"))
        self.update(Content("\n").join(lines))
        self.display = bool(texts)


def chip_words(texts: Sequence[str]) -> list[str]:
    """Return what is said of each paste: its number, size and lines."""
    told = []
    for number, text in enumerate(texts, 1):
        lines = line_count(text)
        size = byte_size(len(text.encode("utf-8", "replace")))
        told.append(f"pasted text {number} · {size} · {lines:,} line{'s' if lines != 1 else ''}")
    return told
