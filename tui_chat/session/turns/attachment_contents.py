"""Loads the contents of attachments, which stay in the database until a request needs them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.core.attachments import Attachment, AttachmentContent
    from tui_chat.core.conversation import Message
    from tui_chat.core.request import CompletionRequest
    from tui_chat.session.protocols import TurnStore

_NAME_LIMIT: Final = 60


async def request_with_contents(request: CompletionRequest, store: TurnStore) -> CompletionRequest:
    """Return a request whose attachments have their content.

    Raises:
        StorageError: The bytes of an attachment are lost or cannot be read.
    """
    if not any(message.attachments for message in request.messages):
        return request
    messages = [
        replace(it, attachments=await loaded(it.attachments, store)) if it.attachments else it
        for it in request.messages
    ]
    return replace(request, messages=tuple(messages))


async def with_contents(messages: Sequence[Message], store: TurnStore) -> list[Message]:
    """Return messages whose attachments have their content, to be saved in another store.

    Lost bytes stay lost; the message still names the attachment.

    Raises:
        StorageError: The store cannot be read.
    """
    filled = []
    for message in messages:
        if message.attachments:
            found = [await _with_content(it, store) for it in message.attachments]
            message = replace(message, attachments=tuple(found))
        filled.append(message)
    return filled


async def loaded(attachments: Sequence[Attachment], store: TurnStore) -> tuple[Attachment, ...]:
    """Return attachments with their content.

    Raises:
        StorageError: The bytes of one are lost or cannot be read.
    """
    found = []
    for attachment in attachments:
        filled = await _with_content(attachment, store)
        if filled.content is None:
            name = sanitize_line(attachment.name, _NAME_LIMIT)
            raise StorageError(
                _("The content of the attachment {name} is not in the database.").format(name=name),
                _("Edit the question, remove the attachment and attach the file again."),
            )
        found.append(filled)
    return tuple(found)


async def _with_content(attachment: Attachment, store: TurnStore) -> Attachment:
    if attachment.content is not None:
        return attachment
    content: AttachmentContent | None = await store.attachment_content(attachment)
    return replace(attachment, content=content)
