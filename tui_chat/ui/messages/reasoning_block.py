"""The reasoning of a model, folded when the answer begins."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui_chat.core.labels import _
from tui_chat.ui.messages.message_markdown import MessageMarkdown
from tui_chat.ui.terminal.painting.flat_background import FlatBackground
from tui_chat.ui.terminal.painting.size_updates import SingleLayout

if TYPE_CHECKING:
    import re

    from textual import events
    from textual.app import ComposeResult


class ReasoningBlock(SingleLayout, Vertical, FlatBackground):
    """A foldable block of reasoning: open while it streams, folded when it is done."""

    DEFAULT_CSS = """
    ReasoningBlock {
        height: auto;
        padding: 0 1 0 2;
        color: $text-muted;
        & > .title { height: 1; text-style: italic; }
        & > .thoughts { height: auto; padding: 0 0 0 2; text-style: italic; }
        &.folded > .thoughts { display: none; }
    }
    """

    def __init__(self, text: str = "", *, is_live: bool = False) -> None:
        """Create a block.

        Args:
            text: The reasoning so far, sanitized.
            is_live: Whether it still streams.
        """
        super().__init__(classes="" if is_live else "folded")
        self._text = text
        self._began_at = monotonic() if is_live else None
        self._is_live = is_live
        self._marked: tuple[re.Pattern[str] | None, int | None] = (None, None)
        self._title = Static(classes="title", markup=False)
        self._thoughts = self._made() if is_live else None
        self._seconds: float | None = None
        self._show_title()

    def compose(self) -> ComposeResult:
        """Build the title, and the text unless it is folded, because most blocks stay folded."""
        yield self._title
        if self._thoughts is not None:
            yield self._thoughts

    def append(self, text: str) -> None:
        """Append sanitized text; it is drawn once per frame."""
        if self._thoughts is None:
            self._text += text
        else:
            self._thoughts.append(text)

    def finish(self) -> None:
        """Fold the block when the reasoning ends."""
        if not self._is_live:
            return
        self._is_live = False
        if self._began_at is not None:
            self._seconds = monotonic() - self._began_at
        self.add_class("folded")
        if self._thoughts is not None:
            self._thoughts.finish()
        self._show_title()

    def mark(self, pattern: re.Pattern[str] | None, ordinal: int | None) -> None:
        """Highlight the matches of a pattern; unfold the block if the current match is in it."""
        if (pattern, ordinal) != self._marked:
            self._marked = pattern, ordinal
            if self._thoughts is not None:
                self._thoughts.mark(pattern, ordinal)
            if ordinal is not None and self.has_class("folded"):
                self.toggle()

    def marked_row(self) -> int | None:
        """Return the row of the current match in the block; None when it is not here."""
        row = self._thoughts.painter.current_match_row() if self._thoughts is not None else None
        return row + 1 if row is not None else None

    def toggle(self) -> None:
        """Fold or unfold."""
        self.toggle_class("folded")
        if self._thoughts is None:
            self._thoughts = self._made()
            self.mount(self._thoughts)
        self._show_title()

    def on_click(self, event: events.Click) -> None:
        """Fold or unfold when the title is clicked."""
        if event.widget is self._title:
            event.stop()
            self.toggle()

    def _made(self) -> MessageMarkdown:
        thoughts = MessageMarkdown(
            self._text,
            finished=not self._is_live,
            keeps_breaks=True,
            has_code_numbers=False,
            classes="thoughts",
        )
        thoughts.mark(*self._marked)
        return thoughts

    def _show_title(self) -> None:
        if self._is_live:
            text = _("Thinking")
        elif self._seconds is not None:
            text = _("Thought for {seconds} s").format(seconds=f"{self._seconds:.0f}")
        else:
            text = _("Thoughts")
        arrow = "▸" if self.has_class("folded") else "▾"
        self._title.update(Content(f"{arrow} {text}"))
