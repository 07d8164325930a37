"""Parses a wait in an error message: "try again in 2s", "resets at 2026-01-02 00:00 UTC"."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from tui_chat.core.text.lazy_pattern import LazyPattern

_UNITS: Final = {
    "ms": 0.001, "milli": 0.001, "毫秒": 0.001,
    "s": 1.0, "秒": 1.0,
    "m": 60.0, "分": 60.0,
    "h": 3600.0, "小时": 3600.0, "时": 3600.0,
    "d": 86_400.0, "天": 86_400.0, "日": 86_400.0,
}  # fmt: skip
_AMOUNT: Final = (
    r"\d+(?:\.\d+)?\s?(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|"
    r"days?)"
    r"(?![a-z])"
)
_DURATION: Final = rf"{_AMOUNT}(?:,?\s?(?:and\s)?{_AMOUNT})*"
_IN_ENGLISH: Final = LazyPattern(
    r"(?:try again|retry|retrying|wait|available|resets?|refill\w*)\D{0,60}?"
    rf"(?:\b(?:in|after|for|about|approximately|least)|[:~(])\s?({_DURATION})",
    re.IGNORECASE,
)
_AT_ONCE: Final = LazyPattern(
    rf"(?:wait|retry after|retry-after|cool ?down)\W{{1,3}}({_DURATION})", re.IGNORECASE
)
_IN_CHINESE: Final = LazyPattern(
    r"((?:\d+(?:\.\d+)?\s?(?:毫秒|秒钟?|分钟?|小时|天)\s?)+)(?:之|以)?后"
    r"|(?:等待|等)\s?((?:\d+(?:\.\d+)?\s?(?:毫秒|秒钟?|分钟?|小时|天)\s?)+)"
)
_PIECE: Final = LazyPattern(
    r"(\d+(?:\.\d+)?)\s?(ms|milli|s|m|h|d|毫秒|秒|分|小时|天)", re.IGNORECASE
)
_ALONE: Final = LazyPattern(rf"\s*({_DURATION})\s*\Z", re.IGNORECASE)
_DATE: Final = LazyPattern(
    r"(?:reset|regain|until|available|again|restored|重置|恢复|将在|将于)\D{0,60}?"
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ]|\sat\s)(\d\d):(\d\d)(?::(\d\d))?(?:\.\d+)?\s?"
    r"(Z|UTC|GMT|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
_INSPECTED: Final = 2_000
_CHINA: Final = timezone(timedelta(hours=8))


def wait_in_words(message: str, now: datetime | None = None) -> float | None:
    """Return the wait that an error message names in seconds; None if it names none.

    Args:
        message: The message of the endpoint.
        now: The current time, for a message with a date.
    """
    text = message[:_INSPECTED]
    for pattern in (_IN_ENGLISH, _AT_ONCE, _IN_CHINESE):
        if found := pattern.search(text):
            return _sum(next(group for group in found.groups() if group))
    found = _DATE.search(text)
    moment = _moment(found) if found else None
    if moment is None:
        return None
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def duration_s(text: str) -> float | None:
    """Return the seconds of a duration alone, such as "6m0s"; None for any other text."""
    found = _ALONE.match(text[:_INSPECTED])
    return _sum(found[1]) if found else None


def _sum(duration: str) -> float:
    return sum(float(amount) * _UNITS[unit.lower()] for amount, unit in _PIECE.findall(duration))


def _moment(found: re.Match[str]) -> datetime | None:
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    # Chinese endpoints write their own time without a zone.
    zone = _CHINA if re.search("[一-鿿]", found[0]) else UTC
    try:
        if re.match(r"[+-]", found[7] or ""):
            zone = timezone(_offset(found[7]))
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except (ValueError, OverflowError):
        return None


def _offset(text: str) -> timedelta:
    digits = text[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -offset if text[0] == "-" else offset
