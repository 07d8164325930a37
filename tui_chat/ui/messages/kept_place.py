"""Keeps the line at the top of the message list through changes of the size."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from tui_chat.ui.terminal.fast_scroll import FastScroll

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from textual.geometry import Size
    from textual.widget import Widget

    from tui_chat.ui.messages.message_view import MessageView


class Top(NamedTuple):
    """A message and the place in it that is shown in the first row."""

    view: MessageView
    place: tuple[Widget, tuple[int, int]] | None
    """The place in its Markdown; None for a row of another part."""
    rows: float
    """Rows of the message above the first row."""
    height: int
    """Height of the message when this was noted."""

    @classmethod
    def of(cls, view: MessageView, scroll_y: float) -> Top:
        """Note which part of a message is at the top."""
        region = view.virtual_region
        rows = scroll_y - region.y
        place = view.place_of(int(rows)) if rows >= 0 else None
        return cls(view, place, rows, region.height)

    @property
    def y(self) -> float:
        """The scroll position that brings it back at the current width."""
        view = self.view
        top = view.virtual_region.y
        if self.place is not None and (row := view.row_of(self.place)) is not None:
            return top + row
        height = view.outer_size.height
        if self.rows <= 0 or self.height == height:
            return top + self.rows
        return top + self.rows * height / max(1, self.height)


class KeptPlace:
    """The place the user scrolled to; a resize scrolls back to it and never replaces it."""

    def __init__(self) -> None:
        self._top: Top | None = None
        self._is_resizing = False
        self.is_at_end_by_resize = False
        """Whether the end is followed only because a larger size shows it."""

    def note(self, views: Iterable[MessageView], scroll_y: float) -> None:
        """Note what is at the top, unless a resize put it there."""
        if self._is_resizing:
            return
        self.is_at_end_by_resize = False
        for view in views:
            if view.virtual_region.bottom > scroll_y:
                self._top = Top.of(view, scroll_y)
                return

    @contextmanager
    def resizing(self) -> Iterator[None]:
        """Scroll without noting it."""
        self._is_resizing = True
        try:
            yield
        finally:
            self._is_resizing = False

    @property
    def y(self) -> float | None:
        """Where to scroll to after a resize; None when there is no place to keep."""
        top = self._top
        return top.y if top is not None and top.view.is_attached else None


class PlaceKeeper(FastScroll, can_focus=False):
    """A column that shows the same line at its top, or its end, after any change of the size."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = KeptPlace()

    def _size_updated(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        """Take the new size; being cut to it is no scrolling to the end by the user."""
        if size == self.outer_size:
            return super()._size_updated(size, virtual_size, container_size, layout)
        is_released = self._anchor_released
        with self._kept.resizing():
            is_changed = super()._size_updated(size, virtual_size, container_size, layout)
        self._anchor_released = is_released
        return is_changed

    @property
    def _follows_by_itself(self) -> bool:
        return self._anchored and not self._anchor_released

    def _return_to_place(self) -> None:
        """Scroll back to the line that was at the top before the size changed."""
        kept = self._kept
        if self._follows_by_itself and not kept.is_at_end_by_resize:
            return
        if (y := kept.y) is not None:
            self._anchor_released = True
            with kept.resizing():
                self.scroll_to(y=y, animate=False, force=True, immediate=True)
            self._check_anchor()
            kept.is_at_end_by_resize = self._follows_by_itself
