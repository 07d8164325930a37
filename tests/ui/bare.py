"""A bare app around the widgets of a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import App

from tui_chat.core.conversation import Message, MessageStatus, Role, new_id, now

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.message import Message as TextualMessage
    from textual.widget import Widget


class BareApp(App[None]):
    """Shows widgets and writes down what they post."""

    def __init__(self, *widgets: Widget) -> None:
        super().__init__()
        self._widgets = widgets
        self.posted: list[TextualMessage] = []

    def compose(self) -> ComposeResult:
        yield from self._widgets

    def on_event_seen(self, message: TextualMessage) -> None:
        self.posted.append(message)

    @property
    def text(self) -> str:
        """The screen as text."""
        return "\n".join(strip.text.rstrip() for strip in self.screen._compositor.render_strips())


def message(role: Role = Role.ASSISTANT, content: str = "", **fields: Any) -> Message:
    """Return a message with what matters to a test."""
    values: dict[str, Any] = {"model": "test-model", "created_at": now(), "parent_id": None}
    return Message(**({"id": new_id(), "conversation_id": "c", "role": role, "content": content} | values | fields))


STREAMING = MessageStatus.STREAMING
