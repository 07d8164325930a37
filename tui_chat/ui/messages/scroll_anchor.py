"""Keeps the top line, or the end, of the message list in view when the size changes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from tui_chat.ui.terminal import textual_internals as anchors
from tui_chat.ui.terminal.painting.fast_scroll import FastScroll

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from textual.geometry import Size
    from textual.widget import Widget

    from tui_chat.ui.messages.message_view import MessageView


class TopLine(NamedTuple):
    """The part of a message that is shown in the first row."""

    view: MessageView
    position: tuple[Widget, tuple[int, int]] | None
    """Position in its Markdown; None for a row of another part."""
    rows: float
    """Rows of the message above the first row."""
    height: int
    """Height of the message when this was recorded."""

    @classmethod
    def of(cls, view: MessageView, scroll_y: float) -> TopLine:
        """Return the line of a message that is at the top."""
        region = view.virtual_region
        rows = scroll_y - region.y
        position = view.position_of(int(rows)) if rows >= 0 else None
        return cls(view, position, rows, region.height)

    @property
    def y(self) -> float:
        """The scroll position that shows this line at the top, at the current width."""
        view = self.view
        top = view.virtual_region.y
        if self.position is not None and (row := view.row_of(self.position)) is not None:
            return top + row
        height = view.outer_size.height
        if self.rows <= 0 or self.height == height:
            return top + self.rows
        return top + self.rows * height / max(1, self.height)


class ScrollAnchor:
    """The line that the user scrolled to. A resize restores it and never replaces it."""

    def __init__(self) -> None:
        self._top: TopLine | None = None
        self._is_resizing = False
        self.is_at_end_by_resize = False
        """True while the end is followed only because a larger size shows it."""

    def record(self, views: Iterable[MessageView], scroll_y: float) -> None:
        """Record the line at the top, unless a resize put it there."""
        if self._is_resizing:
            return
        self.is_at_end_by_resize = False
        for view in views:
            if view.virtual_region.bottom > scroll_y:
                self._top = TopLine.of(view, scroll_y)
                return

    def record_jump(self, view: MessageView) -> None:
        """Record that the first line of a message comes to the top in the next layout."""
        self.is_at_end_by_resize = False
        self._top = TopLine(view, None, 0, 0)

    @contextmanager
    def resizing(self) -> Iterator[None]:
        """Scroll without recording."""
        self._is_resizing = True
        try:
            yield
        finally:
            self._is_resizing = False

    @property
    def y(self) -> float | None:
        """The scroll position to restore after a resize; None when no line was recorded."""
        top = self._top
        return top.y if top is not None and top.view.is_attached else None


class AnchoredScroll(FastScroll, can_focus=False):
    """A column that shows the same line at its top, or its end, after a change of the size.

    Attributes:
        top_line: The line to restore.
    """

    def __init__(self) -> None:
        super().__init__()
        self.top_line = ScrollAnchor()

    def apply_size(self, size: Size, virtual_size: Size, container_size: Size) -> bool:
        """Take the new size. A position clamped to it is not a scroll to the end by the user."""
        if size == self.outer_size:
            return super().apply_size(size, virtual_size, container_size)
        is_released = anchors.is_released(self)
        with self.top_line.resizing():
            is_changed = super().apply_size(size, virtual_size, container_size)
        anchors.set_released(self, is_released)
        return is_changed

    @property
    def is_pinned_to_end(self) -> bool:
        """True if each layout scrolls to the end."""
        return anchors.follows_end(self)

    def enable_anchor(self, *, is_enabled: bool) -> None:
        """Allow or forbid following the end.

        Args:
            is_enabled: False while the last rows are not the end of the conversation.
        """
        if is_enabled and not anchors.is_anchored(self):
            anchors.set_released(self, True)
        anchors.set_anchored(self, is_enabled)

    def restore_line(self) -> None:
        """Scroll back to the line that was at the top before the size changed."""
        line = self.top_line
        if self.is_pinned_to_end and not line.is_at_end_by_resize:
            return
        if (y := line.y) is not None:
            anchors.set_released(self, True)
            with line.resizing():
                self.scroll_to(y=y, animate=False, force=True, immediate=True)
            anchors.check_anchor(self)
            line.is_at_end_by_resize = self.is_pinned_to_end
