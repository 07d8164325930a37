"""Shows a turn on the chat screen: the message list and the status line."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_chat.core.conversation import Message
    from tui_chat.core.errors import StorageError
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.ui.chat.status_line import StatusLine
    from tui_chat.ui.messages.message_list import MessageList


class ScreenTurnView:
    """The view of a session's turns; does nothing after its widgets are removed."""

    def __init__(
        self,
        messages: MessageList,
        status: StatusLine,
        *,
        on_started: Callable[[], None],
        on_storage_error: Callable[[StorageError], None],
    ) -> None:
        self._messages = messages
        self._status = status
        self._on_started = on_started
        self._on_storage_error = on_storage_error

    async def turn_started(self, question: Message | None, reply: Message) -> None:
        """Show the question and its empty reply."""
        if not self._messages.is_attached:
            return
        self._on_started()
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
        if self._messages.is_attached:
            self._messages.virtual_list.feed(event)
            self._status.feed(event)

    async def turn_finished(self, reply: Message) -> None:
        """Show the finished reply."""
        if self._messages.is_attached:
            self._messages.virtual_list.finish(reply)
            self._status.end(reply)

    def not_saved(self, error: StorageError) -> None:
        """Report that the conversation is in memory only."""
        self._on_storage_error(error)
