"""Reads files for the draft in a thread; what looks like a secret is asked about first."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.attachments.read_file import attachment_of, read_attachment
from tui_chat.attachments.secret_files import secret_reason
from tui_chat.core.attached_paths import is_page_address
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.common.question import Question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import App

    from tui_chat.core.attachments import Attachment
    from tui_chat.session.launch import Launch

_HEAD: Final = 65_536
_LONGEST_PATH: Final = 300


async def read_file(path: Path) -> Attachment:
    """Read a file.

    Raises:
        AttachmentRefused: It cannot be read, or cannot be sent in any form.
    """
    return await asyncio.to_thread(read_attachment, path)


async def read_bytes(data: bytes, name: str) -> Attachment:
    """Return the attachment of bytes, such as a picture of the clipboard.

    Raises:
        AttachmentRefused: It cannot be sent in any form.
    """
    return await asyncio.to_thread(attachment_of, data, name)


async def read_page(address: str, launch: Launch) -> Attachment:
    """Fetch a web page.

    Raises:
        AttachmentRefused: It cannot be fetched, or cannot be sent in any form.
    """
    from tui_chat.session.web_page import fetch_attachment

    return await fetch_attachment(address, is_offline=launch.is_offline)


async def read_again(sources: Sequence[str], launch: Launch) -> tuple[Attachment, ...]:
    """Read the files of a question that was queued before a restart.

    Raises:
        AttachmentRefused: One of them cannot be read any more.
    """
    return tuple(
        [
            await (read_page(it, launch) if is_page_address(it) else read_file(Path(it)))
            for it in sources
        ]
    )


async def agrees_to_attach(
    app: App[None], path: Path, host: str, inside: Path | None = None
) -> bool:
    """Return whether a file is harmless, or the user agrees to send it.

    Args:
        app: Shows the question.
        path: The file.
        host: The host that it is sent to; empty if it stays on this machine.
        inside: The folder of the projects, whose files are meant for models.
    """
    reason = await asyncio.to_thread(_secret_reason, path, inside)
    if not reason:
        return True
    shown = sanitize_line(str(path), _LONGEST_PATH)
    if host:
        text = _("{path} may be secret: {reason}. Its content would be sent to {host}.")
    else:
        text = _("{path} may be secret: {reason}. The model runs on this machine.")
    question = Question(
        _("Attach this file?"),
        text.format(path=shown, reason=reason, host=host),
        agree=_("attach it"),
    )
    return await app.push_screen_wait(question) is True


def _secret_reason(path: Path, inside: Path | None) -> str:
    head = b""
    try:
        if path.is_file():
            with path.open("rb") as file:
                head = file.read(_HEAD)
    except OSError:
        # Reading the file reports it.
        return secret_reason(path, inside=inside)
    return secret_reason(path, head, inside=inside)
