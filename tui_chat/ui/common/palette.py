"""The list of commands."""

from __future__ import annotations

from contextlib import suppress

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

    def _action_command_list(self, action: str) -> None:
        # Textual (8.2) knows the rows of its options after a layout only, and ends the program
        # when a page is turned before it.
        with suppress(KeyError):
            super()._action_command_list(action)

    @on(Input.Submitted)
    def _submit_once(self, event: Input.Submitted) -> None:
        """Ignore a second Enter, which Textual would take for the same command again."""
        if self.is_dismissed:
            event.stop()
            event.prevent_default()
