"""Placeholder rows for messages that are not mounted."""

from __future__ import annotations

from typing import Final

from tui_chat.ui.terminal.painting.flat_background import FlatBackground

SPACER_ROWS: Final = 900
"""Maximum height of a spacer."""


class Spacer(FlatBackground):
    """Takes the room of messages that are not mounted."""

    DEFAULT_CSS = """
    Spacer { height: 0; }
    """

    rows = 0
    """Height, in rows."""

    def replace(self, count: int) -> None:
        """Set the height for a number of messages."""
        self.rows = min(count, SPACER_ROWS)
        self.styles.height = self.rows
