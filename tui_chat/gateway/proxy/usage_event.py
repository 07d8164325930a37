"""Removes the usage event from a stream for a client that did not ask for it."""

from __future__ import annotations

import json
from typing import Final

_USAGE: Final = b'"usage"'


class UsageFilter:
    """Passes complete lines on, without events that hold the usage and nothing else.

    The gateway asks every endpoint for the usage, because it counts tokens. OpenAI's format sends
    it in an event of its own, whose list of choices is empty; some clients read its first choice.
    """

    def __init__(self, *, is_wanted: bool) -> None:
        """Create a filter.

        Args:
            is_wanted: Whether the client asked for the usage; then everything is passed on.
        """
        self._is_wanted = is_wanted
        self._line = b""
        self._drops_blank = False

    def feed(self, data: bytes) -> bytes:
        """Add data, and return what may be sent."""
        if self._is_wanted or (
            _USAGE not in data and not self._line and not self._drops_blank and data[-1:] == b"\n"
        ):
            return data
        *lines, self._line = (self._line + data).splitlines(keepends=True) or [b""]
        if self._line.endswith((b"\n", b"\r")):
            lines.append(self._line)
            self._line = b""
        return b"".join(line for line in lines if self._is_kept(line))

    def finish(self, data: bytes) -> bytes:
        """Add the last data, and return the rest."""
        kept = self.feed(data)
        rest, self._line = self._line, b""
        return kept + rest

    def _is_kept(self, line: bytes) -> bool:
        if self._drops_blank and not line.strip():
            self._drops_blank = False
            return False
        self._drops_blank = _is_usage_only(line)
        return not self._drops_blank


def _is_usage_only(line: bytes) -> bool:
    if _USAGE not in line or not line.startswith(b"data:"):
        return False
    try:
        event = json.loads(line[5:])
    except (ValueError, RecursionError):
        return False
    return (
        isinstance(event, dict)
        and isinstance(event.get("usage"), dict)
        and event.get("choices") in ([], None)
        and not event.get("error")
    )
