"""Lays long answers out in a thread before they are mounted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import MessageStatus, Role
from tui_chat.core.text.sanitize import sanitize
from tui_chat.ui.markdown.document import Document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui_chat.core.conversation import Message

_AT_ONCE: Final = 12_000
"""Answers up to this many characters are laid out on the event loop. Prose of this length takes
10 ms, a list with bold words, the slowest kind, 45 ms (measured)."""


class LayoutPrefetch:
    """Prepared documents of long answers. A document belongs to one widget and is taken once."""

    def __init__(self) -> None:
        self._documents: dict[str, tuple[str, Document]] = {}

    def is_ready(self, messages: Iterable[Message]) -> bool:
        """Return True if all these messages can be shown at once."""
        return not self._missing(messages)

    async def prepare(self, messages: Iterable[Message], width: int) -> None:
        """Lay out the long ones among some messages in a thread.

        Args:
            messages: The messages to be shown next. Documents of other messages are dropped.
            width: Width of their text, in cells.
        """
        wanted = list(messages)
        ids = {message.id for message in wanted}
        self._documents = {key: it for key, it in self._documents.items() if key in ids}
        for message in self._missing(wanted):
            text = message.content
            self._documents[message.id] = text, await asyncio.to_thread(_laid_out, text, width)

    def take(self, message: Message) -> Document | None:
        """Return and remove the document of a message; None if it is short or has changed since."""
        text, document = self._documents.pop(message.id, ("", None))
        return document if text is message.content else None

    def _missing(self, messages: Iterable[Message]) -> list[Message]:
        return [it for it in messages if _is_long(it) and it.id not in self._documents]


def _is_long(message: Message) -> bool:
    return (
        len(message.content) > _AT_ONCE
        and message.role is Role.ASSISTANT
        and message.structured is None
        and not message.tool_calls
        and message.status is not MessageStatus.STREAMING
    )


def _laid_out(text: str, width: int) -> Document:
    return Document(sanitize(text), width, finished=True)
