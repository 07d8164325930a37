"""A scrolling column and scroll bar that are cheap to update."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from rich.color import Color
from rich.style import Style
from textual.containers import VerticalScroll
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip
from textual.widget import Widget

from tui_chat.ui.terminal.painting.flat_background import FlatBackground
from tui_chat.ui.terminal.painting.size_updates import SingleLayout

if TYPE_CHECKING:
    from rich.segment import Segment
    from textual.geometry import Region

_DEFAULT: Final = Color.default()


class FastScrollBar(ScrollBar):
    """A scroll bar with cached cells.

    It moves with each new line of an answer, and Textual rebuilds every cell each time: a third of
    a frame (measured, 8.2).
    """

    def __init__(self, thickness: int = 1) -> None:
        super().__init__(vertical=True, name="vertical", thickness=thickness)
        self._cells: dict[Segment, Strip] = {}
        self._key: tuple[Any, ...] | None = None
        self._rows: list[Strip] = []

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render a part of the bar."""
        bar = self.render()
        if not isinstance(bar, ScrollBarRender):
            return super().render_lines(crop)
        filters = self.get_line_filters()
        height = self.size.height
        size = (crop.width, height, bar.virtual_size, bar.window_size, bar.position)
        colours = (bar.style, tuple(map(id, filters)))
        if (size, colours) != self._key:
            if self._key is None or colours != self._key[1]:
                self._cells.clear()
            self._key = size, colours
            self._rows = [
                self._cell(segment) for segment in self._segments(bar, crop.width, height)
            ]
        return self._rows[crop.y : crop.bottom]

    def _segments(self, bar: ScrollBarRender, width: int, height: int) -> list[Segment]:
        style = bar.style if isinstance(bar.style, Style) else Style()
        drawn = bar.render_bar(
            height,
            bar.virtual_size,
            bar.window_size,
            bar.position,
            width,
            back_color=style.bgcolor or _DEFAULT,
            bar_color=style.color or _DEFAULT,
        )
        return list(drawn.segments)

    def _cell(self, segment: Segment) -> Strip:
        strip = self._cells.get(segment)
        if strip is None:
            strip = Strip([segment])
            for line_filter in self.get_line_filters():
                strip = strip.apply_filter(line_filter, self.background_colors[1])
            self._cells[segment] = strip
        return strip


class FastScroll(VerticalScroll, FlatBackground, SingleLayout):
    """Scrolls a column whose height changes many times a second."""

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """The scroll bar, created on first use."""
        if self._vertical_scrollbar is None:
            self._vertical_scrollbar = FastScrollBar(self.scrollbar_size_vertical)
            self._vertical_scrollbar.display = False
            self.app._start_widget(self, self._vertical_scrollbar)
        return self._vertical_scrollbar

    async def wait_for_layout(self) -> None:
        """Wait until the screen has been laid out with all changes so far."""
        done = asyncio.Event()
        self.call_after_refresh(done.set)
        await done.wait()

    def move_to(self, y: float) -> None:
        """Scroll in the next layout, whose height may be larger than the present one."""
        # Assignment would clamp it to the height of the previous layout.
        self.set_reactive(Widget.scroll_y, y)
        self.set_reactive(Widget.scroll_target_y, y)
        self.vertical_scrollbar.position = y
