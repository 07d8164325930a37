"""Detects that config.toml was edited while the program runs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class ConfigWatch:
    """Compares the file with its last known state; each check costs one `stat`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen = self._state()
        self._writers = 0

    def has_changed(self) -> bool:
        """Return whether another program changed, created or removed the file since the last call.

        While the program itself writes, it is False.
        """
        if self._writers:
            return False
        before, self._seen = self._seen, self._state()
        return self._seen != before

    @contextmanager
    def own_change(self) -> Iterator[None]:
        """Accept the state of the file at the end: the program itself writes it in this block."""
        self._writers += 1
        try:
            yield
        finally:
            self._writers -= 1
            self._seen = self._state()

    def _state(self) -> tuple[int, int, int] | None:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
