"""Shows the turns of one conversation, while it is open on the screen."""

from __future__ import annotations

import asyncio
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING

from tui_chat.ui.chat.turn_progress import TurnProgress

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_chat.core.conversation import Message
    from tui_chat.core.errors import StorageError
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.chat.status_line import StatusLine
    from tui_chat.ui.messages.message_list import MessageList


class ScreenTurnView:
    """The view of a session's turns; does nothing after its widgets are removed.

    While another conversation is on the screen it only follows the progress, so that the status
    line can go on with it later.
    """

    def __init__(
        self,
        messages: MessageList,
        status: StatusLine,
        *,
        on_started: Callable[[], None],
        on_finished: Callable[[Message], None] = lambda reply: None,
        on_storage_error: Callable[[StorageError], None],
    ) -> None:
        """Create the view of a conversation that is not on the screen yet.

        Args:
            messages: The message list, which all conversations share.
            status: The status line, which all conversations share.
            on_started: Called when a turn begins, before its messages are mounted.
            on_finished: Called with each finished reply.
            on_storage_error: Receives errors of the store.
        """
        self._messages = messages
        self._status = status
        self._on_started = on_started
        self._on_finished = on_finished
        self._on_storage_error = on_storage_error
        self._is_shown = False
        self._progress: TurnProgress | None = None
        self._mounting = asyncio.Lock()
        """Held while the messages of a new turn are mounted: they belong to this conversation."""

    @property
    def _is_live(self) -> bool:
        return self._is_shown and self._messages.is_attached

    def begin(self) -> None:
        """Show the progress of a turn."""
        if self._is_shown:
            self._status.begin()
        else:
            self._progress = TurnProgress(monotonic())

    def stop(self) -> None:
        """Show the state between turns again."""
        self._progress = None
        if self._is_shown:
            self._status.stop()

    async def show(self, session: ChatSession) -> None:
        """Show the messages of a conversation, from now on with every delta.

        Args:
            session: The conversation, which may be answering.
        """
        column = self._messages.virtual_list
        await column.show(session.path)
        # Meanwhile a turn may have begun or ended. The last pass does not wait for anything, so no
        # delta is lost or shown twice.
        while [it.id for it in column.messages] != [it.id for it in session.path]:
            await column.change(session.path)
        self._is_shown = True
        self._catch_up(session)
        if session.task.is_running:
            self._status.resume(self._progress, session.turn.reply if session.turn else None)
        self._progress = None

    def _catch_up(self, session: ChatSession) -> None:
        """Show what arrived while the messages were mounted."""
        column = self._messages.virtual_list
        if not session.path:
            return
        last, view = session.path[-1], column.mounted.last_view
        if last.status is not column.messages[-1].status:
            column.finish(last)
        elif session.turn is not None and view is not None:
            view.grow(session.turn.snapshot())

    async def hide(self) -> None:
        """Follow the turn without showing it: another conversation is opened."""
        async with self._mounting:
            if self._is_shown:
                self._is_shown = False
                self._progress = self._status.detach()

    async def turn_started(self, question: Message | None, reply: Message) -> None:
        """Show the question and its empty reply."""
        async with self._mounting:
            self._on_started()
            if not self._is_live:
                return
            self._status.begin_reply(reply)
            if reply.structured is not None:
                # The widgets of objects are imported with the first one, in a thread.
                await asyncio.to_thread(import_module, "tui_chat.ui.objects.object_body")
            messages = [reply] if question is None else [question, reply]
            is_in_messages = self._messages.focused_view is not None
            if is_in_messages:
                # The focused message may be removed; its keys must not reach the prompt meanwhile.
                self._messages.focus_mounted(messages[0].parent_id)
            await self._messages.virtual_list.add(messages, after=messages[0].parent_id)
            if is_in_messages:
                self._messages.focus_mounted(reply.id)

    def turn_event(self, event: StreamEvent) -> None:
        """Show a stream event."""
        if self._is_live:
            self._messages.virtual_list.feed(event)
            self._status.feed(event)
        elif self._progress is not None:
            self._progress.apply(event, monotonic())

    async def turn_finished(self, reply: Message) -> None:
        """Show the finished reply."""
        if self._is_live:
            self._messages.virtual_list.finish(reply)
            self._status.end(reply)
        self._on_finished(reply)

    def not_saved(self, error: StorageError) -> None:
        """Report that the conversation is in memory only."""
        self._on_storage_error(error)
