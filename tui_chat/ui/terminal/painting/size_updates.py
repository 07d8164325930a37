"""Widgets whose size is laid out once per change, and never comes from a stale cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widget import Widget
from textual.widgets import Static

if TYPE_CHECKING:
    from typing import Self

    from textual.geometry import Region, Size


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


class SingleLayout(CountsChanges):
    """Accepts a new size without requesting another layout.

    Textual stores the laid-out size in a reactive that itself requests a layout, so each new line
    of an answer is laid out twice: a sixth of the streaming work (measured, 8.2).
    """

    def apply_size(self, size: Size, virtual_size: Size, container_size: Size) -> bool:
        """Take the size that a layout gives; return whether it changed.

        Args:
            size: The size of the widget.
            virtual_size: The size of its scrollable content.
            container_size: The size of its container.
        """
        return super()._size_updated(size, virtual_size, container_size, layout=False)

    def _size_updated(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        return self.apply_size(size, virtual_size, container_size)

    def _set_dirty(self, *regions: Region) -> None:
        if regions:
            super()._set_dirty(*regions)
        else:
            # Textual marks each row of the full height, possibly thousands.
            self._styles_cache.clear()
            self._repaint_regions.clear()
            self._repaint_regions.add(self.outer_size.region)
