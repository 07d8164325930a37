"""Links from an exported document to its attachments: in a folder beside it, or embedded."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from tui_chat.core.attachments import Attachment, AttachmentKind
from tui_chat.core.media.reply_media import file_name
from tui_chat.storage.database.sqlite_errors import storage_error

if TYPE_CHECKING:
    from collections.abc import Callable

    Link = Callable[[Attachment], str]

_FOLDER: Final = "-files"


def embedded(attachment: Attachment) -> str:
    """Return a `data:` URL with the content; empty if the content is lost."""
    if attachment.content is None:
        return ""
    # Imported late: most conversations have no attachment.
    import base64

    # A browser must not open a foreign document of any other kind.
    is_picture = attachment.kind is AttachmentKind.PICTURE
    mime = attachment.mime if is_picture else "application/octet-stream"
    return f"data:{mime};base64,{base64.b64encode(attachment.content.data).decode('ascii')}"


class FilesBeside:
    """Writes attachments into a folder beside a document, each once.

    The folder is created with the first file.
    """

    def __init__(self, document: Path) -> None:
        self._folder = document.with_name(f"{document.stem}{_FOLDER}")
        self._names: dict[str, str] = {}

    def __call__(self, attachment: Attachment) -> str:
        """Write an attachment; return its relative URL, empty if the content is lost.

        Raises:
            StorageError: It cannot be written.
        """
        if attachment.content is None:
            return ""
        name = self._names.get(attachment.sha256)
        if name is None:
            name = self._names[attachment.sha256] = self._free_name(attachment.name)
            path = self._folder / name
            try:
                self._folder.mkdir(mode=0o700, exist_ok=True)
                path.write_bytes(attachment.content.data)
                path.chmod(0o600)
            except OSError as error:
                raise storage_error(error, path) from error
        return quote(f"{self._folder.name}/{name}")

    def _free_name(self, outside_name: str) -> str:
        name = file_name(outside_name) or "file"
        path, number = PurePath(name), 2
        taken = set(self._names.values())
        while name in taken:
            name, number = f"{path.stem}-{number}{path.suffix}", number + 1
        return name
