"""Paints the rows of a Markdown document and caches them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui_chat.ui.markdown.paint_row import painted, shows_links
from tui_chat.ui.markdown.search_highlights import RowHighlighter
from tui_chat.ui.markdown.style_colours import Palette
from tui_chat.ui.terminal.painting.row_frame import RowFrame

if TYPE_CHECKING:
    import re

    from textual.geometry import Region
    from textual.selection import Selection

    from tui_chat.ui.markdown.styled_text import Line
    from tui_chat.ui.messages.message_markdown import MessageMarkdown

_MAX_PAINTED: Final = 400
"""Size of the cache of painted rows: a few screens."""


class RowPainter:
    """Paints the rows of one widget."""

    def __init__(self, widget: MessageMarkdown) -> None:
        self._widget = widget
        self._frame = RowFrame()
        self._painted: dict[int, tuple[Line, int, list[Segment]]] = {}
        self._doubtful: set[int] = set()
        """Cached rows whose line may have changed; most have not."""
        self._highlighter: RowHighlighter | None = None
        self._width = 0
        self._selection: Selection | None = None
        self.reset_colours()

    def reset_colours(self) -> None:
        """Drop all cached rows and colours when the theme changes."""
        self._palette = Palette(self._widget, has_terminal_links=shows_links(os.environ))
        self.clear()

    def clear(self) -> None:
        """Drop all cached rows."""
        self._painted.clear()

    def invalidate_from(self, row: int) -> None:
        """Record that rows may have changed from this one on."""
        self._doubtful.update(y for y in self._painted if y >= row)

    def highlight(self, pattern: re.Pattern[str] | None, ordinal: int | None) -> None:
        """Highlight the matches of a pattern; None removes the highlights."""
        self._highlighter = RowHighlighter(pattern, ordinal) if pattern is not None else None
        self.clear()

    def current_match_row(self) -> int | None:
        """Return the row of the current match; None when it is not in this text."""
        highlighter = self._highlighter
        return highlighter.current_row(self._widget.document) if highlighter is not None else None

    def rows(self, crop: Region) -> list[Strip]:
        """Return rows with the border and padding of the widget."""
        self._begin()
        return self._frame.rows(self._widget, crop, self._row, self._widget.document.height)

    def row(self, y: int) -> Strip:
        """Return one row of content."""
        self._begin()
        return Strip(self._row(y), self._width)

    def _begin(self) -> None:
        """Read the state that all rows of a paint share."""
        widget = self._widget
        self._width = widget.size.width
        # The widget may be removed during a paint.
        self._selection = widget.text_selection if widget.is_attached else None

    def _row(self, y: int) -> list[Segment]:
        """Return one row of content, from the cache if its line is unchanged."""
        width, document = self._width, self._widget.document
        known = self._painted.get(y)
        if known is not None and known[1] == width:
            if y not in self._doubtful:
                return known[2]
            self._doubtful.discard(y)
            if known[0] == document.line(y):
                return known[2]
        if not self._widget.is_attached:
            # The widget was removed during a paint and has no colours any more.
            return [Segment(" " * width)]
        selected = self._selection.get_span(y) if self._selection else None
        line = document.line(y)
        style = _selection_style(self._widget) if selected is not None else Style.null()
        segments = painted(line, self._palette, width, selected, style)
        if self._highlighter is not None:
            strip = Strip(segments, width)
            segments = list(self._highlighter.over(strip, document, y, self._widget))
        if len(self._painted) >= _MAX_PAINTED:
            self._painted.clear()
        self._painted[y] = line, width, segments
        return segments


def _selection_style(widget: MessageMarkdown) -> Style:
    """Return the style of selected text; it keeps its colour unless the theme has one for it.

    Rich has no transparent colour: Textual's would be that of the background.
    """
    style = widget.selection_style
    if widget.screen.get_component_styles("screen--selection").color.a:
        return style
    return Style(bgcolor=style.bgcolor)
