"""Avoids a second layout per height change of streaming widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.ui.terminal.wrapped_text import CountsChanges

if TYPE_CHECKING:
    from textual.geometry import Region, Size


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
