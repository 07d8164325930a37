"""Containers that only paint a flat background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.geometry import Region


class FlatBackground(Widget):
    """Mixin that renders the background once and reuses the row.

    Textual renders each row of a container separately, and again after each resize. Name this class
    last among the bases: Textual reads the CSS of the first base only.
    """

    _plain_key: tuple[Any, ...] | None = None
    _plain_row: Strip

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render the background."""
        background = self.background_colors[1]
        filters = self.get_line_filters()
        key = (background, crop.width, tuple(map(id, filters)))
        if key != self._plain_key:
            self._plain_key = key
            style = Style(background=background).rich_style
            row = Strip([Segment(" " * crop.width, style)], crop.width)
            for line_filter in filters:
                row = row.apply_filter(line_filter, background)
            self._plain_row = row
        return [self._plain_row] * crop.height
