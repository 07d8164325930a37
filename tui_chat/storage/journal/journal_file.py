"""The file of a journal: private, rewritten atomically, and locked while its process lives.

A module with few imports, so that a question can be saved before the database is open.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from tui_chat.storage.writer_lock import Writer, writers_folder

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX: Final = ".unsaved-"
PARTIAL: Final = ".partial"


class JournalFile:
    """The journal file of this process. Methods block briefly."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._writer: Writer | None = None

    def replace(self, entries: list[dict[str, Any]]) -> None:
        """Replace all entries.

        Raises:
            OSError: The file still holds the earlier entries.
        """
        if self._writer is None:
            self._database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._writer = Writer(writers_folder(self._database))
        path = self._path(self._writer)
        partial = path.with_name(path.name + PARTIAL)
        try:
            file = os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
            with os.fdopen(file, "wb") as stream:
                stream.write(json.dumps(entries).encode())
            partial.rename(path)
        except OSError:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise

    def remove(self) -> None:
        """Remove the file, if there is one.

        Raises:
            OSError: It cannot be removed.
        """
        if self._writer is not None:
            self._path(self._writer).unlink(missing_ok=True)

    def close(self) -> None:
        """Release the lock; the next start applies the entries."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _path(self, writer: Writer) -> Path:
        return self._database.with_name(f"{self._database.name}{SUFFIX}{writer.id}")
