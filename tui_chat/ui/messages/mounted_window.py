"""The mounted part of a path: a few message views between two spacers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.ui.messages.layout_prefetch import LayoutPrefetch
from tui_chat.ui.messages.message_view import EDGE_CELLS
from tui_chat.ui.messages.spacer import Spacer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui_chat.core.conversation import Message
    from tui_chat.ui.markdown.document import Document
    from tui_chat.ui.messages.message_view import MessageView
    from tui_chat.ui.messages.scroll_anchor import AnchoredScroll

    ViewFactory = Callable[[Message, Document | None], MessageView]
    """Makes the view of a message; its Markdown may be laid out already."""

MAX_MOUNTED: Final = 48
CHUNK: Final = 4
"""Messages mounted in one step: few, so that a key never waits long for it."""


class MountedWindow:
    """Mounts and unmounts the views of a path in a scrolling widget.

    It holds no lock: its owner runs one change at a time.

    Attributes:
        messages: All messages of the path, mounted or not.
        views: The mounted messages, oldest first.
        above: Takes the rows of the messages before them.
        below: Takes the rows of the messages after them.
        changes: Number of times that views were mounted or unmounted.
    """

    def __init__(self, scroll: AnchoredScroll, new_view: ViewFactory) -> None:
        self.messages: list[Message] = []
        self.views: list[MessageView] = []
        self.above = Spacer()
        self.below = Spacer()
        self.changes = 0
        self._scroll = scroll
        self._new_view = new_view
        self._prefetch = LayoutPrefetch()
        self._first = 0

    @property
    def last_view(self) -> MessageView | None:
        """The view of the last message; None when it is not mounted."""
        return self.views[-1] if self.views and self.reaches_end else None

    @property
    def reaches_end(self) -> bool:
        """True if the last message of the path is mounted."""
        return self._end == len(self.messages)

    @property
    def _end(self) -> int:
        return self._first + len(self.views)

    def index_of(self, view: MessageView) -> int | None:
        """Return the index of the message that a view shows; None when it is not mounted."""
        return self._first + self.views.index(view) if view in self.views else None

    async def show(self, messages: Sequence[Message]) -> None:
        """Replace the path and mount its end."""
        last = messages[-CHUNK:]
        if not self._prefetch.is_ready(last):
            # The old path must not pass for the new one while that is laid out.
            self.messages = []
            await self._mount_only(0, 0)
            await self._prepare(last)
        self.messages = list(messages)
        await self.mount_end()

    async def mount_end(self) -> None:
        """Mount the last messages instead of the mounted ones."""
        await self._mount_only(max(0, len(self.messages) - CHUNK), len(self.messages))

    async def append(self, messages: Sequence[Message]) -> None:
        """Add messages to the path and mount them."""
        await self._prepare(messages)
        reached_end = self.reaches_end
        self.messages.extend(messages)
        if reached_end:
            views = self._new_views(messages)
            self.views += views
            self.changes += 1
            await self._scroll.mount(*views, before=self.below)
            await self._trim_above()
        else:
            await self.mount_end()

    async def change(self, messages: Sequence[Message]) -> None:
        """Replace the path; views of the messages that both paths begin with stay."""
        kept = 0
        for shown, wanted in zip(self.messages, messages, strict=False):
            if shown is not wanted and shown != wanted:
                break
            kept += 1
        await self._prepare(messages[kept : kept + 2 * CHUNK])
        self.messages = list(messages)
        if kept > self._end:
            self._set_spacers()
        elif kept > self._first:
            async with self._scroll.batch():
                await self._scroll.remove_children(self.views[kept - self._first :])
                views = self._new_views(messages[kept : kept + CHUNK])
                self.views = [*self.views[: kept - self._first], *views]
                await self._scroll.mount(*views, before=self.below)
                self._set_spacers()
        else:
            await self._mount_only(kept, min(len(messages), kept + 2 * CHUNK))

    def update_common(self, path: Sequence[Message]) -> None:
        """Take later states of the messages that a path shares with this one.

        A message whose view cannot show its new state keeps the old one: `change` replaces it.
        """
        for index, message in enumerate(path[: len(self.messages)]):
            shown = self.messages[index]
            if shown.id != message.id:
                break
            if shown is not message and shown != message:
                is_mounted = self._first <= index < self._end
                if not is_mounted or self.views[index - self._first].grow(message):
                    self.messages[index] = message

    async def reveal(self, index: int) -> MessageView:
        """Bring a message into view and return its view.

        A message that is completely visible does not move; any other gets its first line at the
        top.
        """
        if not self._first <= index < self._end:
            count = len(self.messages)
            await self._mount_only(max(0, index - CHUNK), min(count, index + CHUNK + 1))
        view = self.views[index - self._first]
        if not self._is_completely_visible(view):
            self._jump_to(view)
        return view

    async def mount_missing(self) -> bool:
        """Mount one chunk near the visible rows; return False when none is missing."""
        scroll_y, page = self._scroll.scroll_y, self._page
        top = self.above.rows
        bottom = self._scroll.virtual_size.height - self.below.rows
        if self._first and scroll_y + page <= top:
            share = (scroll_y + page / 2) / max(1, top)
            await self.reveal(int(share * self._first))
            return True
        if not self.reaches_end and scroll_y >= bottom:
            share = (scroll_y - bottom) / max(1, self.below.rows)
            await self.reveal(min(len(self.messages) - 1, self._end + int(share * CHUNK)))
            return True
        if self._first and scroll_y - top < page:
            await self._extend_above()
            return True
        if not self.reaches_end and bottom - scroll_y < 2 * page:
            await self._extend_below()
            return True
        return False

    @property
    def _page(self) -> int:
        return self._scroll.scrollable_content_region.height

    async def _prepare(self, messages: Sequence[Message]) -> None:
        """Lay out long messages before they are mounted."""
        width = self._scroll.scrollable_content_region.width - EDGE_CELLS
        await self._prefetch.prepare(messages, width)

    def _new_views(self, messages: Sequence[Message]) -> list[MessageView]:
        # A view of the streaming reply has the text so far. The caller adds it to `views` before
        # it awaits anything, so that no later delta is lost.
        return [self._new_view(message, self._prefetch.take(message)) for message in messages]

    async def _mount_only(self, first: int, end: int) -> None:
        await self._prepare(self.messages[first:end])
        async with self._scroll.batch():
            await self._scroll.remove_children(self.views)
            self._first = first
            self.views = self._new_views(self.messages[first:end])
            await self._scroll.mount(*self.views, before=self.below)
            self._set_spacers()

    async def _extend_above(self) -> None:
        first = max(0, self._first - CHUNK)
        await self._prepare(self.messages[first : self._first])
        views = self._new_views(self.messages[first : self._first])
        surplus = self._surplus_below(len(views))
        async with self._scroll.batch():
            if surplus:
                await self._scroll.remove_children(surplus)
            await self._scroll.mount(*views, after=self.above)
            rows_before = self.above.rows
            self.views = [*views, *self.views[: len(self.views) - len(surplus)]]
            self._first = first
            self._set_spacers()
            added = sum(self._rows_of_new(view) for view in views)
            self._shift(added + self.above.rows - rows_before)

    async def _extend_below(self) -> None:
        messages = self.messages[self._end : self._end + CHUNK]
        await self._prepare(messages)
        async with self._scroll.batch():
            views = self._new_views(messages)
            self.views += views
            await self._scroll.mount(*views, before=self.below)
            self._set_spacers()
            await self._trim_above()

    async def _trim_above(self) -> None:
        """Unmount messages far above the visible rows when too many are mounted."""
        surplus: list[MessageView] = []
        for view in self.views[: max(0, len(self.views) - MAX_MOUNTED)]:
            if view.virtual_region.bottom > self._scroll.scroll_y - 2 * self._page:
                break
            surplus.append(view)
        if not surplus:
            return
        async with self._scroll.batch():
            rows = sum(view.outer_size.height for view in surplus)
            rows_before = self.above.rows
            await self._scroll.remove_children(surplus)
            self.views = self.views[len(surplus) :]
            self._first += len(surplus)
            self._set_spacers()
            self._shift(self.above.rows - rows_before - rows)

    def _surplus_below(self, coming: int) -> list[MessageView]:
        """Return the messages far below the visible rows to unmount before others are mounted."""
        surplus: list[MessageView] = []
        for view in reversed(self.views):
            if len(self.views) + coming - len(surplus) <= MAX_MOUNTED:
                break
            if view.virtual_region.y < self._scroll.scroll_y + 3 * self._page:
                break
            surplus.append(view)
        return surplus

    def _set_spacers(self) -> None:
        self.changes += 1
        self.above.replace(self._first)
        self.below.replace(len(self.messages) - self._end)
        self._scroll.enable_anchor(is_enabled=self.reaches_end)

    def _shift(self, rows: int) -> None:
        """Scroll by rows that were added or removed above, in the same layout: nothing jumps."""
        if rows and not self._scroll.is_pinned_to_end:
            self._scroll.move_to(self._scroll.scroll_y + rows)

    def _jump_to(self, view: MessageView) -> None:
        """Scroll the first line of a view to the top, in the next layout."""
        self._scroll.release_anchor()
        y = self.above.rows
        for other in self.views:
            if other is view:
                break
            y += other.outer_size.height or self._rows_of_new(other)
        self._scroll.move_to(y)
        self._scroll.top_line.record_jump(view)
        self._scroll.refresh(layout=True)

    def _is_completely_visible(self, view: MessageView) -> bool:
        top, region = self._scroll.scroll_y, view.virtual_region
        return bool(region.height) and top <= region.y and region.bottom <= top + self._page

    def _rows_of_new(self, view: MessageView) -> int:
        """Return the height of a view that is mounted but was not in a layout yet."""
        scroll = self._scroll
        region = scroll.scrollable_content_region
        width = region.width - view.gutter.width
        return view.get_content_height(region.size, scroll.app.size, width) + view.gutter.height
