"""A path of messages that other windows change too, one change at a time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tui_chat.ui.messages.virtual_list import VirtualList

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from tui_chat.core.conversation import Message
    from tui_chat.ui.messages.message_view import MessageView


class PathSync(VirtualList, can_focus=False):
    """Shows a path that changes here and elsewhere.

    A question may be asked here while what another window added is being mounted.
    """

    def __init__(self) -> None:
        super().__init__()
        self._order = asyncio.Lock()
        self._changing: asyncio.Task[object] | None = None
        self.place_of: Callable[[Message], tuple[int, int]] = lambda _: (1, 1)
        """Says which version a message is, and how many there are."""
        self.is_answered_elsewhere: Callable[[Message], bool] = lambda _: False
        """Says whether another program is writing a reply."""
        self.is_unsaved: Callable[[Message], bool] = lambda _: False
        """Says whether a message is not saved yet."""
        self.note_of: Callable[[Message], str] = lambda _: ""
        """Says what stands in a line above a message."""

    @property
    def is_changing(self) -> bool:
        """Whether another path is just being mounted."""
        return self._order.locked()

    @asynccontextmanager
    async def _in_order(self) -> AsyncIterator[None]:
        """Let one change after another take messages off the screen and put others there."""
        task = asyncio.current_task()
        if self._changing is task:
            yield
            return
        async with self._order:
            self._changing = task
            try:
                yield
            finally:
                self._changing = None

    async def reveal(self, index: int) -> MessageView:
        """Bring a message into view and return its view: see VirtualList."""
        async with self._in_order():
            # The path may have become shorter while this waited.
            return await super().reveal(min(index, len(self._messages) - 1))

    async def _fill_some(self) -> bool:
        async with self._in_order():
            return await super()._fill_some()

    async def _show_end(self) -> None:
        async with self._in_order():
            await super()._show_end()

    async def show(self, messages: Sequence[Message]) -> None:
        """Show a path in place of what is shown, at its end."""
        async with self._in_order():
            await super().show(messages)

    async def add(self, *messages: Message) -> None:
        """Add messages at the end, and follow it."""
        async with self._in_order():
            await super().add(*messages)

    async def change(self, messages: Sequence[Message]) -> None:
        """Show another path; what both paths begin with stays where it is."""
        async with self._in_order():
            await super().change(messages)

    async def merge_external_changes(self, path: Sequence[Message]) -> None:
        """Show what other programs did to the path; what is seen stays where it is."""
        follows = self.is_following
        for index, message in enumerate(path[: len(self._messages)]):
            shown = self._messages[index]
            if shown.id != message.id:
                break
            if shown is not message and shown != message:
                is_mounted = self._first <= index < self._last
                view = self._views[index - self._first] if is_mounted else None
                if view is None or view.grow(message):
                    self._messages[index] = message
        if list(path) != self._messages:
            count = len(self._messages)
            await self.change(path)
            if not follows:
                self._new_below.update(message.id for message in path[count:])
        for view in self._views:
            view.show_place(self.place_of(view.shown))
        if follows:
            self.follow()
        self._note_below()

    def scroll_pages(self, pages: int) -> None:
        """Scroll by a page, up (-1) or down (1)."""
        if pages < 0:
            self.scroll_page_up(animate=False)
        else:
            self.scroll_page_down(animate=False)
