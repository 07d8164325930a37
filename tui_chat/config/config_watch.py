"""Notices that config.toml was edited while the program runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class ConfigWatch:
    """Compares the file with how it was when it was looked at last; a look costs one `stat`."""

    def __init__(self, file: Path) -> None:
        """Begin with the file as it is now; it need not exist."""
        self._file = file
        self._seen = self._state()

    def has_changed(self) -> bool:
        """Say whether the file was changed, made or removed since the last look."""
        before, self._seen = self._seen, self._state()
        return self._seen != before

    def ignore(self) -> None:
        """Take the file as it is now: the program itself has written it."""
        self._seen = self._state()

    def _state(self) -> tuple[int, int, int] | None:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
