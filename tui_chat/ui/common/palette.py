"""The list of commands."""

from __future__ import annotations

from textual import on
from textual.command import CommandPalette
from textual.widgets import Input

from tui_chat.ui.common.line_input import LONGEST_LINE
from tui_chat.ui.common.modal import ClosesOnce


class Palette(ClosesOnce, CommandPalette):
    """Textual's list of commands; its line is bounded, and a command runs once."""

    def on_mount(self) -> None:
        """Bound the line."""
        self.query_one(Input).max_length = LONGEST_LINE

    @on(Input.Submitted)
    def _submit_once(self, event: Input.Submitted) -> None:
        """Ignore a second Enter, which Textual would take for the same command again."""
        if self.is_dismissed:
            event.stop()
            event.prevent_default()
