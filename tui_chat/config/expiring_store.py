"""A small file of facts learned about endpoints, each of which expires."""

from __future__ import annotations

import json
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.paths import make_private_folder
from tui_chat.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

log = logging.getLogger(__name__)

_MAX_ENTRIES: Final = 500
"""The oldest entries above this number are dropped."""
_LIFETIME_S: Final = 14 * 86_400.0
"""Endpoints learn, too: what one rejected may be accepted some weeks later."""


class ExpiringStore:
    """Values by key, in a file that several processes share; the user may delete it."""

    def __init__(self, file: Path | None, clock: Callable[[], float] = time.time) -> None:
        """Create the store; nothing is read yet.

        Args:
            file: The file; None to keep the values for this run only.
            clock: Returns the current time in seconds since 1970.
        """
        self._file = file
        self._clock = clock
        self._known: dict[str, list[Any]] | None = None

    def get(self, key: str) -> Any:
        """Return the value of a key; None if it is unknown or has expired."""
        found = self._read().get(key)
        return None if found is None or self._has_expired(found) else found[0]

    def with_prefix(self, prefix: str) -> dict[str, Any]:
        """Return the values of all keys that begin with a prefix, by the rest of the key."""
        return {
            key.removeprefix(prefix): entry[0]
            for key, entry in self._read().items()
            if key.startswith(prefix) and not self._has_expired(entry)
        }

    def set(self, key: str, value: Any) -> None:
        """Store a JSON value."""
        if self._file is not None:
            # Another process may have written the file since.
            self._known = None
        known = {name: it for name, it in self._read().items() if not self._has_expired(it)}
        known.pop(key, None)
        known[key] = [value, self._clock()]
        while len(known) > _MAX_ENTRIES:
            del known[next(iter(known))]
        self._known = known
        self._write()

    def forget(self) -> int:
        """Remove everything and return the number of values."""
        count = len(self._read())
        self._known = {}
        if self._file is not None:
            with suppress(OSError):
                self._file.unlink(missing_ok=True)
        return count

    def _has_expired(self, entry: list[Any]) -> bool:
        return not 0 <= self._clock() - entry[1] < _LIFETIME_S

    def _read(self) -> dict[str, list[Any]]:
        if self._known is None:
            self._known = {}
            with suppress(OSError, ValueError):
                stored = json.loads(self._file.read_text("utf-8")) if self._file else {}
                if isinstance(stored, dict):
                    self._known = {key: it for key, it in stored.items() if _is_entry(it)}
        return self._known

    def _write(self) -> None:
        if self._file is None:
            return
        try:
            make_private_folder(self._file.parent)
            temporary = self._file.with_suffix(".new")
            temporary.write_text(json.dumps(self._known, indent=1), encoding="utf-8")
            temporary.chmod(0o600)
            temporary.replace(self._file)
        except (OSError, ConfigError) as error:
            log.warning("facts about an endpoint were not stored: %s", error)


def _is_entry(stored: Any) -> bool:
    return isinstance(stored, list) and len(stored) == 2 and isinstance(stored[1], int | float)
