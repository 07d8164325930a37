"""Draws the edge, the padding and the background around the rows of a message, and keeps them.

Textual builds these anew for every visible row whenever a widget's height changes, which a growing
answer does many times a second: it was the largest part of a frame (measured, 8.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual._border import get_box
from textual.strip import Strip
from textual.style import Style

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.geometry import Region
    from textual.widget import Widget

_MOST_ROWS: Final = 512


class RowFrame:
    """Frames rows with the left edge and the side padding that a widget's CSS gives it."""

    def __init__(self) -> None:
        self._key: tuple[Any, ...] | None = None
        self._rows: dict[int, tuple[Strip, Strip]] = {}
        self._left: list[Segment] = []
        self._right: list[Segment] = []
        self._inner = RichStyle()

    def rows(
        self, widget: Widget, crop: Region, content: Callable[[int], Strip], height: int
    ) -> list[Strip]:
        """Return the framed rows of a part of a widget.

        Args:
            widget: Whose edge, padding and colours.
            crop: Which rows and columns.
            content: Gives a row of content; the same object for the same row.
            height: How many rows of content there are; below them is only the frame.
        """
        self._prepare(widget)
        x1, x2 = crop.column_span
        whole = x1 == 0 and x2 >= widget.size.width + widget.gutter.width
        rows = [self._row(widget, y, content(y)) for y in crop.line_range if y < height]
        rows += [self._row(widget, y, Strip([])) for y in crop.line_range if y >= height]
        return rows if whole else [row.crop(x1, x2) for row in rows]

    def _prepare(self, widget: Widget) -> None:
        """Forget the rows when anything around them has changed."""
        base, background = widget.background_colors
        edge, colour = widget.styles.border_left
        padding = widget.styles.padding
        filters = tuple(id(line_filter) for line_filter in widget.get_line_filters())
        key = (base, background, edge, colour, padding, widget.size.width, filters)
        if key == self._key:
            return
        self._key = key
        self._rows.clear()
        inner, outer = Style(background=background), Style(background=base)
        self._inner = inner.rich_style
        self._left = []
        if edge:
            box = get_box(edge, inner, outer, Style(foreground=base + colour))
            self._left.append(box[1][0])
        self._left.append(Segment(" " * padding.left, self._inner))
        self._right = [Segment(" " * padding.right, self._inner)]

    def _row(self, widget: Widget, y: int, content: Strip) -> Strip:
        known = self._rows.get(y)
        if known is not None and known[0] is content:
            return known[1]
        width = widget.size.width
        inside = content.adjust_cell_length(width, self._inner).apply_style(self._inner)
        row = Strip([*self._left, *inside, *self._right])
        for line_filter in widget.get_line_filters():
            row = row.apply_filter(line_filter, widget.background_colors[1])
        if len(self._rows) >= _MOST_ROWS:
            self._rows.clear()
        self._rows[y] = content, row
        return row
