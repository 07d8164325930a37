"""A window of mounted messages on a conversation of any length.

A widget costs memory and layout time (1,000 mounted answers: seconds to open and to resize), so
only the messages around what is seen are mounted, between two small spacers that stand for the
rest. The spacers never have their true height: a layout pass costs time in proportion to the rows
of a child, also of an empty one (measured, Textual 8.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.message import Message as TextualMessage

from tui_chat.core.stream_events import ReasoningDelta, TextDelta
from tui_chat.ui.messages.kept_place import PlaceKeeper
from tui_chat.ui.messages.layout_prefetch import LayoutPrefetch
from tui_chat.ui.messages.message_view import EDGE_CELLS, MessageView
from tui_chat.ui.messages.spacer import Spacer
from tui_chat.ui.theme import SCROLL_BAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from tui_chat.core.conversation import Message
    from tui_chat.core.stream_events import StreamEvent

MAX_MOUNTED: Final = 48
CHUNK: Final = 4
"""How many messages are mounted in one step: few, so that a key never waits long for it."""


class VirtualList(PlaceKeeper, can_focus=False):
    """Scrolls through messages, mounting what comes into view and letting go of the rest.

    It follows its end until the person scrolls away, and again when they come back.
    """

    DEFAULT_CSS = (
        f"VirtualList {{{SCROLL_BAR}}}"
        + """
    VirtualList {
        height: 1fr;
        align-vertical: bottom;
        scrollbar-gutter: stable;
        scrollbar-color-active: $accent;
        padding: 1 0 0 1;
        & > MessageView { width: 100%; }
    }
    """
    )

    @dataclass
    class EndMoved(TextualMessage):
        """What lies below the part that is seen has changed."""

        is_followed: bool
        """Whether the end is seen and followed."""
        new_messages: int
        """How many messages came or grew below since the person scrolled away."""

    def __init__(self) -> None:
        super().__init__()
        self._messages: list[Message] = []
        self._views: list[MessageView] = []
        self._first = 0
        self._ahead = LayoutPrefetch()
        self._above = Spacer()
        self._below = Spacer()
        self._live: list[StreamEvent] = []
        self._is_filling = False
        self._new_below: set[str] = set()
        self._told = (True, 0)

    def compose(self) -> ComposeResult:
        """Build the spacers; messages are mounted between them."""
        yield self._above
        yield self._below

    # What is shown

    @property
    def messages(self) -> Sequence[Message]:
        """All messages of the path, mounted or not."""
        return self._messages

    @property
    def views(self) -> Sequence[MessageView]:
        """The mounted messages, oldest first."""
        return self._views

    @property
    def last_view(self) -> MessageView | None:
        """The view of the last message, if it is mounted."""
        return self._views[-1] if self._views and self._reaches_end else None

    @property
    def is_following(self) -> bool:
        """Whether the end is seen, so that new text scrolls into view."""
        return self._reaches_end and self.is_vertical_scroll_end

    def index_of(self, view: MessageView) -> int | None:
        """Return which message a view shows, None when it is not mounted any more."""
        return self._first + self._views.index(view) if view in self._views else None

    async def show(self, messages: Sequence[Message]) -> None:
        """Show a path in place of what is shown, at its end."""
        last = messages[-CHUNK:]
        if not self._ahead.is_ready(last):
            # What is seen until then must not be taken for the new path.
            self._messages = []
            await self._mount_only(0, 0)
            await self._prepare(last)
        self._messages = list(messages)
        self._live = []
        self._new_below.clear()
        await self._show_end()

    async def add(self, *messages: Message) -> None:
        """Add messages at the end, and follow it."""
        await self._prepare(messages)
        self._live = []
        reached_end = self._reaches_end
        self._messages.extend(messages)
        if reached_end:
            views = [self._view(message) for message in messages]
            self._views += views
            await self.mount(*views, before=self._below)
            await self._trim_above()
            self.follow()
        else:
            await self._show_end()

    async def change(self, messages: Sequence[Message]) -> None:
        """Show another path; what both paths begin with stays where it is."""
        kept = 0
        for shown, wanted in zip(self._messages, messages, strict=False):
            if shown is not wanted and shown != wanted:
                break
            kept += 1
        await self._prepare(messages[kept : kept + 2 * CHUNK])
        self._messages = list(messages)
        self._live = []
        if kept > self._last:
            self._set_spacers()
        elif kept > self._first:
            async with self.batch():
                await self.remove_children(self._views[kept - self._first :])
                views = [self._view(message) for message in messages[kept : kept + CHUNK]]
                self._views = [*self._views[: kept - self._first], *views]
                await self.mount(*views, before=self._below)
                self._set_spacers()
        else:
            await self._mount_only(kept, min(len(messages), kept + 2 * CHUNK))
        self._fill()

    async def cut_after(self, message_id: str | None) -> None:
        """Take away what follows a message (None: all), because something else will."""
        ids = [message.id for message in self._messages]
        if message_id is None or message_id in ids:
            await self.change(self._messages[: ids.index(message_id) + 1 if message_id else 0])

    def feed(self, event: StreamEvent) -> None:
        """Append what has come to the last message."""
        if isinstance(event, TextDelta | ReasoningDelta):
            self._live.append(event)
            self._kept.is_at_end_by_resize = False
            if (view := self.last_view) is not None:
                view.feed(event)
            self._note_below()

    def finish(self, message: Message) -> None:
        """Show how the last message ended."""
        self._messages[-1] = message
        self._live = []
        if (view := self.last_view) is not None:
            view.finish(message)

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._kept.is_at_end_by_resize = False
        if self._reaches_end:
            self.anchor()
            self._fill()
        else:
            self.run_worker(self._show_end(), group="follow", description="to the end")

    async def reveal(self, index: int) -> MessageView:
        """Bring a message into view and return its view.

        One that is seen whole stays where it is; another comes with its first line at the top.
        """
        if not self._first <= index < self._last:
            count = len(self._messages)
            await self._mount_only(max(0, index - CHUNK), min(count, index + CHUNK + 1))
        view = self._views[index - self._first]
        if not self._is_seen_whole(view):
            self._jump_to(view)
            self._fill()
        return view

    # Scrolling

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Mount what comes near, and tell whether the end is still followed."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._kept.note(self._views, new_value)
            self._fill()
            self._note_below()

    def on_resize(self) -> None:
        """Keep the line that is at the top, whatever the new width makes of the others."""
        self._fill()
        self._return_to_place()
        # A layout that follows the end scrolls without a word.
        self._note_below()
        self.call_after_refresh(self._note_below)

    def _note_below(self) -> None:
        if self.is_following:
            self._new_below.clear()
        elif self._live:
            self._new_below.add(self._messages[-1].id)
        told = (self.is_following, len(self._new_below))
        if told != self._told:
            self._told = told
            self.post_message(self.EndMoved(*told))

    # The window

    @property
    def _last(self) -> int:
        return self._first + len(self._views)

    @property
    def _reaches_end(self) -> bool:
        return self._last == len(self._messages)

    def _made(self, message: Message) -> MessageView:
        """Return a new view of a message; with what else is shown of it, in the whole list."""
        return MessageView(message, document=self._ahead.take(message))

    def _view(self, message: Message) -> MessageView:
        view = self._made(message)
        if self._live and message.id == self._messages[-1].id:
            for event in self._live:
                view.feed(event)
        return view

    def _fill(self) -> None:
        """Begin to mount what is near and missing, unless that is going on already."""
        if not self._is_filling and self.is_attached:
            self._is_filling = True
            self.run_worker(self._fill_all(), group="fill", description="mount messages")

    async def _fill_all(self) -> None:
        try:
            await self._laid_out()
            while self.is_attached and await self._fill_some():
                await self._laid_out()
        finally:
            self._is_filling = False

    async def _fill_some(self) -> bool:
        """Mount one chunk where it is missing; say whether anything was done."""
        page = self.scrollable_content_region.height
        top = self._above.rows
        bottom = self.virtual_size.height - self._below.rows
        if self._first and self.scroll_y + page <= top:
            share = (self.scroll_y + page / 2) / max(1, top)
            await self.reveal(int(share * self._first))
            return True
        if not self._reaches_end and self.scroll_y >= bottom:
            share = (self.scroll_y - bottom) / max(1, self._below.rows)
            await self.reveal(min(len(self._messages) - 1, self._last + int(share * CHUNK)))
            return True
        if self._first and self.scroll_y - top < page:
            await self._extend_above()
            return True
        if not self._reaches_end and bottom - self.scroll_y < 2 * page:
            await self._extend_below()
            return True
        return False

    async def _show_end(self) -> None:
        await self._mount_only(max(0, len(self._messages) - CHUNK), len(self._messages))
        self.follow()

    async def _prepare(self, messages: Sequence[Message]) -> None:
        """Have long messages laid out before they are mounted."""
        width = self.scrollable_content_region.width - EDGE_CELLS
        await self._ahead.prepare(messages, width)

    async def _mount_only(self, first: int, last: int) -> None:
        await self._prepare(self._messages[first:last])
        async with self.batch():
            await self.remove_children(self._views)
            self._first = first
            self._views = [self._view(message) for message in self._messages[first:last]]
            await self.mount(*self._views, before=self._below)
            self._set_spacers()

    async def _extend_above(self) -> None:
        first = max(0, self._first - CHUNK)
        await self._prepare(self._messages[first : self._first])
        views = [self._view(message) for message in self._messages[first : self._first]]
        surplus = self._surplus_below(len(views))
        async with self.batch():
            if surplus:
                await self.remove_children(surplus)
            await self.mount(*views, after=self._above)
            rows_before = self._above.rows
            self._views = [*views, *self._views[: len(self._views) - len(surplus)]]
            self._first = first
            self._set_spacers()
            grown = sum(self._rows_of_new(view) for view in views)
            self._shift(grown + self._above.rows - rows_before)

    async def _extend_below(self) -> None:
        await self._prepare(self._messages[self._last : self._last + CHUNK])
        views = [self._view(m) for m in self._messages[self._last : self._last + CHUNK]]
        async with self.batch():
            await self.mount(*views, before=self._below)
            self._views += views
            self._set_spacers()
            await self._trim_above()

    async def _trim_above(self) -> None:
        """Let go of messages far above when there are too many."""
        page = self.scrollable_content_region.height
        surplus: list[MessageView] = []
        for view in self._views[: max(0, len(self._views) - MAX_MOUNTED)]:
            if view.virtual_region.bottom > self.scroll_y - 2 * page:
                break
            surplus.append(view)
        if not surplus:
            return
        async with self.batch():
            rows = sum(view.outer_size.height for view in surplus)
            rows_before = self._above.rows
            await self.remove_children(surplus)
            self._views = self._views[len(surplus) :]
            self._first += len(surplus)
            self._set_spacers()
            self._shift(self._above.rows - rows_before - rows)

    def _surplus_below(self, coming: int) -> list[MessageView]:
        """Return the messages far below that are too many once others have come above."""
        page = self.scrollable_content_region.height
        surplus: list[MessageView] = []
        for view in reversed(self._views):
            if len(self._views) + coming - len(surplus) <= MAX_MOUNTED:
                break
            if view.virtual_region.y < self.scroll_y + 3 * page:
                break
            surplus.append(view)
        return surplus

    def _set_spacers(self) -> None:
        self._above.stand_for(self._first)
        self._below.stand_for(len(self._messages) - self._last)
        # Only the true end is stuck to; the end of the window is not an end.
        if not self._reaches_end:
            self._anchored = False
        elif not self._anchored:
            self._anchored = True
            self._anchor_released = True

    def _shift(self, rows: int) -> None:
        """Move by rows that came or went above, in the same layout, so that nothing jumps."""
        if rows and not self._follows_by_itself:
            self._place(self.scroll_y + rows)

    def _jump_to(self, view: MessageView) -> None:
        self.release_anchor()
        y = self._above.rows
        for other in self._views:
            if other is view:
                break
            y += other.outer_size.height or self._rows_of_new(other)
        self._place(y)
        self.refresh(layout=True)
