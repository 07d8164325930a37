"""Wrapping text whose height always fits its content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widget import Widget
from textual.widgets import Static

if TYPE_CHECKING:
    from typing import Self

    from textual.geometry import Region


class CountsChanges(Widget):
    """Counts every content change, so that cached sizes never go stale.

    Textual (8.2) caches a widget's size by its change counter, and does not count a change while
    another is waiting for its layout. After an intermediate layout, as during a resize, the cache
    holds the size of the previous content.
    """

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Request a repaint, and a layout if the size may change."""
        if layout and self._layout_required:
            self._layout_updates += 1
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class WrappedText(Static, CountsChanges):
    """Static text that takes as many rows as it needs at the available width."""
