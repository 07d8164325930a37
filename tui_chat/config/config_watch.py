"""Detects that config.toml was edited while the program runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class ConfigWatch:
    """Compares the file with its last known state; each check costs one `stat`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen = self._state()

    def has_changed(self) -> bool:
        """Return whether the file was changed, created or removed since the last call."""
        before, self._seen = self._seen, self._state()
        return self._seen != before

    def ignore(self) -> None:
        """Accept the current state, after the program itself has written the file."""
        self._seen = self._state()

    def _state(self) -> tuple[int, int, int] | None:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
