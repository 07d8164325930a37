"""The line between the messages that are not sent and those that are."""

from __future__ import annotations

from textual.content import Content

from tui_chat.ui.terminal.wrapped_text import WrappedText


class BoundaryNote(WrappedText):
    """A thin line with words in it, and below it what is sent in place of what is above."""

    DEFAULT_CSS = """
    BoundaryNote {
        height: auto;
        display: none;
        padding: 0 1 0 2;
        color: $text-muted;
        border-top: solid $warning 60%;
        border-title-color: $text-warning;
    }
    """

    def __init__(self, words: str = "") -> None:
        """Show words, or nothing.

        Args:
            words: A line for the border; what follows it is text. Safe to show.
        """
        super().__init__(markup=False)
        self.show(words)

    def show(self, words: str) -> None:
        """Show other words, or nothing."""
        head, _, text = words.partition("\n")
        self.border_title = Content(f" {head} ")
        self.update(Content(text))
        self.styles.margin = (0, 0, 1 if text else 0, 0)
        self.display = bool(words)
