"""The line above the first message that is sent, when older turns are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui_chat.core.labels import ngettext
from tui_chat.core.text.sanitize import sanitize
from tui_chat.ui.terminal.painting.size_updates import WrappedText

if TYPE_CHECKING:
    from tui_chat.core.conversation import Message
    from tui_chat.session.session import ChatSession


class BoundaryNote(WrappedText):
    """A titled line, and below it the summary that is sent instead of the turns above."""

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

    def __init__(self, label: str = "") -> None:
        """Create the note.

        Args:
            label: See `show`.
        """
        super().__init__(markup=False)
        self.show(label)

    def show(self, label: str) -> None:
        """Replace the label.

        Args:
            label: The first line is the title, the rest the text below it; sanitized. When it is
                empty, nothing is shown.
        """
        title, _newline, text = label.partition("\n")
        self.border_title = Content(f" {title} ")
        self.update(Content(text))
        self.styles.margin = (0, 0, 1 if text else 0, 0)
        self.display = bool(label)


def boundary_label(session: ChatSession, message: Message) -> str:
    """Return the label above a message; empty unless the request begins with it."""
    boundary = session.context.boundary
    if boundary is None or boundary.message_id != message.id:
        return ""
    count = boundary.turns
    if not boundary.summary:
        return ngettext(
            "above: {count} turn left out of the request",
            "above: {count} turns left out of the request",
            count,
        )
    title = ngettext(
        "above: {count} turn left out; sent instead:",
        "above: {count} turns left out; sent instead:",
        count,
    )
    return f"{title}\n{sanitize(boundary.summary)}"
