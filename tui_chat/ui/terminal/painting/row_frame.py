"""Adds edge, padding and background to the rows of a message, cached.

Textual rebuilds them for every visible row whenever a widget's height changes, which a streaming
answer does many times a second: it was the largest part of a frame (measured, 8.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual._border import get_box
from textual.color import Color
from textual.strip import Strip
from textual.style import Style

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.filter import LineFilter
    from textual.geometry import Region
    from textual.widget import Widget

_MOST_ROWS: Final = 512


class RowFrame:
    """Frames rows with the left edge and side padding of a widget's CSS."""

    def __init__(self) -> None:
        self._key: tuple[Any, ...] | None = None
        self._rows: dict[int, tuple[list[Segment], Strip]] = {}
        self._left: list[Segment] = []
        self._right: list[Segment] = []
        self._blank: list[Segment] = []
        self._width = 0
        self._inner = RichStyle()
        self._filters: Sequence[LineFilter] = ()
        self._background = Color(0, 0, 0)
        self._final: dict[RichStyle | None, RichStyle | None] = {}

    def rows(
        self, widget: Widget, crop: Region, content: Callable[[int], list[Segment]], height: int
    ) -> list[Strip]:
        """Return the framed rows of a part of a widget.

        Args:
            widget: The widget with edge, padding and colours.
            crop: The rows and columns to return.
            content: Returns a content row as wide as the widget's content; the same list for the
                same row.
            height: The number of content rows; below them is only the frame.
        """
        self._prepare(widget)
        x1, x2 = crop.column_span
        rows = [self._row(y, content(y) if y < height else self._blank) for y in crop.line_range]
        is_whole = x1 == 0 and x2 >= self._width
        return rows if is_whole else [row.crop(x1, x2) for row in rows]

    def _prepare(self, widget: Widget) -> None:
        """Drop the cached rows if the frame has changed."""
        base, background = widget.background_colors
        edge, colour = widget.styles.border_left
        padding = widget.styles.padding
        filters = widget.get_line_filters()
        width = widget.size.width
        key = (base, background, edge, colour, padding, width, tuple(map(id, filters)))
        if key == self._key:
            return
        self._key = key
        self._rows.clear()
        self._final.clear()
        self._filters, self._background = filters, background
        inner, outer = Style(background=background), Style(background=base)
        self._inner = inner.rich_style
        left: list[Segment] = []
        if edge:
            box = get_box(edge, inner, outer, Style(foreground=base + colour))
            left.append(box[1][0])
        left.append(Segment(" " * padding.left, self._inner))
        self._left = self._filtered(left)
        self._right = self._filtered([Segment(" " * padding.right, self._inner)])
        self._blank = [Segment(" " * width, self._inner)]
        self._width = width + padding.width + bool(edge)

    def _row(self, y: int, content: list[Segment]) -> Strip:
        known = self._rows.get(y)
        if known is not None and known[0] is content:
            return known[1]
        final = self._final
        inside = []
        for segment in content:
            style = segment.style
            if style not in final:
                final[style] = self._made_final(style)
            inside.append(Segment(segment.text, final[style]))
        row = Strip([*self._left, *inside, *self._right], self._width)
        if len(self._rows) >= _MOST_ROWS:
            self._rows.clear()
        self._rows[y] = content, row
        return row

    def _made_final(self, style: RichStyle | None) -> RichStyle | None:
        """Return a content style with the widget's filters applied."""
        on_background = self._inner + style if style is not None else self._inner
        return self._filtered([Segment("x", on_background)])[0].style

    def _filtered(self, segments: list[Segment]) -> list[Segment]:
        for line_filter in self._filters:
            segments = line_filter.apply(segments, self._background)
        return segments
