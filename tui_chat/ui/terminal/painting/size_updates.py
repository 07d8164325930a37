"""Widgets whose size is laid out once per change, and never comes from a stale cache."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from textual.content import Content
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Static

if TYPE_CHECKING:
    from typing import Self

    from textual.geometry import Region, Size

_LONG: Final = 1_000
"""Characters from which on a text is not rendered as a whole."""


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
    """Static text that takes as many rows as it needs at the available width.

    Textual (8.2) makes a strip of each row for every paint, visible or not: half a second for a
    long text in a terminal of a few columns. Here the rows of a long text become strips when they
    are painted.
    """

    def _render_content(self) -> None:
        content = self._render()
        if not isinstance(content, Content) or len(content) < _LONG or not self.size.width:
            super()._render_content()
            return
        selection, selection_style = self.text_selection, None
        if selection is not None:
            selected = self.screen.get_component_styles("screen--selection")
            selection_style = Style.from_styles(selected)
        rows = content._wrap_and_format(
            self.size.width,
            selection=selection,
            selection_style=selection_style,
            get_style=self._get_style,
        )
        strips: Any = _Strips(rows, self.visual_style)
        self._render_cache = self._render_cache._replace(size=self.size, lines=strips)
        self._dirty_regions.clear()


class _Strips(Sequence[Strip]):
    """The rows of a text; a row becomes a strip when it is read."""

    def __init__(self, rows: Sequence[Any], style: Style) -> None:
        self._rows = rows
        self._style = style

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, y: Any) -> Any:
        return Strip(*self._rows[y].to_strip(self._style))


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
