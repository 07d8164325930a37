"""Reads the JSON files of a .zip archive, with limits against zip bombs."""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHUNK: Final = 1_000_000
_MAX_RATIO: Final = 200
"""Limit of unpacked size to packed size: conversations have 3 to 15, zip bombs a thousand."""
_ALWAYS_ALLOWED_BYTES: Final = 10_000_000
_MAX_FILES: Final = 100_000


def is_zip(path: Path) -> bool:
    """Return whether a file has the signature of a .zip archive."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def json_members(path: Path, limit: int) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each JSON file.

    Args:
        path: The archive.
        limit: The limit of their total size, in bytes.

    Raises:
        Malformed: The archive is damaged, encrypted or too large.
        OSError: The archive cannot be read.
    """
    shown = sanitize_line(str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > _MAX_FILES:
                raise Malformed(
                    _("{file} contains more than {count:,} files").format(
                        file=shown, count=_MAX_FILES
                    )
                )
            for entry in entries:
                if entry.filename.lower().endswith((".json", ".jsonl")) and not entry.is_dir():
                    data = _content(archive, entry, limit, shown)
                    limit -= len(data)
                    if data.strip():
                        yield sanitize_line(entry.filename), data
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise Malformed(
            _("{file} is a damaged archive ({error})").format(file=shown, error=error)
        ) from None
    except (RuntimeError, NotImplementedError):
        raise Malformed(
            _("{file} is encrypted or uses an unsupported compression method").format(file=shown)
        ) from None


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int, shown: str) -> bytes:
    # Count the bytes: the sizes in the archive's directory may be forged.
    limit = min(limit, max(_ALWAYS_ALLOWED_BYTES, entry.compress_size * _MAX_RATIO))
    pieces: list[bytes] = []
    size = 0
    with archive.open(entry) as file:
        while piece := file.read(_CHUNK):
            size += len(piece)
            if size > limit:
                raise Malformed(
                    _("{file}: {member} is too large when unpacked").format(
                        file=shown, member=sanitize_line(entry.filename)
                    )
                )
            pieces.append(piece)
    return b"".join(pieces)
