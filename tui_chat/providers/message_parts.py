"""Builds the content of a message with attachments: one text, or a list of parts."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.attachments import Attachment, SentAs, fenced_text
from tui_chat.core.text.sanitize import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui_chat.core.request import RequestMessage

PARTS: Final = {"image_url": SentAs.IMAGE, "file": SentAs.FILE}
"""The types of parts other than text, with the form of the attachments in them."""


def message_content(message: RequestMessage) -> str | list[dict[str, Any]]:
    """Return the content of a message: the attachments in their order, then the text.

    It is one text as long as there is only text, because many servers accept nothing else.
    """
    if not message.attachments:
        return message.content
    parts: list[dict[str, Any]] = []
    for attachment in message.attachments:
        _append(parts, _part(attachment))
    if message.content:
        _append(parts, _text(message.content))
    if len(parts) == 1 and parts[0]["type"] == "text":
        return str(parts[0]["text"])
    return parts


def without_parts(content: Any, kind: str) -> Any:
    """Return a content in which each part of a type is replaced by a note for the model."""
    if not isinstance(content, list):
        return content
    kept: list[dict[str, Any]] = []
    for part in content:
        is_refused = isinstance(part, dict) and part.get("type") == kind
        _append(kept, _text(NOTES[kind]) if is_refused else part)
    return kept[0]["text"] if len(kept) == 1 and kept[0].get("type") == "text" else kept


NOTES: Final = {
    "image_url": "[A picture was attached here. It is left out because you cannot see pictures.]",
    "file": "[A file was attached here. It is left out because you cannot read files.]",
}
"""For the model, which must know that something is missing."""


def has_parts(messages: Iterable[Any], kind: str) -> bool:
    """Return whether messages of a request body contain a part of a type."""
    return any(
        isinstance(part, dict) and part.get("type") == kind
        for message in messages
        if isinstance(message, dict) and isinstance(message.get("content"), list)
        for part in message["content"]
    )


def _part(attachment: Attachment) -> dict[str, Any]:
    if attachment.sent_as is SentAs.TEXT:
        return _text(replace_surrogates(fenced_text(attachment)))
    data = attachment.content.data if attachment.content is not None else b""
    url = f"data:{attachment.mime};base64,{base64.b64encode(data).decode('ascii')}"
    if attachment.sent_as is SentAs.IMAGE:
        return {"type": "image_url", "image_url": {"url": url}}
    return {"type": "file", "file": {"filename": attachment.name, "file_data": url}}


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _append(parts: list[dict[str, Any]], part: dict[str, Any]) -> None:
    """Append a part; neighbouring texts become one."""
    if parts and parts[-1].get("type") == "text" == part.get("type"):
        parts[-1] = _text(f"{parts[-1]['text']}\n\n{part['text']}")
    else:
        parts.append(part)
