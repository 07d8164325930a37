"""Detects the kind of a file from its content, and from its name where the content is text."""

from __future__ import annotations

import io
import zipfile
from enum import Enum, auto
from pathlib import PurePath
from typing import Final

from tui_chat.core.media.picture_header import picture_header

_PDF_HEAD: Final = 1_024
"""A PDF may begin with other bytes."""


class FileKind(Enum):
    """The kind of a file, as far as reading it differs."""

    PICTURE = auto()
    PDF = auto()
    DOCX = auto()
    XLSX = auto()
    HTML = auto()
    NOTEBOOK = auto()
    OTHER = auto()
    """A text, or binary data."""


_TEXT_KINDS: Final = {
    ".html": FileKind.HTML,
    ".htm": FileKind.HTML,
    ".xhtml": FileKind.HTML,
    ".ipynb": FileKind.NOTEBOOK,
}
_ARCHIVED: Final = {"word/document.xml": FileKind.DOCX, "xl/workbook.xml": FileKind.XLSX}


def file_kind(data: bytes, name: str) -> FileKind:
    """Return the kind of a file."""
    if picture_header(data[:64]) is not None:
        return FileKind.PICTURE
    if b"%PDF-" in data[:_PDF_HEAD]:
        return FileKind.PDF
    if data.startswith(b"PK\x03\x04"):
        return _archived_kind(data)
    return _TEXT_KINDS.get(PurePath(name).suffix.lower(), FileKind.OTHER)


def _archived_kind(data: bytes) -> FileKind:
    try:
        # Reads the list of names only.
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return FileKind.OTHER
    return next((kind for name, kind in _ARCHIVED.items() if name in names), FileKind.OTHER)
