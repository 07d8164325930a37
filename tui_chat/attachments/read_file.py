"""Reads files as attachments: detects the kind, extracts the text, refuses what cannot be sent."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING, Final

from tui_chat.attachments.decode_text import decode_text
from tui_chat.attachments.extraction.extract import Extracted, extract
from tui_chat.attachments.file_kind import FileKind, file_kind
from tui_chat.attachments.limits import Limits
from tui_chat.attachments.read_picture import read_picture
from tui_chat.attachments.refusals import refuse_binary, refuse_size, refuse_unreadable
from tui_chat.config.file_paths import PathKind, path_errors_as, path_kind, shown_path
from tui_chat.core.attachments import Attachment, AttachmentKind, SentAs, new_attachment
from tui_chat.core.errors import AttachmentRefused
from tui_chat.core.labels import _, join_list, ngettext
from tui_chat.core.text.sanitize import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_PDF: Final = "application/pdf"
_SHOWN_PAGES: Final = 8
_HEAD: Final = 65_536


def read_attachment(path: Path, limits: Limits | None = None) -> Attachment:
    """Read a file. Blocks, at most for the time limit of a document.

    Raises:
        AttachmentRefused: The file cannot be read, or cannot be sent in any form.
    """
    limits = limits or Limits()
    with path_errors_as(AttachmentRefused, path):
        kind = path_kind(path)
        if kind is PathKind.FOLDER:
            raise AttachmentRefused(
                _("{path} is a folder.").format(path=shown_path(path)),
                _("Attach the files in it one by one, or pack their texts into one file."),
            )
        if kind not in (PathKind.FILE, PathKind.MISSING):
            raise AttachmentRefused(
                _("{path} is {kind}, not a file.").format(path=shown_path(path), kind=_(kind.value))
            )
        with path.open("rb") as file:
            data = file.read(limits.file_bytes + 1)
    return attachment_of(data, path.name, limits)


def attachment_of(data: bytes, name: str, limits: Limits | None = None) -> Attachment:
    """Return the attachment of bytes, such as those of a clipboard or of standard input.

    Args:
        data: The content.
        name: The name of the file; its extension helps to detect the kind.
        limits: The largest accepted sizes.

    Raises:
        AttachmentRefused: It cannot be sent in any form.
    """
    limits = limits or Limits()
    name = replace_surrogates(name)
    if not data:
        raise AttachmentRefused(_("{name} is empty.").format(name=shown_path(name)))
    if len(data) > limits.file_bytes:
        raise refuse_size(name, limits.file_bytes)
    kind = file_kind(data, name)
    if kind is FileKind.PICTURE:
        return read_picture(data, name, limits)
    if kind is FileKind.PDF:
        return _pdf(data, name, limits)
    if kind in _DOCUMENTS:
        return _document(data, name, kind, limits)
    return _text(data, name, limits)


_DOCUMENTS: Final = {
    FileKind.DOCX: "docx", FileKind.XLSX: "xlsx", FileKind.HTML: "html", FileKind.NOTEBOOK: "ipynb",
}  # fmt: skip


def _text(data: bytes, name: str, limits: Limits) -> Attachment:
    # Of a file that is too large, the beginning: decoding all of it would hold the interpreter.
    is_large = len(data) > limits.text_bytes
    text = decode_text(data[:_HEAD] if is_large else data)
    if text is None:
        raise refuse_binary(data, name)
    if is_large:
        raise refuse_size(name, limits.text_bytes)
    mime = mimetypes.guess_type(name)[0] or "text/plain"
    return new_attachment(data, name, mime, AttachmentKind.TEXT, SentAs.TEXT, text=text)


def _document(data: bytes, name: str, kind: FileKind, limits: Limits) -> Attachment:
    found = extract(_DOCUMENTS[kind], data, timeout_s=limits.extraction_s)
    if found.problem:
        raise refuse_unreadable(name, found.problem)
    if not found.text.strip():
        raise AttachmentRefused(_("{name} contains no text.").format(name=shown_path(name)))
    mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return new_attachment(
        data, name, mime, AttachmentKind.DOCUMENT, SentAs.TEXT, text=_cut(found.text, limits)
    )


def _pdf(data: bytes, name: str, limits: Limits) -> Attachment:
    found = extract("pdf", data, timeout_s=2 * limits.extraction_s, limit_s=limits.extraction_s)
    if found.problem:
        raise refuse_unreadable(name, found.problem)
    text = _cut(found.text, limits)
    return new_attachment(
        data,
        name,
        _PDF,
        AttachmentKind.PDF,
        SentAs.TEXT if text else SentAs.FILE,
        text=text,
        pages=found.pages,
        warnings=_pdf_warnings(found),
    )


def _pdf_warnings(found: Extracted) -> list[str]:
    pages, read = found.pages or 0, found.read_pages or 0
    warnings = []
    if read and len(found.empty_pages) == read:
        warnings.append(
            _("No page contains text: this is a scan. It is sent as a file, if at all.")
        )
    elif found.empty_pages:
        warnings.append(
            ngettext(
                "Page {pages} contains no text.",
                "Pages {pages} contain no text.",
                len(found.empty_pages),
                pages=_numbers(found.empty_pages),
            )
        )
    if read < pages:
        warnings.append(
            _("Only the first {count} of {pages} pages were read.").format(count=read, pages=pages)
        )
    return warnings


def _numbers(pages: Sequence[int]) -> str:
    shown = join_list(map(str, pages[:_SHOWN_PAGES]))
    return f"{shown}, …" if len(pages) > _SHOWN_PAGES else shown


def _cut(text: str, limits: Limits) -> str:
    return text[: limits.text_bytes]
