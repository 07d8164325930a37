"""Long pastes of a draft, kept beside its text and shown as one chip each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.content import Content

from tui_chat.core.labels import ngettext
from tui_chat.core.pastes import line_count
from tui_chat.core.text.quantities import byte_size
from tui_chat.ui.terminal.painting.size_updates import WrappedText

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_ROWS: Final = 4


@dataclass(frozen=True, slots=True)
class _Change:
    """A previous state, for undo."""

    depth: int
    """The undo depth of the text at that time."""
    texts: tuple[str, ...]
    with_text: bool
    """True if undoing it also undoes the preceding change of the text."""
    is_elsewhere: bool = False
    """True if the change happened outside the prompt."""


class Pastes:
    """The long pastes of a draft with their undo history, interleaved with that of the text.

    A depth is the number of text changes that can be undone.
    """

    def __init__(self) -> None:
        self.texts: tuple[str, ...] = ()
        self._changes: list[_Change] = []

    def put(self, texts: Sequence[str], depth: int, *, with_text: bool = False) -> None:
        """Replace the pastes.

        Args:
            texts: All pastes.
            depth: The current undo depth of the text.
            with_text: Whether one undo also undoes the last change of the text.
        """
        self._changes.append(_Change(depth, self.texts, with_text))
        self.texts = tuple(texts)

    def note_elsewhere(self, depth: int) -> None:
        """Record a change outside the prompt, to be undone in order."""
        self._changes.append(_Change(depth, self.texts, with_text=False, is_elsewhere=True))

    def forget_elsewhere(self) -> None:
        """Forget the latest change outside the prompt: it was undone elsewhere."""
        for change in reversed(self._changes):
            if change.is_elsewhere:
                self._changes.remove(change)
                return

    def is_elsewhere_next(self, depth: int) -> bool:
        """Return whether the next change to undo is outside the prompt."""
        last = self._changes[-1] if self._changes else None
        return last is not None and last.is_elsewhere and last.depth == depth

    def undo(self, depth: int) -> bool | None:
        """Undo the last change of the pastes, unless the text changed after it.

        Returns:
            None if the text must be undone first; else whether it must be undone too.
        """
        while self._changes and self._changes[-1].depth > depth:
            # The text was undone past it by a key that ignores pastes.
            self.texts = self._changes.pop().texts
        if not self._changes or self._changes[-1].depth < depth:
            return None
        change = self._changes.pop()
        self.texts = change.texts
        return change.with_text

    def forget(self) -> None:
        """Clear the pastes and their undo history."""
        self.texts = ()
        self._changes.clear()


class PasteChips(WrappedText):
    """One chip per long paste, above the prompt."""

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
        """Show the pastes.

        Args:
            texts: The pastes.
            keys: The keys that act on the last one.
        """
        rows = [f"⎘ {text}" for text in chip_label(texts)]
        if len(rows) > _MOST_ROWS:
            hidden = len(rows) - _MOST_ROWS + 1
            more = ngettext("{count} pasted text", "{count} pasted texts", hidden)
            rows = [f"⎘ {more}", *rows[hidden:]]
        lines = [Content(row) for row in rows]
        if lines:
            lines[-1] = Content.assemble(lines[-1], (f"   {keys}", "$foreground 60%"))
        self.update(Content("\n").join(lines))
        self.display = bool(texts)


def chip_label(texts: Sequence[str]) -> list[str]:
    """Return the label of each chip: number, size and lines."""
    labels = []
    for number, text in enumerate(texts, 1):
        lines = line_count(text)
        size = byte_size(len(text.encode("utf-8", "replace")))
        labels.append(
            ngettext(
                "pasted text {number} · {size} · {count} line",
                "pasted text {number} · {size} · {count} lines",
                lines,
                number=number,
                size=size,
            )
        )
    return labels
