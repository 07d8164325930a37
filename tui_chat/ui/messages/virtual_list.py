"""Scrolls through a conversation of any length with few mounted widgets.

A widget costs memory and layout time (1,000 mounted answers take seconds to open and to resize), so
only the messages around the visible rows are mounted, between two small spacers. The spacers do not
have the height of the messages they replace: a layout pass costs time in proportion to the rows of
a child, even of an empty one (measured, Textual 8.2).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.binding import Binding
from textual.message import Message as TextualMessage

from tui_chat.core.stream_events import ReasoningDelta, TextDelta, TextWasReasoning
from tui_chat.core.tools.events import CallChanged, CallProgress
from tui_chat.ui.messages.mounted_window import MountedWindow
from tui_chat.ui.messages.scroll_anchor import AnchoredScroll
from tui_chat.ui.theme import SCROLL_BAR

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import ClassVar

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui_chat.core.conversation import Message
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.ui.messages.message_view import MessageView
    from tui_chat.ui.messages.mounted_window import ViewFactory

_SHOWN: Final = (TextDelta, ReasoningDelta, TextWasReasoning, CallChanged, CallProgress)
"""Events that change a message."""


class VirtualList(AnchoredScroll, can_focus=False, inherit_bindings=False):
    """Scrolls through messages; mounts those that come into view and unmounts distant ones.

    It follows its end until the user scrolls away, and again when they come back. Changes of the
    path run one at a time: the user may ask a question while the changes of another process are
    being mounted.

    Attributes:
        mounted: The mounted part of the path.
        path_lock: Held while a change of the path is being mounted.
        is_filling: Whether a worker mounts messages near the visible rows.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "page_up", show=False),
        Binding("pagedown", "page_down", show=False),
    ]

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
        """The messages below the visible rows have changed."""

        is_followed: bool
        """True if the end is visible and followed."""
        new_messages: int
        """Number of messages that came or grew below since the user scrolled away."""

    def __init__(self, new_view: ViewFactory) -> None:
        super().__init__()
        self.mounted = MountedWindow(self, new_view)
        self.is_filling = False
        self.path_lock = asyncio.Lock()
        self._new_below: set[str] = set()
        self._reported = (True, 0)

    def compose(self) -> ComposeResult:
        """Build the spacers; messages are mounted between them."""
        yield self.mounted.above
        yield self.mounted.below

    @property
    def messages(self) -> Sequence[Message]:
        """All messages of the path, mounted or not."""
        return self.mounted.messages

    @property
    def views(self) -> Sequence[MessageView]:
        """The mounted messages, oldest first."""
        return self.mounted.views

    @property
    def is_following(self) -> bool:
        """True if the end is visible, so that new text scrolls into view."""
        # A list that is pinned to its end is there after the next layout, which reports no scroll.
        return self.mounted.reaches_end and (self.is_pinned_to_end or self.is_vertical_scroll_end)

    # The path

    async def show(self, messages: Sequence[Message]) -> None:
        """Replace the path and show its end."""
        async with self.path_lock:
            await self.mounted.show(messages)
            self._new_below.clear()
            self.follow()

    async def change(self, messages: Sequence[Message]) -> None:
        """Replace the path; messages that both paths begin with stay in place."""
        async with self.path_lock:
            await self.mounted.change(messages)
            self._fill()

    async def add(self, messages: Sequence[Message], after: str | None) -> None:
        """Add messages and follow the end.

        Args:
            messages: Continue the path.
            after: The id of the message before them. Messages that follow it leave the path;
                None removes all, an unknown id none.
        """
        async with self.path_lock:
            path = self.mounted.messages
            ids = [message.id for message in path]
            if after is None or after in ids:
                count = ids.index(after) + 1 if after is not None else 0
                if count < len(path):
                    await self.mounted.change(path[:count])
            await self.mounted.append(messages)
            self.follow()

    async def merge_external_changes(self, path: Sequence[Message]) -> None:
        """Show the path as other processes changed it; the visible rows stay in place."""
        async with self.path_lock:
            is_followed = self.is_following
            self.mounted.update_common(path)
            if list(path) != self.messages:
                count = len(self.messages)
                await self.mounted.change(path)
                self._fill()
                if not is_followed:
                    self._new_below.update(message.id for message in path[count:])
            if is_followed:
                self.follow()
            self._report_end()

    def feed(self, event: StreamEvent) -> None:
        """Append a delta to the last message."""
        if isinstance(event, _SHOWN):
            self.top_line.is_at_end_by_resize = False
            if (view := self.mounted.last_view) is not None:
                view.feed(event)
            if not self.is_following:
                self._new_below.add(self.messages[-1].id)
            self._report_end()

    def finish(self, message: Message) -> None:
        """Show the final state of the last message."""
        self.mounted.messages[-1] = message
        if (view := self.mounted.last_view) is not None:
            view.finish(message)

    # Scrolling

    def follow(self) -> None:
        """Scroll to the end and stay there."""
        self.top_line.is_at_end_by_resize = False
        if self.mounted.reaches_end:
            self.anchor()
            self._fill()
        else:
            self.run_worker(self._show_end(), group="follow", description="scroll to the end")

    async def _show_end(self) -> None:
        async with self.path_lock:
            await self.mounted.mount_end()
            self.follow()

    async def reveal(self, index: int) -> MessageView:
        """Bring a message into view and return its view.

        A message that is completely visible does not move; any other gets its first line at the
        top.
        """
        async with self.path_lock:
            # The path may have become shorter before the lock was free.
            view = await self.mounted.reveal(min(index, len(self.messages) - 1))
            self._fill()
            return view

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Mount messages near the visible rows, and report whether the end is followed."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.top_line.record(self.views, new_value)
            self._fill()
            self._report_end()

    def on_resize(self) -> None:
        """Keep the line at the top in place, although the heights above it change."""
        self._fill()
        self.restore_line()
        # A layout that follows the end scrolls without a change of the reactive.
        self._report_end()
        self.call_after_refresh(self._report_end)

    def _report_end(self) -> None:
        if self.is_following:
            self._new_below.clear()
        state = (self.is_following, len(self._new_below))
        if state != self._reported:
            self._reported = state
            self.post_message(self.EndMoved(*state))

    def _fill(self) -> None:
        """Start mounting missing messages near the visible rows, unless a worker does already."""
        if not self.is_filling and self.is_attached:
            self.is_filling = True
            self.run_worker(self._fill_all(), group="fill", description="mount messages")

    async def _fill_all(self) -> None:
        try:
            while self.is_attached:
                changes = self.mounted.changes
                await self.wait_for_layout()
                async with self.path_lock:
                    # Not by an older layout, if another path was mounted before the lock was free.
                    is_laid_out = changes == self.mounted.changes
                    if is_laid_out and not await self.mounted.mount_missing():
                        break
            # A jump sets the scroll position without a change of the reactive.
            self._report_end()
        finally:
            self.is_filling = False
