"""Reads the text files in a folder, with limits, as if it were an archive."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.import_export.importers.zip_file import is_text_name
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_FILES: Final = 20_000


def text_files(folder: Path, limit: int) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of each text file in a folder and in its folders, by name.

    Links and hidden files are left out.

    Args:
        folder: The folder.
        limit: The limit of their total size, in bytes.

    Raises:
        Malformed: It contains too much.
        OSError: A file or folder cannot be read.
    """
    shown = sanitize_line(str(folder))
    count = 0
    for path in files_below(folder):
        count += 1
        if count > _MAX_FILES:
            raise Malformed(
                _("{file} contains more than {count:,} files").format(file=shown, count=_MAX_FILES)
            )
        if not is_text_name(path.name) or not path.is_file():
            continue
        limit -= path.stat().st_size
        if limit < 0:
            raise Malformed(_("{file} contains too much text").format(file=shown))
        if (data := path.read_bytes()).strip():
            yield str(path.relative_to(folder)), data


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, by name; links and hidden ones are left out."""

    def fail(error: OSError) -> None:
        raise error

    for parent, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if not name.startswith(".") and not path.is_symlink():
                yield path
