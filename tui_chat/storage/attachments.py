"""Attachments in the database: the bytes once by hash, and what each message refers to."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.attachments import Attachment, AttachmentContent, AttachmentKind, SentAs
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import replace_surrogates
from tui_chat.storage.row_mapping import SkippedRows, mapping_from, unreadable_row

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from tui_chat.core.conversation import Message
    from tui_chat.storage.row_mapping import Row

SELECT_ATTACHMENT: Final = """
SELECT message_id, sha256, name, mime, kind, size, sent_as, details
FROM message_attachments
"""
OF_CONVERSATION: Final = f"""
{SELECT_ATTACHMENT}
WHERE message_id IN (SELECT id FROM messages WHERE conversation_id = ?)
ORDER BY message_id, position
"""  # noqa: S608 - names of our own
_HAS_ANY: Final = "SELECT EXISTS (SELECT 1 FROM message_attachments)"
_INSERT_BYTES: Final = """
INSERT INTO attachments (sha256, size, bytes) VALUES (?, ?, ?) ON CONFLICT (sha256) DO NOTHING
"""
# What was attached never changes; the text is filled in if the row was written without it.
_UPSERT: Final = """
INSERT INTO message_attachments
  (message_id, position, sha256, name, mime, kind, size, sent_as, details, text)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (message_id, position) DO UPDATE SET text = coalesce(text, excluded.text)
WHERE sha256 = excluded.sha256
"""
_COPY_TEXT: Final = """
SELECT text FROM message_attachments WHERE sha256 = ? AND kind = ? AND text IS NOT NULL LIMIT 1
"""
_CONTENT: Final = "SELECT bytes FROM attachments WHERE sha256 = ?"
_REMOVE_UNUSED: Final = """
DELETE FROM attachments WHERE sha256 NOT IN (SELECT sha256 FROM message_attachments)
"""


def write_attachments(connection: sqlite3.Connection, message: Message) -> None:
    """Write the attachments of a message, inside a transaction."""
    for position, attachment in enumerate(message.attachments):
        _write(connection, message.id, position, attachment)


def attachments_of(
    connection: sqlite3.Connection, conversation_id: str, unreadable: SkippedRows
) -> dict[str, tuple[Attachment, ...]]:
    """Return the attachments of a conversation's messages by message ID, without their content."""
    if not connection.execute(_HAS_ANY).fetchone()[0]:
        return {}
    found: dict[str, list[Attachment]] = {}
    for row in connection.execute(OF_CONVERSATION, (conversation_id,)).fetchall():
        try:
            found.setdefault(row[0], []).append(attachment_from(row))
        except (ValueError, TypeError) as error:
            unreadable.add(row[1], unreadable_row("message", row[0], error))
    return {message_id: tuple(attachments) for message_id, attachments in found.items()}


def content_of(connection: sqlite3.Connection, attachment: Attachment) -> AttachmentContent | None:
    """Return the content of an attachment; None if its bytes are lost."""
    row = connection.execute(_CONTENT, (attachment.sha256,)).fetchone()
    if row is None or not isinstance(row[0], bytes):
        return None
    if not attachment.has_text:
        return AttachmentContent(row[0])
    text = connection.execute(_COPY_TEXT, (attachment.sha256, attachment.kind.value)).fetchone()
    known = text[0] if text is not None and isinstance(text[0], str) else None
    return AttachmentContent(row[0], known if known is not None else decoded(row[0]))


def filled(
    connection: sqlite3.Connection, found: Mapping[str, tuple[Attachment, ...]]
) -> dict[str, tuple[Attachment, ...]]:
    """Return attachments by message ID with their contents, each read once."""
    contents: dict[tuple[str, AttachmentKind], AttachmentContent | None] = {}
    for attachments in found.values():
        for it in attachments:
            if (it.sha256, it.kind) not in contents:
                contents[it.sha256, it.kind] = content_of(connection, it)
    return {
        message_id: tuple(replace(it, content=contents[it.sha256, it.kind]) for it in attachments)
        for message_id, attachments in found.items()
    }


def decoded(data: bytes) -> str:
    """Return the text of bytes that are their own text."""
    return data.decode("utf-8-sig", "replace")


def remove_unused(connection: sqlite3.Connection) -> int:
    """Remove bytes that no message refers to, inside a transaction; return their number."""
    return connection.execute(_REMOVE_UNUSED).rowcount


def _write(
    connection: sqlite3.Connection, message_id: str, position: int, attachment: Attachment
) -> None:
    text: str | None = None
    content = attachment.content
    if content is not None:
        connection.execute(_INSERT_BYTES, (attachment.sha256, attachment.size, content.data))
        text = stored_text(content) if attachment.has_text else None
    elif attachment.has_text:
        # A copy of a message, such as a fork: the text is that of the first one.
        row = connection.execute(_COPY_TEXT, (attachment.sha256, attachment.kind.value)).fetchone()
        text = row[0] if row is not None else None
    _id, *values = attachment_row(message_id, attachment)
    connection.execute(_UPSERT, (message_id, position, *values, text))


def attachment_row(message_id: str, attachment: Attachment) -> Row:
    """Return the values of SELECT_ATTACHMENT."""
    return (
        message_id,
        attachment.sha256,
        replace_surrogates(attachment.name),
        attachment.mime,
        attachment.kind.value,
        attachment.size,
        attachment.sent_as.value,
        json.dumps(_details(attachment), separators=(",", ":")),
    )


def stored_text(content: AttachmentContent) -> str | None:
    """Return the text to store; None if it is the bytes themselves."""
    text = replace_surrogates(content.text)
    try:
        is_plain = content.data.decode("utf-8-sig") == text
    except UnicodeDecodeError:
        is_plain = False
    return None if is_plain else text


def _details(attachment: Attachment) -> dict[str, Any]:
    details = {
        "tokens": attachment.tokens,
        "has_text": attachment.has_text or None,
        "width": attachment.width,
        "height": attachment.height,
        "pages": attachment.pages,
    }
    return {name: value for name, value in details.items() if value is not None}


def attachment_from(row: Row) -> Attachment:
    """Return the attachment of a SELECT_ATTACHMENT row, without its content.

    Raises:
        ValueError: A value is invalid.
        TypeError: A value has another type.
    """
    _message_id, sha256, name, mime, kind, size, sent_as, details = row
    if not all(isinstance(value, str) for value in (sha256, name, mime)):
        raise TypeError(_("binary data instead of text"))
    known = mapping_from(details)
    return Attachment(
        sha256=sha256,
        name=name,
        mime=mime,
        size=_number(size) or 0,
        kind=AttachmentKind(kind),
        sent_as=SentAs(sent_as),
        tokens=_number(known.get("tokens")) or 0,
        has_text=bool(known.get("has_text")),
        width=_number(known.get("width")),
        height=_number(known.get("height")),
        pages=_number(known.get("pages")),
    )


def _number(value: object) -> int | None:
    return value if type(value) is int else None
