"""Search in the open conversation: counts, highlights and visits the matches."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import StorageError
from tui_chat.core.find_in_conversation import MAX_HITS, Finder, Hit, Marks
from tui_chat.core.labels import _
from tui_chat.ui.find.find_bar import FindBar
from tui_chat.ui.terminal.input.key_queue import KeyWork

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.dom import DOMNode

    from tui_chat.session.session import ChatSession
    from tui_chat.ui.common.chat_host import ChatHost
    from tui_chat.ui.messages.find_highlighter import ScrollPosition
    from tui_chat.ui.messages.message_list import MessageList

_SLICE_S: Final = 0.004
"""Duration of a slice of the search; between slices the loop handles keys and frames."""


class FindController:
    """The search in the open conversation, from Ctrl+F to Esc.

    Matches are numbered in the order of the tree, so that their numbers stay the same when another
    version is shown.
    """

    def __init__(self, host: ChatHost, messages: MessageList) -> None:
        self._host = host
        self._messages = messages
        self._bar = FindBar()
        self._finder = Finder(())
        self._session: ChatSession | None = None
        self._current: int | None = None
        self._origin: tuple[str | None, ScrollPosition | None, str | None] = (None, None, None)
        self._is_complete = asyncio.Event()
        self._showing = asyncio.Lock()
        self._actions: Final[dict[str, Callable[[], Coroutine[None, None, None]]]] = {
            "next": lambda: self._step(1),
            "previous": lambda: self._step(-1),
            "accept": self._accept,
            "close": self._go_back,
        }

    @property
    def is_active(self) -> bool:
        """True if a search is open, so that matches are highlighted."""
        return self._session is not None

    @property
    def has_focus(self) -> bool:
        """True if the search field has the focus."""
        # Not the widget's `has_focus`: it is updated later.
        return self._bar.is_attached and self._bar.screen.focused is self._bar.input

    @property
    def key_nodes(self) -> list[DOMNode]:
        """The widgets with the keys of the search, for the key help."""
        return [self._bar.input]

    async def open(self, text: str = "") -> bool:
        """Open the search; return whether there is a conversation to search.

        Args:
            text: The query; the last one if it is empty.
        """
        session = self._host.session
        if session is None:
            self._host.app.bell()
            return False
        if not self._bar.is_attached:
            column = self._messages.screen.query_one("#column")
            await column.mount(self._bar, before="#prompt-box")
        if self._session is not session:
            view = self._messages.focused_view
            place = self._messages.highlighter.position
            self._origin = (
                session.conversation.leaf_id,
                place,
                view.shown.id if view is not None else None,
            )
            self._begin(session)
        self._bar.display = True
        self._bar.input.focus()
        if text:
            self._bar.input.value = text
        # The last query is kept and selected, so that typing replaces it.
        self._bar.input.action_select_all()
        if self._bar.input.value:
            self.do("search")
        return True

    def do(self, action: str) -> None:
        """Run an action of `FindBar.Wanted`."""
        if self._session is None:
            return
        if self._session is not self._host.session:
            self.drop()
        elif action == "search":
            self._is_complete.clear()
            # The worker creates the coroutine: a search that is replaced at once never begins.
            self._host.run_worker(self._search, group="find", description="find", exclusive=True)
        else:
            is_step = action in ("next", "previous")
            self._host.run_worker(
                partial(self._reporting, self._actions[action]),
                group="find-step" if is_step else KeyWork.FIND_END,
                description="go to a match",
            )

    def leave(self) -> bool:
        """Close the search and stay at the match; return whether a search was open."""
        if not self.is_active:
            return False
        self.drop()
        self._host.focus_prompt()
        return True

    def drop(self) -> None:
        """Close the bar and remove the highlights."""
        self._session = None
        self._finder = Finder(())
        self._messages.highlighter.mark(None)
        if self.has_focus:
            # Otherwise Textual focuses another widget and scrolls to it.
            self._host.focus_prompt()
        self._bar.display = False
        self._host.show_keys()

    def note_change(self) -> None:
        """Search again after the conversation or its messages have changed."""
        session = self._session
        if session is None:
            return
        if session is not self._host.session:
            self.drop()
        elif not self._host.is_busy:
            hit = self._hit
            self._begin(session)
            self._finder.search(self._bar.input.value)
            self._host.run_worker(
                partial(self._count_again, hit),
                group="find",
                description="find",
                exclusive=True,
            )

    # Searching

    @property
    def _hit(self) -> Hit | None:
        return self._finder.hits[self._current] if self._current is not None else None

    def _begin(self, session: ChatSession) -> None:
        self._session = session
        self._finder = Finder(session.tree.in_order())
        self._current = None

    async def _search(self) -> None:
        self._finder.search(self._bar.input.value)
        self._current = None
        await self._work()
        self._current = self._nearest()
        await self._reporting(self._show)

    async def _count_again(self, hit: Hit | None) -> None:
        await self._work()
        if hit in self._finder.hits:
            self._current = self._finder.hits.index(hit)
        self._mark()

    async def _work(self) -> None:
        while True:
            if self._finder.work(_SLICE_S):
                break
            await asyncio.sleep(0)
        self._is_complete.set()

    def _nearest(self) -> int | None:
        """Return the first match at or below the top of the view, else the last one above it."""
        places = {
            message.id: index for index, message in enumerate(self._messages.virtual_list.messages)
        }
        top = self._messages.highlighter.top_index
        above = None
        for number, hit in enumerate(self._finder.hits):
            place = places.get(hit.message_id)
            if place is not None and place >= top:
                return number
            if place is not None:
                above = number
        return above if above is not None else (0 if self._finder.hits else None)

    # Going to a match

    async def _step(self, step: int) -> None:
        await self._is_complete.wait()
        hits = self._finder.hits
        if not hits:
            self._host.app.bell()
            return
        current = self._current if self._current is not None else -1
        wanted = (current + step) % len(hits)
        if not self._may_show(hits[wanted]):
            self._host.show_notice(
                _("The match is in another version. Stop the answer first (Esc).")
            )
            return
        self._current = wanted
        await self._show(is_focused=not self.has_focus, may_flip=True)

    async def _accept(self) -> None:
        await self._is_complete.wait()
        hit = self._hit
        if hit is None:
            self._host.app.bell()
        elif self._may_show(hit):
            await self._show(is_focused=True, may_flip=True)

    async def _show(self, *, is_focused: bool = False, may_flip: bool = False) -> None:
        """Highlight all matches and scroll to the current one.

        Args:
            is_focused: Focus the message of the match.
            may_flip: Show another version if the match is in one; not while the user types.
        """
        hit = self._hit
        # Serialized, and only for the latest match: keys may be faster than mounting messages.
        async with self._showing:
            session = self._session
            if hit is None or session is None:
                self._mark()
            elif hit == self._hit:
                await self._show_match(session, hit, is_focused=is_focused, may_flip=may_flip)
                self._host.show_keys()

    async def _show_match(
        self, session: ChatSession, hit: Hit, *, is_focused: bool, may_flip: bool
    ) -> None:
        try:
            if not self._is_shown(hit) and may_flip:
                try:
                    await session.branches.show(hit.message_id)
                finally:
                    await self._messages.virtual_list.change(session.path)
        finally:
            self._mark()
            await self._messages.highlighter.show_mark(hit.message_id, is_focused=is_focused)

    def _is_shown(self, hit: Hit) -> bool:
        return any(message.id == hit.message_id for message in self._messages.virtual_list.messages)

    def _may_show(self, hit: Hit) -> bool:
        return self._is_shown(hit) or not self._host.is_busy

    def _mark(self) -> None:
        pattern = self._finder.pattern
        self._messages.highlighter.mark(Marks(pattern, self._hit) if pattern is not None else None)
        self._show_count()

    def _show_count(self) -> None:
        hits = self._finder.hits
        count = f"{len(hits):,}{'+' if len(hits) >= MAX_HITS else ''}"
        if self._finder.pattern is None:
            text = ""
        elif not hits:
            text = _("no match")
        else:
            text = f"{(self._current or 0) + 1:,}/{count}"
            shown = {message.id for message in self._messages.virtual_list.messages}
            elsewhere = sum(hit.message_id not in shown for hit in hits)
            hit = self._hit
            if hit is not None and hit.message_id not in shown:
                text = _("{number} · in another version").format(number=text)
            elif elsewhere:
                text = _("{number} · {count:,} in other versions").format(
                    number=text, count=elsewhere
                )
        self._bar.show_count(text)

    async def _go_back(self) -> None:
        """Close the search and restore the view from before it."""
        session = self._session
        leaf_id, place, focused = self._origin
        self.drop()
        if session is None:
            return
        async with self._showing:
            if session.conversation.leaf_id != leaf_id and not self._host.is_busy:
                session.show_leaf(leaf_id)
                await self._messages.virtual_list.change(session.path)
                await session.store.save_conversation(session.conversation)
            await self._messages.highlighter.return_to(place)
        if focused is None or not await self._messages.show_message(focused):
            self._host.focus_prompt()

    async def _reporting(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        try:
            await work()
        except StorageError as error:
            self._host.report_unsaved(error)
