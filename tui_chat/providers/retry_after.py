"""Parses the wait that an endpoint requests: Retry-After headers and error messages."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_IN_MESSAGE: Final = re.compile(
    r"(?:try again|retry|wait|available)\D{0,40}?(?:in|after|for)\s+"
    r"((?:\d+(?:\.\d+)?\s*(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?)(?![a-z])\s*)+)",
    re.IGNORECASE,
)
_PIECE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|milli|s|m|h|d)", re.IGNORECASE)


def requested_wait_s(
    headers: Mapping[str, str], message: str, now: datetime | None = None
) -> float | None:
    """Return the wait that a response requests in seconds; None if it requests none.

    Args:
        headers: Of the response, with lower-case names: retry-after-ms, retry-after (seconds or an
            HTTP date, RFC 9110).
        message: The endpoint's error message, such as "try again in 10 minutes".
        now: The current time, for dates; the `date` of the response comes first.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is not None:
        return seconds
    if (moment := _moment(value)) is not None:
        # By the server's own clock, where it tells: ours may be wrong.
        sent_at = _moment(headers.get("date")) or now or datetime.now(UTC)
        return max(0.0, (moment - sent_at).total_seconds())
    return _from_message(message)


def _moment(value: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value or "")
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value is not None else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _from_message(message: str) -> float | None:
    found = _IN_MESSAGE.search(message[:2_000])
    if not found:
        return None
    return sum(
        float(amount) * _UNITS["ms" if unit.lower() == "milli" else unit.lower()]
        for amount, unit in _PIECE.findall(found[1])
    )
