"""A web page as an attachment: fetched, then read."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from tui_chat.core.labels import _

if TYPE_CHECKING:
    from tui_chat.attachments.limits import Limits
    from tui_chat.core.attachments import Attachment


async def fetch_attachment(
    url: str, *, is_offline: bool = False, limits: Limits | None = None
) -> Attachment:
    """Fetch a web page that the user named, and return it as an attachment.

    Args:
        url: The address as the user wrote it.
        is_offline: Whether only this machine may be connected.
        limits: The largest accepted sizes.

    Raises:
        AttachmentRefused: It cannot be fetched, or cannot be sent in any form.
    """
    # Imported with the first page.
    from tui_chat.attachments.read_page import page_attachment
    from tui_chat.providers.web_pages.fetch_page import fetch_page

    page = await fetch_page(url, is_offline=is_offline)
    found = await asyncio.to_thread(
        page_attachment,
        page.data,
        url=page.url,
        mime=page.mime,
        charset=page.charset,
        limits=limits,
    )
    if not page.proxy:
        return found
    warning = _(
        "Fetched through the proxy {proxy}: whether the address is private could not be checked."
    )
    return replace(found, warnings=(*found.warnings, warning.format(proxy=page.proxy)))
