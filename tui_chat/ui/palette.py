"""The list of commands."""

from __future__ import annotations

from textual.command import CommandPalette
from textual.widgets import Input

from tui_chat.ui.widgets.line_input import LONGEST_LINE


class Palette(CommandPalette):
    """Textual's list of commands, whose line is as bounded as ours."""

    def on_mount(self) -> None:
        """Bound the line."""
        self.query_one(Input).max_length = LONGEST_LINE
