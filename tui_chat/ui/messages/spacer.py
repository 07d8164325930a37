"""Rows that stand for messages that are not mounted."""

from __future__ import annotations

from typing import Final

from tui_chat.ui.terminal.flat_background import FlatBackground

SPACER_ROWS: Final = 900
"""The most rows one spacer stands for."""


class Spacer(FlatBackground):
    """Stands for messages that are not mounted."""

    DEFAULT_CSS = """
    Spacer { height: 0; }
    """

    rows = 0
    """How many rows it takes."""

    def stand_for(self, count: int) -> None:
        """Take rows in proportion to a number of messages."""
        self.rows = min(count, SPACER_ROWS)
        self.styles.height = self.rows
