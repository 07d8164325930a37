"""Builds the content of a message with attachments: one text, or a list of parts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.attachments import Attachment, SentAs, fenced_text
from tui_chat.core.text.sanitize import replace_surrogates
from tui_chat.providers.data_urls import data_url

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from tui_chat.core.request import RequestMessage

PART_TYPES: Final = {SentAs.IMAGE: "image_url", SentAs.FILE: "file"}
"""The type of the part for each form other than text."""


def message_content(
    message: RequestMessage, refused: Collection[str] = ()
) -> str | list[dict[str, Any]]:
    """Return the content of a message: the attachments in their order, then the text.

    It is one text as long as there is only text, because many servers accept nothing else.

    Args:
        message: The message; its attachments have their content.
        refused: The types of parts that the endpoint does not accept. A file is sent as text
            instead; without a text, a note takes its place.
    """
    if not message.attachments:
        return message.content
    parts: list[dict[str, Any]] = []
    for attachment in message.attachments:
        _append(parts, _part(attachment, refused))
    if message.content:
        _append(parts, _text(message.content))
    if len(parts) == 1 and parts[0]["type"] == "text":
        return str(parts[0]["text"])
    return parts


_NOTES: Final = {
    SentAs.IMAGE: "[The picture {name} is not included, because you cannot see pictures.]",
    SentAs.FILE: "[The file {name} is not included, because you cannot read files.]",
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


def _part(attachment: Attachment, refused: Collection[str]) -> dict[str, Any]:
    way = attachment.sent_as
    if way is not SentAs.TEXT and PART_TYPES[way] in refused:
        if not attachment.has_text:
            return _text(_NOTES[way].format(name=replace_surrogates(attachment.name)))
        attachment = replace(attachment, sent_as=SentAs.TEXT)
    if attachment.sent_as is SentAs.TEXT:
        return _text(replace_surrogates(fenced_text(attachment)))
    data = attachment.content.data if attachment.content is not None else b""
    url = data_url(attachment.mime, data)
    if way is SentAs.IMAGE:
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
