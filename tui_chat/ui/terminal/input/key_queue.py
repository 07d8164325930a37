"""Delivers a key only after the previous one took effect, if that one may move the focus.

Keys typed while the program was busy arrive in one read, and a key that opens something or moves
the focus acts through several queues and a worker. Later keys would go to the previously focused
widget: `↑ d` would insert a d into the prompt, and letters of an edited question would run commands
on a message.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from textual import events
from textual.widgets import Input, TextArea

from tui_chat.ui.terminal.textual_internals import has_screens

if TYPE_CHECKING:
    from textual.app import App
    from textual.message_pump import MessagePump
    from textual.screen import Screen
    from textual.widget import Widget
    from textual.worker import Worker

InOrder = events.Key | events.Paste | events.AppFocus | events.AppBlur
"""Events that take effect in the order in which the terminal sends them.

A terminal that loses the focus takes it from the prompt too: an Enter before that would be lost.
"""

PATIENCE_S: Final = 2.0
"""Seconds that a key may hold up later ones: a hanging disk must not disable the keyboard."""


_MOST_HELD: Final = 300
"""Queue length from which on the quit key overtakes: a minute of fast typing."""

_LAST_KEYS_S: Final = 0.5
"""Seconds that shutdown waits for the last keys."""

_LOOK_S: Final = 0.02
"""Polling interval in seconds for a screen that takes the keys from here on."""


class KeyWork(StrEnum):
    """Worker groups that execute a key and may move the focus when they end.

    A worker started with one of these groups holds up the next keys. Find steps are excluded: only
    the latest one matters, so intermediate results may be skipped.
    """

    GO = "go"
    """Go to a message."""
    MESSAGE = "message"
    """Act on a message."""
    OPEN = "open"
    """Open something over the chat or another conversation."""
    FIND_END = "find-end"
    """End a search."""
    CHOOSE = "choose"
    """Choose from a list."""
    CHANGE = "change"
    """Change a listed conversation."""


class KeyQueue:
    """Holds keys, pastes and focus reports back while an earlier key is still taking effect."""

    def __init__(self, app: App[None]) -> None:
        """Bind to the app.

        Args:
            app: The owner of the keys; it asks `holds` before and calls `note` after each.
        """
        self._app = app
        self._held: deque[InOrder] = deque()
        self._next: InOrder | None = None
        self._is_acting = False

    def holds(self, event: InOrder) -> bool:
        """Return whether an event must wait; it is delivered again later."""
        if event is self._next:
            self._next = None
            return False
        if not self._is_acting and self._next is None:
            return False
        self._held.append(event)
        return True

    @property
    def is_flooded(self) -> bool:
        """True if more events are waiting than a user can type."""
        return len(self._held) > _MOST_HELD

    def drop(self) -> None:
        """Drop the waiting events, because the program is ending."""
        self._held.clear()

    def skip(self, event: InOrder) -> None:
        """Record that an event was consumed elsewhere, so that later ones may follow."""
        if event is self._next:
            self._next = None
            self._release()

    def note(self, event: InOrder, target: MessagePump) -> None:
        """Record that an event was delivered.

        Args:
            event: The event.
            target: The node that received it.
        """
        if _is_instant(event, target):
            self._release()
        else:
            self._is_acting = True
            self._app.run_worker(
                self._until_done(self._app.screen, target), group="keys", description="a key acts"
            )

    def _release(self) -> None:
        if self._held and self._app.is_running:
            self._next = self._held.popleft()
            self._app.post_message(self._next)

    async def _until_done(self, screen: Screen[object], target: MessagePump) -> None:
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    await self._settled(screen, target)
        finally:
            self._is_acting = False
            self._release()

    async def _settled(self, screen: Screen[object], target: MessagePump) -> None:
        # The key goes up from its target to the app, which looks for what it is bound to; what
        # comes of that goes up once more, as a message.
        for _ in range(2):
            await _passed(*_way_up(target))
        while self._screen is screen and (workers := self._workers(screen)):
            await asyncio.wait([w._task for w in workers if w._task is not None], timeout=_LOOK_S)
            # The awaited work may have posted a message of its own.
            await _passed(self._app)
        if (opened := self._screen) is not None and opened is not screen:
            await self._opened(opened)
        if (shown := self._screen) is not None:
            # The app moves the focus, the screen shows it.
            await _passed(self._app, shown)

    @property
    def _screen(self) -> Screen[object] | None:
        """The screen that takes keys; None when the program is ending."""
        return self._app.screen if self._app.is_running and has_screens(self._app) else None

    async def _opened(self, screen: Screen[object]) -> None:
        """Wait until a newly opened screen can take keys."""
        shown = asyncio.Event()
        screen.call_after_refresh(shown.set)
        await shown.wait()
        while workers := self._workers(screen):
            await asyncio.wait([w._task for w in workers if w._task is not None], timeout=_LOOK_S)

    def _workers(self, screen: Screen[object]) -> list[Worker[object]]:
        return [
            worker
            for worker in self._app.workers
            if isinstance(worker.group, KeyWork)
            and not worker.is_finished
            and screen in worker.node.ancestors_with_self
        ]


def _is_instant(event: InOrder, target: MessagePump) -> bool:
    """Return whether an event runs no command, so that the next may follow at once."""
    if isinstance(event, events.AppFocus | events.AppBlur):
        return True
    if not isinstance(target, TextArea | Input):
        return False
    return isinstance(event, events.Paste) or event.is_printable


async def caught_up(widget: Widget) -> None:
    """Wait until a widget, and its ancestors up to the screen, have processed typed keys."""
    way = [pump for pump in _way_up(widget) if pump is not widget.app]
    with suppress(TimeoutError):
        async with asyncio.timeout(_LAST_KEYS_S):
            # The effects of the keys follow them in the same queues.
            for _ in range(2):
                await _passed(*way)


def _way_up(target: MessagePump) -> list[MessagePump]:
    way = [target]
    while (parent := way[-1]._parent) is not None:
        way.append(parent)
    return way


async def _passed(*pumps: MessagePump) -> None:
    """Wait until everything now in some queues has been processed, in order."""
    for pump in pumps:
        done = asyncio.Event()
        if not pump.call_later(done.set):
            continue
        # A widget that is removed meanwhile never drains its queue.
        while not done.is_set() and pump.is_running and not pump._closing:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await done.wait()
