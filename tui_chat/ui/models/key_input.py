"""An input for an API key: never shown, never copied."""

from __future__ import annotations

from tui_chat.config.api_key import LARGEST_KEY
from tui_chat.ui.common.line_input import LineInput


class KeyInput(LineInput):
    """Shows dots. The selection cannot be copied, and deleted text cannot be inserted again."""

    def __init__(self, *, placeholder: str, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(placeholder=placeholder, longest=LARGEST_KEY, id=id)
        self.password = True

    def action_copy(self) -> None:
        """Refuse to copy a key."""
        self.app.bell()

    def action_cut(self) -> None:
        """Delete the selection without copying it."""
        self.delete_selection()
