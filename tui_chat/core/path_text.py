"""The shown path of a conversation as one text, to be pasted elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.core.conversation import Message, MessageStatus, Role
from tui_chat.core.visible import visible_line

if TYPE_CHECKING:
    from collections.abc import Iterable

_ENDINGS = {
    MessageStatus.CANCELLED: "stopped",
    MessageStatus.FAILED: "failed",
    MessageStatus.INTERRUPTED: "interrupted",
    MessageStatus.STREAMING: "still arriving",
}


def path_text(path: Iterable[Message]) -> str:
    """Return messages as Markdown: a heading for each, its text as it came; no reasoning."""
    parts: list[str] = []
    for message in path:
        ending = _ENDINGS.get(message.status)
        note = f" ({ending})" if ending else ""
        parts.append(f"## {_speaker(message)}{note}\n\n{message.content.strip()}\n")
    return "\n".join(parts)


def _speaker(message: Message) -> str:
    if message.role is Role.USER:
        return "You"
    return visible_line(message.model or message.profile or "", 60) or "Assistant"
