"""Reads the text files of a .zip archive and of archives in it, with limits against zip bombs."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
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
_MAX_DEPTH: Final = 3
"""An export may be an archive in an archive; one that contains itself has no end."""
_SIGNATURES: Final = (b"PK\x03\x04", b"PK\x05\x06")
_TEXTS: Final = (".json", ".jsonl", ".yaml", ".yml")
_LOG: Final = "messages.md"
"""The log of aichat; other Markdown is no conversation."""


def is_text_name(name: str) -> bool:
    """Return whether a file in an archive or a folder may hold conversations."""
    name = name.lower()
    return name.endswith(_TEXTS) or name.rpartition("/")[2] == _LOG


def is_zip(path: Path) -> bool:
    """Return whether a file has the signature of a .zip archive."""
    with path.open("rb") as file:
        return file.read(4) in _SIGNATURES


def text_members(path: Path, limit: int) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each JSON and YAML file, those of archives in it included.

    Args:
        path: The archive.
        limit: The limit of their total size, in bytes.

    Raises:
        Malformed: The archive is damaged, encrypted, too large or nested too deeply.
        OSError: The archive cannot be read.
    """
    shown = sanitize_line(str(path))
    yield from _members(path, shown, "", _Budget(limit, _MAX_FILES), 1)


@dataclass(slots=True)
class _Budget:
    """Limits of an archive together with the archives in it."""

    size: int
    files: int


def _members(
    file: Path | io.BytesIO, shown: str, folder: str, budget: _Budget, depth: int
) -> Iterator[tuple[str, bytes]]:
    if depth > _MAX_DEPTH:
        raise Malformed(_("{file} contains archives that are nested too deeply").format(file=shown))
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            budget.files -= len(entries)
            if budget.files < 0:
                raise Malformed(
                    _("{file} contains more than {count:,} files").format(
                        file=shown, count=_MAX_FILES
                    )
                )
            for entry in entries:
                name = entry.filename.lower()
                if entry.is_dir() or not (is_text_name(name) or name.endswith(".zip")):
                    continue
                data = member_content(archive, entry, budget.size, shown)
                budget.size -= len(data)
                where = folder + sanitize_line(entry.filename)
                if not name.endswith(".zip"):
                    if data.strip():
                        yield where, data
                elif data.startswith(_SIGNATURES):
                    # An upload may have this name without being an archive.
                    inner = io.BytesIO(data)
                    yield from _members(inner, f"{shown}: {where}", f"{where}/", budget, depth + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise Malformed(
            _("{file} is a damaged archive ({error})").format(file=shown, error=error)
        ) from None
    except (RuntimeError, NotImplementedError):
        raise Malformed(
            _("{file} is encrypted or uses an unsupported compression method").format(file=shown)
        ) from None


def member_content(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int, shown: str
) -> bytes:
    """Return the content of a file in an archive.

    Args:
        archive: The archive.
        entry: The file in it.
        limit: The largest accepted size.
        shown: The name of the archive, for messages.

    Raises:
        Malformed: It is larger, or suspiciously well compressed.
    """
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
