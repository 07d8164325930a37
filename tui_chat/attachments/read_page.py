"""Makes an attachment of a web page that was fetched."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from tui_chat.attachments.extraction.extract import extract
from tui_chat.attachments.file_kind import FileKind, file_kind
from tui_chat.attachments.limits import Limits
from tui_chat.attachments.read_file import attachment_of
from tui_chat.attachments.refusals import refuse_unreadable
from tui_chat.core.attachments import Attachment, AttachmentKind, SentAs, new_attachment
from tui_chat.core.errors import AttachmentRefused
from tui_chat.core.labels import _
from tui_chat.core.media.reply_media import file_name
from tui_chat.core.profile import host_name

_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
_TITLE_LIMIT: Final = 80


def page_attachment(
    data: bytes, *, url: str, mime: str, charset: str = "", limits: Limits | None = None
) -> Attachment:
    """Return a page as an attachment: its main text, or the file that its address leads to.

    Blocks, at most for the time limit of a document.

    Args:
        data: The content.
        url: The address that it comes from.
        mime: The type that the server names; may be empty.
        charset: The encoding that the server names; may be empty.
        limits: The largest accepted sizes.

    Raises:
        AttachmentRefused: It cannot be sent in any form.
    """
    limits = limits or Limits()
    host = host_name(url)
    name = file_name(unquote(PurePosixPath(urlsplit(url).path).name)) or file_name(host) or "page"
    is_html = mime in _HTML or (not mime and data.lstrip()[:1] == b"<")
    if not is_html or file_kind(data, "") is not FileKind.OTHER:
        return attachment_of(data, name, limits)
    found = extract("page", data, timeout_s=limits.extraction_s, url=url, charset=charset)
    if found.problem:
        raise refuse_unreadable(host, found.problem)
    if not found.text.strip():
        raise AttachmentRefused(
            _("The page at {host} contains no text.").format(host=host),
            _("It may need a browser. Copy the text there, or save the page and attach the file."),
        )
    title = file_name(" ".join(found.title.split())[:_TITLE_LIMIT])
    heading = f"{title}\n{url}" if title else url
    return new_attachment(
        data,
        f"{title or file_name(host)} ({file_name(host)}).html" if title else f"{name}.html",
        "text/html",
        AttachmentKind.DOCUMENT,
        SentAs.TEXT,
        text=f"{heading}\n\n{found.text}"[: limits.text_bytes],
        warnings=[] if found.is_main_text else [_whole_text_warning()],
    )


def _whole_text_warning() -> str:
    if find_spec("trafilatura") is None:
        return _("Menus and footers are included. To leave them out: pip install trafilatura")
    return _("No main text was recognized, so menus and footers are included.")
