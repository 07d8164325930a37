"""The command palette."""

from __future__ import annotations

from textual import on
from textual.widgets import Input

from tui_chat.ui.common.line_input import LONGEST_LINE
from tui_chat.ui.common.modal import ClosesOnce
from tui_chat.ui.terminal.textual_workarounds import SafePalette


class Palette(ClosesOnce, SafePalette):
    """Textual's command palette with a bounded input; a command runs only once."""

    def on_mount(self) -> None:
        """Bound the length of the input."""
        self.query_one(Input).max_length = LONGEST_LINE

    @on(Input.Submitted)
    def _submit_once(self, event: Input.Submitted) -> None:
        """Ignore a second Enter, which would run the command again."""
        if self.is_dismissed:
            event.stop()
            event.prevent_default()
