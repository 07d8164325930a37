"""Durations as text for the user: `45 s`, `10 min`, `2 h 30 min`, `3 days`."""

from __future__ import annotations

import math
from typing import Final

from tui_chat.core.labels import _, ngettext

_MAX_DAYS: Final = 400
_DAYS_FROM_HOURS: Final = 72


def duration(seconds: float) -> str:
    """Return a duration, rounded up to its unit."""
    if seconds < 90:
        return _("{seconds} s").format(seconds=math.ceil(seconds))
    minutes = math.ceil(seconds / 60)
    if minutes < 90:
        return _("{minutes} min").format(minutes=minutes)
    hours, rest = divmod(minutes, 60)
    if hours >= _DAYS_FROM_HOURS:
        days = math.ceil(hours / 24)
        if days > _MAX_DAYS:
            return _("more than a year")
        return ngettext("{count} day", "{count} days", days)
    if hours < 10 and rest:
        return _("{hours} h {minutes} min").format(hours=hours, minutes=rest)
    return _("{hours} h").format(hours=hours)
