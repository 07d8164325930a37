"""Widgets whose height changes many times a second, laid out once for each change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.ui.terminal.wrapped_text import CountsChanges

if TYPE_CHECKING:
    from textual.geometry import Region, Size


class SingleLayout(CountsChanges):
    """Takes a new size without asking for another layout.

    Textual notes the size that a layout gave to a widget in a reactive that itself asks for a
    layout, so every line that an answer grows by is laid out twice: a sixth of the work while it
    streams (measured, 8.2).
    """

    def _size_updated(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        return super()._size_updated(size, virtual_size, container_size, layout=False)

    def _set_dirty(self, *regions: Region) -> None:
        if regions:
            super()._set_dirty(*regions)
        else:
            # Textual marks each row of the whole height, which may be thousands.
            self._styles_cache.clear()
            self._repaint_regions.clear()
            self._repaint_regions.add(self.outer_size.region)
