"""The command palette."""

from __future__ import annotations

from contextlib import suppress

from textual import on
from textual.command import CommandPalette
from textual.widgets import Input

from tui_chat.ui.common.line_input import LONGEST_LINE
from tui_chat.ui.common.modal import ClosesOnce


class Palette(ClosesOnce, CommandPalette):
    """Textual's command palette with a bounded input; a command runs only once."""

    def on_mount(self) -> None:
        """Bound the length of the input."""
        self.query_one(Input).max_length = LONGEST_LINE

    def _action_command_list(self, action: str) -> None:
        # Textual (8.2) knows the rows of its options only after a layout and crashes if a page key
        # arrives before it.
        with suppress(KeyError):
            super()._action_command_list(action)

    @on(Input.Submitted)
    def _submit_once(self, event: Input.Submitted) -> None:
        """Ignore a second Enter, which would run the command again."""
        if self.is_dismissed:
            event.stop()
            event.prevent_default()
