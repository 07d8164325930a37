"""Highlights matches in the message list and scrolls to a match and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tui_chat.core.find_in_conversation import Marks
    from tui_chat.ui.messages.message_view import MessageView
    from tui_chat.ui.messages.virtual_list import VirtualList


class ScrollPosition(NamedTuple):
    """The message in the first visible row, and the number of its rows above that row."""

    message_id: str
    rows: float


class FindHighlighter:
    """Highlights the matches of a search in all views of a list, also in those mounted later."""

    def __init__(self, messages: VirtualList) -> None:
        self._list = messages
        self._marks: Marks | None = None

    @property
    def is_active(self) -> bool:
        """True while a search runs."""
        return self._marks is not None

    @property
    def top_index(self) -> int:
        """The index of the first visible message."""
        for view in self._list.views:
            if view.virtual_region.bottom > self._list.scroll_y:
                return self._list.mounted.index_of(view) or 0
        return max(0, len(self._list.messages) - 1)

    @property
    def position(self) -> ScrollPosition | None:
        """The scroll position, to return to; None when the end is followed."""
        if self._list.is_pinned_to_end or self._list.is_following:
            return None
        for view in self._list.views:
            if view.virtual_region.bottom > self._list.scroll_y:
                return ScrollPosition(view.shown.id, self._list.scroll_y - view.virtual_region.y)
        return None

    async def return_to(self, position: ScrollPosition | None) -> None:
        """Scroll to an earlier position."""
        ids = [message.id for message in self._list.messages]
        if position is None or position.message_id not in ids:
            if self._list.mounted.last_view is None and ids:
                await self._list.reveal(len(ids) - 1)
            self._list.follow()
            return
        view = await self._list.reveal(ids.index(position.message_id))
        await self._list.wait_for_layout()
        self._scroll_to(view.virtual_region.y + position.rows)

    def mark(self, marks: Marks | None) -> None:
        """Highlight the matches of a search in all messages; None removes all highlights."""
        self._marks = marks
        for view in self._list.views:
            view.mark(marks)

    def apply(self, view: MessageView) -> None:
        """Highlight the matches in a new view."""
        if self._marks is not None:
            view.mark(self._marks)

    async def show_mark(self, message_id: str, *, is_focused: bool) -> None:
        """Bring the current match into view.

        Args:
            message_id: The message that contains it.
            is_focused: Whether the message gets the focus.
        """
        ids = [message.id for message in self._list.messages]
        if message_id not in ids:
            return
        view = await self._list.reveal(ids.index(message_id))
        if is_focused:
            view.focus(scroll_visible=False)
        await self._list.wait_for_layout()
        row = view.marked_row()
        if row is None:
            return
        y = view.virtual_region.y + row
        page = self._list.scrollable_content_region.height
        if not self._list.scroll_y <= y < self._list.scroll_y + page - 1:
            self._scroll_to(y - page // 3)

    def _scroll_to(self, y: float) -> None:
        self._list.release_anchor()
        # At once: rows may be added above before the next frame.
        self._list.scroll_to(y=y, animate=False, force=True, immediate=True)
