"""Converts attachments to JSON objects and back; the bytes are Base64, once per conversation."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.attachments import Attachment, AttachmentContent, AttachmentKind, SentAs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.core.conversation import Message

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_MIME: Final = re.compile(r"[\w.+-]{1,100}/[\w.+-]{1,100}", re.ASCII)
_NUMBERS: Final = ("width", "height", "pages")
_MOST: Final = 2**53

ContentKey = tuple[str, AttachmentKind]


def attachment_record(attachment: Attachment) -> dict[str, Any]:
    """Return an attachment as a JSON object; `data` and `text` only if its content is loaded."""
    record: dict[str, Any] = {
        "sha256": attachment.sha256,
        "name": attachment.name,
        "mime": attachment.mime,
        "size": attachment.size,
        "kind": attachment.kind.value,
        "sent_as": attachment.sent_as.value,
        "tokens": attachment.tokens,
        "has_text": attachment.has_text,
    }
    numbers = {name: getattr(attachment, name) for name in _NUMBERS}
    record |= {name: number for name, number in numbers.items() if number is not None}
    if attachment.content is not None:
        record["data"] = base64.b64encode(attachment.content.data).decode("ascii")
        if attachment.has_text:
            record["text"] = attachment.content.text
    return record


def attachments_from(records: object) -> tuple[Attachment, ...]:
    """Parse a list of JSON objects of attachments.

    Raises:
        ValueError: A value is invalid, or the bytes do not have the hash.
        TypeError: A value is missing or has another type.
    """
    if not isinstance(records, list):
        raise TypeError
    return tuple(_attachment_from(record) for record in records)


def without_repeated(message: Message, seen: set[ContentKey]) -> Message:
    """Return a message without the contents that earlier messages have; adds its own to `seen`."""
    kept = []
    for attachment in message.attachments:
        key = (attachment.sha256, attachment.kind)
        kept.append(replace(attachment, content=None) if key in seen else attachment)
        if attachment.content is not None:
            seen.add(key)
    return replace(message, attachments=tuple(kept)) if kept else message


def with_repeated(messages: Sequence[Message]) -> list[Message]:
    """Return messages with the contents that `without_repeated` left out."""
    contents = {
        (it.sha256, it.kind): it.content
        for message in messages
        for it in message.attachments
        if it.content is not None
    }
    if not contents:
        return list(messages)
    return [
        replace(
            message,
            attachments=tuple(
                replace(it, content=contents.get((it.sha256, it.kind)))
                for it in message.attachments
            ),
        )
        for message in messages
    ]


def _attachment_from(record: object) -> Attachment:
    if not isinstance(record, dict):
        raise TypeError
    digest, name, mime = (record.get(key) for key in ("sha256", "name", "mime"))
    if not (isinstance(digest, str) and isinstance(name, str) and isinstance(mime, str)):
        raise TypeError
    if not (_HASH.fullmatch(digest) and _MIME.fullmatch(mime)):
        raise ValueError
    width, height, pages = (_optional_number(record.get(key)) for key in _NUMBERS)
    return Attachment(
        sha256=digest,
        name=name,
        mime=mime,
        size=_number(record.get("size", 0)),
        kind=AttachmentKind(str(record.get("kind"))),
        sent_as=SentAs(str(record.get("sent_as"))),
        tokens=_number(record.get("tokens", 0)),
        has_text=record.get("has_text") is True,
        width=width,
        height=height,
        pages=pages,
        content=_content(record, digest),
    )


def _content(record: dict[str, Any], digest: str) -> AttachmentContent | None:
    encoded, text = record.get("data"), record.get("text", "")
    if encoded is None:
        return None
    if not isinstance(encoded, str) or not isinstance(text, str):
        raise TypeError
    try:
        data = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ValueError from error
    if sha256(data).hexdigest() != digest:
        raise ValueError
    return AttachmentContent(data, text)


def _optional_number(value: object) -> int | None:
    return None if value is None else _number(value)


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value < _MOST:
        raise TypeError
    return value
