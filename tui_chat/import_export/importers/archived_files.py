"""Finds the files that belong to the messages of an export, in the same archive or folder."""

from __future__ import annotations

import re
import zipfile
import zlib
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, Self

from tui_chat.attachments.limits import Limits
from tui_chat.attachments.read_file import attachment_of
from tui_chat.attachments.read_picture import picture_attachment
from tui_chat.core.attachments import Attachment, AttachmentKind, SentAs, new_attachment
from tui_chat.core.errors import AttachmentRefused
from tui_chat.core.media.picture_header import picture_header
from tui_chat.core.media.reply_media import file_name
from tui_chat.import_export.importers.folder_files import files_below
from tui_chat.import_export.importers.zip_file import is_zip, member_content
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ID: Final = re.compile(
    r"(?:file[-_][A-Za-z0-9]+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
)
_SENDABLE: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_SOUNDS: Final = {
    ".wav": "audio/wav", ".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg",
    ".dat": "",
}  # fmt: skip


class ArchivedFiles(AbstractContextManager["ArchivedFiles"]):
    """The files of a .zip archive or of a folder, by the ID or the name that messages give them."""

    def __init__(self, path: Path) -> None:
        """Read the names.

        Args:
            path: The archive or folder; a file of another kind has no files.
        """
        self._stack = ExitStack()
        self._readers: dict[str, Callable[[], bytes]] = {}
        self._names: dict[str, str] = {}
        for name, reader in self._entries(path):
            base = PurePosixPath(name).name
            keys = [base, *_ID.findall(name)[:4]]
            for key in keys:
                # The first one wins: an archive may contain a name twice.
                self._readers.setdefault(key, reader)
                self._names.setdefault(key, base)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def find(self, key: str, name: str = "") -> Attachment | None:
        """Return a file as an attachment; None if there is none, or it cannot be read.

        Args:
            key: Its ID or its name in the archive.
            name: The name that the user knows; empty for that in the archive.
        """
        reader = self._readers.get(key)
        if reader is None:
            return None
        try:
            data = reader()
        except (Malformed, OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
            return None
        shown = file_name(name) or file_name(self._names[key]) or key
        return _attachment(data, shown) if data else None

    def _entries(self, path: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
        limit = Limits().file_bytes
        if path.is_dir():
            for found in files_below(path):
                yield str(found.relative_to(path)), partial(_read, found, limit)
        elif path.is_file() and is_zip(path):
            try:
                archive = self._stack.enter_context(zipfile.ZipFile(path))
            except (zipfile.BadZipFile, NotImplementedError):
                # Reading the conversations reports it.
                return
            for entry in archive.infolist():
                if not entry.is_dir():
                    read = partial(member_content, archive, entry, limit, path.name)
                    yield entry.filename, read


def _read(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        data = file.read(limit + 1)
    return data if len(data) <= limit else b""


def _attachment(data: bytes, name: str) -> Attachment:
    header = picture_header(data)
    if header is not None and header.mime in _SENDABLE:
        # As it is: it was shown in this form.
        return picture_attachment(data, name, header)
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _SOUNDS:
        mime = _SOUNDS[suffix] or "application/octet-stream"
        return new_attachment(data, name, mime, AttachmentKind.SOUND, SentAs.FILE)
    try:
        return attachment_of(data, name)
    except AttachmentRefused:
        # It is kept, even if it could not be sent again.
        return new_attachment(
            data, name, "application/octet-stream", AttachmentKind.FILE, SentAs.FILE
        )
