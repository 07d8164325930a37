"""The room at the left edge for the side panel. Light: the first paint reserves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical

if TYPE_CHECKING:
    from collections.abc import Callable

PANEL_WIDTH = 34
BESIDE_PANEL = "-beside-panel"
"""The class of a screen that shows the panel: notifications must not lie below it."""
NEEDED_WIDTH = 120
"""The narrowest terminal with room for the panel beside a readable column."""


class SideRoom(Vertical):
    """Shown if the user wants the panel and the terminal is wide enough.

    Attributes:
        is_wanted: Whether the user wants the panel.
        shown: Called when the room becomes visible.
    """

    DEFAULT_CSS = f"""
    SideRoom {{ dock: left; width: {PANEL_WIDTH}; height: 100%; display: none; }}
    """

    def __init__(self, *, is_wanted: bool) -> None:
        super().__init__(id="side")
        self.is_wanted = is_wanted
        self.shown: Callable[[], None] = lambda: None
        self._is_wide = False

    @property
    def is_wide(self) -> bool:
        """True if the terminal has room for the panel."""
        return self._is_wide

    def note_width(self, width: int) -> None:
        """Show or hide the room after the terminal was resized."""
        self._is_wide = width >= NEEDED_WIDTH
        self._update()

    def want(self, *, is_wanted: bool) -> None:
        """Show or hide the room as the user wants."""
        self.is_wanted = is_wanted
        self._update()

    def _update(self) -> None:
        was_shown = self.display
        self.display = self.is_wanted and self._is_wide
        self.screen.set_class(self.display, BESIDE_PANEL)
        if self.display and not was_shown:
            self.shown()
