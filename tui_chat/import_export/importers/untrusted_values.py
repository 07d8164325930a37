"""Values of a file that anybody may have written, taken only if they are what they should be."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS_FROM: Final = 1e11
"""A larger number of seconds since 1970 is one of milliseconds (the year 5138 otherwise)."""
_LARGEST_COUNT: Final = 10**12
_CLOCK_SKEW: Final = timedelta(days=1)


def text(value: object) -> str:
    """Return a text; an empty one for anything else."""
    return value if isinstance(value, str) else ""


def mapping(value: object) -> Mapping[str, Any]:
    """Return an object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> Sequence[Any]:
    """Return a list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def key(value: object) -> str:
    """Return what names a thing in its file, a text or a number; empty if it has no name."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < _LARGEST_COUNT else ""
    return text(value)[:200]


def count(value: object) -> int | None:
    """Return a number of tokens; None for anything else."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < _LARGEST_COUNT else None


def moment(value: object) -> datetime | None:
    """Return a time: ISO 8601 text (UTC, if it names no zone) or seconds since 1970.

    One before 1970 or in the future is a mistake, and None like all that is no time.
    """
    try:
        found = _from_text(value) if isinstance(value, str) else _from_number(value)
    except (ValueError, OverflowError):
        return None
    if found is None or not _EPOCH <= found <= now() + _CLOCK_SKEW:
        return None
    return found


def _from_text(value: str) -> datetime:
    found = datetime.fromisoformat(value[:40].strip())
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _from_number(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    seconds = value / 1000 if value > _MILLISECONDS_FROM else value
    return _EPOCH + timedelta(seconds=seconds)
