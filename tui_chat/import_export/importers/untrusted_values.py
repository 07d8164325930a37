"""Converts untrusted values of imported files; a value of the wrong type becomes an empty one."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.conversation import now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MIN_MILLISECONDS: Final = 1e11
"""A larger timestamp is in milliseconds; as seconds it would be after the year 5138."""
_MAX_COUNT: Final = 10**12
_CLOCK_SKEW: Final = timedelta(days=1)


def text(value: object) -> str:
    """Return a string; an empty one for any other type."""
    return value if isinstance(value, str) else ""


def mapping(value: object) -> Mapping[str, Any]:
    """Return an object; an empty one for any other type."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> Sequence[Any]:
    """Return a list; an empty one for any other type."""
    return value if isinstance(value, list) else []


def key(value: object) -> str:
    """Return an identifier, a string or an integer, as a string; empty for any other type."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < _MAX_COUNT else ""
    return text(value)[:200]


def count(value: object) -> int | None:
    """Return a token count or a duration; None for any other value."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < _MAX_COUNT else None


def moment(value: object) -> datetime | None:
    """Return a time given as ISO 8601 (UTC by default) or as a Unix timestamp.

    None for any other value, and for times before 1970 or in the future.
    """
    try:
        parsed = _from_text(value) if isinstance(value, str) else _from_number(value)
    except (ValueError, OverflowError):
        return None
    if parsed is None or not _EPOCH <= parsed <= now() + _CLOCK_SKEW:
        return None
    return parsed


def _from_text(value: str) -> datetime:
    parsed = datetime.fromisoformat(value[:40].strip())
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _from_number(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    seconds = value / 1000 if value > _MIN_MILLISECONDS else value
    return _EPOCH + timedelta(seconds=seconds)
