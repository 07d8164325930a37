"""The file of a journal: private, rewritten atomically, and locked while its process lives.

A module with few imports, so that a question can be saved before the database is open.
"""

from __future__ import annotations

import glob
import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from tui_chat.storage.writer_lock import Writer, writers_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

SUFFIX: Final = ".unsaved-"
PARTIAL: Final = ".partial"
_ATTACHED: Final = ".attached-"


class JournalFile:
    """The journal file of this process. Methods block briefly."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._writers: dict[Path, Writer] = {}
        """The lock of each place that was written to."""

    def replace(
        self, entries: list[dict[str, Any]], attached: Mapping[str, bytes] | None = None
    ) -> None:
        """Replace all entries, beside the database or else in a temporary folder.

        Args:
            entries: The new entries.
            attached: The bytes of the attachments in them, by hash. Each is written once, to a file
                of its own, because the entries are rewritten for every change.

        Raises:
            OSError: The files still hold the earlier entries.
        """
        data = json.dumps(entries).encode()
        try:
            self._database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(self._database, data, attached or {})
        except OSError as error:
            self._write_elsewhere(data, attached or {}, error)
        else:
            self._remove(place for place in self._writers if place != self._database)

    def remove(self) -> None:
        """Remove the files, if there are any.

        Raises:
            OSError: One cannot be removed.
        """
        self._remove(self._writers)

    def close(self) -> None:
        """Release the locks; the next start applies the entries."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def _write_elsewhere(
        self, data: bytes, attached: Mapping[str, bytes], problem: OSError
    ) -> None:
        from tui_chat.storage.journal.journal_places import make_private, spare_places

        for place in spare_places(self._database):
            with suppress(OSError):
                make_private(place.parent)
                self._write(place, data, attached)
                with suppress(OSError):
                    # The entries are newer, and a file can be removed from a full disk.
                    self._remove(other for other in self._writers if other != place)
                return
        raise problem

    def _write(self, place: Path, data: bytes, attached: Mapping[str, bytes]) -> None:
        if place not in self._writers:
            self._writers[place] = Writer(writers_folder(place))
        path = self._path(place)
        for name, content in attached.items():
            # First, so that no entry refers to a missing file.
            file = attached_file(path, name)
            if not file.exists():
                _write_whole(file, content)
        _write_whole(path, data)
        for file in attached_files(path):
            if not file.name.endswith(tuple(attached)):
                file.unlink(missing_ok=True)

    def _remove(self, places: Iterable[Path]) -> None:
        for place in places:
            path = self._path(place)
            path.unlink(missing_ok=True)
            for file in attached_files(path):
                file.unlink(missing_ok=True)

    def _path(self, place: Path) -> Path:
        return place.with_name(f"{place.name}{SUFFIX}{self._writers[place].id}")


def attached_file(journal: Path, name: str) -> Path:
    """Return the file with the bytes of an attachment of a journal."""
    return journal.with_name(journal.name.replace(SUFFIX, _ATTACHED, 1) + f"-{name}")


def attached_files(journal: Path) -> list[Path]:
    """Return the files with the bytes of a journal's attachments, partial ones too."""
    return list(journal.parent.glob(f"{glob.escape(attached_file(journal, '').name)}*"))


def stray_attached_files(place: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files with attachments beside a database, each with the id of its writer."""
    head = f"{place.name}{_ATTACHED}"
    for file in place.parent.glob(f"{glob.escape(head)}*"):
        yield file.name.removeprefix(head).partition("-")[0], file


def _write_whole(path: Path, data: bytes) -> None:
    partial = path.with_name(path.name + PARTIAL)
    try:
        file = os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(file, "wb") as stream:
            stream.write(data)
        partial.rename(path)
    except OSError:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
