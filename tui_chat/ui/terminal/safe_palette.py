"""A command palette that survives a page key before its first layout."""

from __future__ import annotations

from contextlib import suppress

from textual.command import CommandPalette


class SafePalette(CommandPalette):
    """Ignores keys that arrive before the layout of its options.

    Textual (8.2) knows the rows of its options only after a layout and crashes if a page key
    arrives before it.
    """

    def _action_command_list(self, action: str) -> None:
        with suppress(KeyError):
            super()._action_command_list(action)
