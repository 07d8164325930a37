"""The files of JSON in a .zip, within bounds: an archive can be made to burst."""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHUNK: Final = 1_000_000
_LARGEST_RATIO: Final = 200
"""How much larger than packed a file may be. Conversations are 3 to 15 times as large; a bomb is
a thousand times."""
_ALWAYS_ALLOWED: Final = 10_000_000
_MOST_FILES: Final = 100_000


def is_zip(path: Path) -> bool:
    """Say whether a file is a .zip, by what is in it."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def json_members(path: Path, limit: int) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the files of JSON that may hold conversations.

    Args:
        path: The archive.
        limit: How large all of them may be together, in bytes.

    Raises:
        Malformed: It is damaged, encrypted, or larger than that.
        OSError: It cannot be read.
    """
    shown = sanitize_line(str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > _MOST_FILES:
                raise Malformed(f"{shown} holds more than {_MOST_FILES:,} files")
            for entry in entries:
                if entry.filename.lower().endswith((".json", ".jsonl")) and not entry.is_dir():
                    data = _content(archive, entry, limit, shown)
                    limit -= len(data)
                    if data.strip():
                        yield sanitize_line(entry.filename), data
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise Malformed(f"{shown} is a damaged archive ({error})") from None
    except (RuntimeError, NotImplementedError):
        raise Malformed(f"{shown} is encrypted, or packed in a way that is not known") from None


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int, shown: str) -> bytes:
    # What the archive says of the size of a file need not be true.
    most = max(_ALWAYS_ALLOWED, entry.compress_size * _LARGEST_RATIO)
    pieces: list[bytes] = []
    size = 0
    with archive.open(entry) as file:
        while piece := file.read(_CHUNK):
            size += len(piece)
            if size > min(limit, most):
                raise Malformed(
                    f"{shown}: {sanitize_line(entry.filename)} is too large when unpacked"
                )
            pieces.append(piece)
    return b"".join(pieces)
