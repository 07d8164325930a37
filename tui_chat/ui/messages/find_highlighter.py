"""Messages in which what is looked for is marked, and the way to a match and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui_chat.ui.messages.path_sync import PathSync

if TYPE_CHECKING:
    from tui_chat.core.conversation import Message
    from tui_chat.core.find_in_conversation import Marks
    from tui_chat.ui.messages.message_view import MessageView


class Place(NamedTuple):
    """What is seen: a message, and how many of its rows are above the top."""

    message_id: str
    rows: float


class FindHighlighter(PathSync):
    """A window of messages that marks matches in those it mounts."""

    def __init__(self) -> None:
        super().__init__()
        self._marks: Marks | None = None

    @property
    def is_marked(self) -> bool:
        """Whether something is looked for."""
        return self._marks is not None

    @property
    def top_index(self) -> int:
        """Which message is the first one that is seen."""
        for view in self.views:
            if view.virtual_region.bottom > self.scroll_y:
                return self.index_of(view) or 0
        return max(0, len(self.messages) - 1)

    @property
    def place(self) -> Place | None:
        """What is seen, to return to it; None for the end that is followed."""
        index = self.top_index
        if self._follows_by_itself or self.is_following or index >= len(self.messages):
            return None
        view = self.views[index - self._first]
        return Place(view.shown.id, self.scroll_y - view.virtual_region.y)

    async def return_to(self, place: Place | None) -> None:
        """Show what was seen before."""
        ids = [message.id for message in self.messages]
        if place is None or place.message_id not in ids:
            if self.last_view is None and ids:
                await self.reveal(len(ids) - 1)
            self.follow()
            return
        view = await self.reveal(ids.index(place.message_id))
        await self._laid_out()
        self.release_anchor()
        y = view.virtual_region.y + place.rows
        self.scroll_to(y=y, animate=False, force=True, immediate=True)

    def mark(self, marks: Marks | None) -> None:
        """Mark what is looked for in all messages that are seen, now and later; None: nothing."""
        self._marks = marks
        for view in self.views:
            view.mark(marks)

    async def show_mark(self, message_id: str, *, is_focused: bool) -> None:
        """Bring the current match into view.

        Args:
            message_id: Where it is.
            is_focused: Whether the message gets the focus.
        """
        ids = [message.id for message in self.messages]
        if message_id not in ids:
            return
        view = await self.reveal(ids.index(message_id))
        if is_focused:
            view.focus(scroll_visible=False)
        await self._laid_out()
        row = view.marked_row()
        if row is None:
            return
        y = view.virtual_region.y + row
        page = self.scrollable_content_region.height
        if not self.scroll_y <= y < self.scroll_y + page - 1:
            self.release_anchor()
            # At once: rows may come above it before the next frame.
            self.scroll_to(y=y - page // 3, animate=False, force=True, immediate=True)

    def _view(self, message: Message) -> MessageView:
        view = super()._view(message)
        if self._marks is not None:
            view.mark(self._marks)
        return view
