"""A bare app around the widgets of a test."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from textual.app import App

from tui_chat.core.conversation import Message, MessageStatus, Role, new_id, now

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.pilot import Pilot
    from textual.screen import Screen
    from textual.strip import Strip
    from textual.widget import Widget


class BareApp(App[None]):
    """Shows widgets, none of them focused."""

    AUTO_FOCUS = None

    def __init__(self, *widgets: Widget) -> None:
        super().__init__()
        self._widgets = widgets

    def compose(self) -> ComposeResult:
        yield from self._widgets

    @property
    def text(self) -> str:
        """The screen as text."""
        return "\n".join(strip.text.rstrip() for strip in strips_of(self.screen))


def strips_of(screen: Screen[Any]) -> list[Strip]:
    """Return the rows of a screen as they are painted."""
    return list(screen._compositor.render_strips())


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Let the app work until something is true."""
    async with asyncio.timeout(60):
        while not condition():
            await pilot.pause(0.01)


def message(role: Role = Role.ASSISTANT, content: str = "", **fields: Any) -> Message:
    """Return a message with what matters to a test."""
    values: dict[str, Any] = {
        "id": new_id(),
        "conversation_id": "c",
        "parent_id": None,
        "created_at": now(),
        "model": "test-model",
    }
    return Message(role=role, content=content, **(values | fields))


STREAMING = MessageStatus.STREAMING
