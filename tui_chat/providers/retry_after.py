"""Parses the wait that an endpoint requests: headers, fields of the body and error messages."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from tui_chat.providers.errors.server_message import parsed_body
from tui_chat.providers.errors.wait_in_words import duration_s, wait_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MILLISECONDS: Final = ("retry-after-ms", "x-ms-retry-after-ms", "x-retry-after-ms")
_SECONDS: Final = (
    "retry-after", "x-retry-after", "x-ratelimit-retry-after", "x-ratelimit-reset-after",
)  # fmt: skip
_FORWARDED: Final = "llm_provider-"
"""Prefix of the headers that LiteLLM forwards from the endpoint behind it."""
_RESET: Final = re.compile(r"(?:anthropic-|x-)?rate-?limit\w*(?:-[a-z-]+)?-reset(?:-[a-z_-]+)?\Z")
_EPOCH_S: Final = 1e9
"""Larger numbers are points in time, in seconds since 1970."""
_EPOCH_MS: Final = 1e11
_WAIT_FIELD: Final = re.compile(
    r"retry_?-?(?:after|delay|in)(?:_?(?P<unit>ms|milliseconds|s|sec|secs|seconds))?\Z|"
    r"wait_?(?:time|seconds)\Z|estimated_time\Z",
    re.IGNORECASE,
)
_MAX_DEPTH: Final = 6
_MAX_ITEMS: Final = 50


def requested_wait_s(
    headers: Mapping[str, str],
    message: str,
    now: datetime | None = None,
    *,
    body: Any = None,
    is_limited: bool = False,
) -> float | None:
    """Return the wait that a response requests in seconds; None if it requests none.

    Args:
        headers: Of the response, with lower-case names.
        message: The endpoint's error message, such as "try again in 10 minutes".
        now: The current time, for dates; the `date` of the response comes first.
        body: The decoded body. It may hold a wait (`retryDelay`), or headers of the endpoint
            behind it.
        is_limited: Whether the response reports a rate limit, so that the headers about its reset
            apply.
    """
    headers = _with_forwarded(headers)
    now = now or datetime.now(UTC)
    # By the server's own clock, where it is known: ours may be wrong.
    sent_at = _moment(headers.get("date")) or now
    for wait_s in (
        _from_headers(headers, sent_at),
        _from_fields(body),
        wait_in_words(message, now),
    ):
        if wait_s is not None:
            return wait_s
    if not is_limited:
        return None
    inner = {name: value for found in _inner_headers(body) for name, value in found.items()}
    return _from_resets(headers, sent_at) or _from_resets(inner, now)


def _with_forwarded(headers: Mapping[str, str]) -> dict[str, str]:
    found = {
        name.removeprefix(_FORWARDED): value
        for name, value in headers.items()
        if name.startswith(_FORWARDED)
    }
    return found | dict(headers)


def _from_headers(headers: Mapping[str, str], sent_at: datetime) -> float | None:
    for name in _MILLISECONDS:
        milliseconds = _number(headers.get(name))
        if milliseconds is not None:
            return milliseconds / 1000
    for name in _SECONDS:
        value = headers.get(name)
        seconds = _number(value)
        if seconds is None:
            seconds = duration_s(value or "")
        if seconds is None and (moment := _moment(value)) is not None:
            seconds = max(0.0, (moment - sent_at).total_seconds())
        if seconds is not None:
            return seconds
    return None


def _from_resets(headers: Mapping[str, str], sent_at: datetime) -> float | None:
    """Return the time until the exhausted limits are reset.

    Each limit has a header for its reset and one for what remains of it.
    """
    exhausted, unknown = list[float](), list[float]()
    for name, value in headers.items():
        found = _RESET.match(name)
        wait_s = _until(value, sent_at) if found else None
        if wait_s is None:
            continue
        remaining = _number(headers.get(name.replace("reset", "remaining")))
        if remaining is None:
            unknown.append(wait_s)
        elif remaining < 1:
            exhausted.append(wait_s)
    if exhausted:
        return max(exhausted)
    return min(unknown) if unknown else None


def _until(value: str, sent_at: datetime) -> float | None:
    """Return the seconds until a reset: a duration, a number of seconds, or a point in time."""
    number = _number(value)
    if number is not None:
        if number >= _EPOCH_S:
            number = number / 1000 if number >= _EPOCH_MS else number
            return max(0.0, number - sent_at.timestamp())
        return number or None
    if (seconds := duration_s(value)) is not None:
        return seconds
    moment = _moment(value)
    return None if moment is None else max(0.0, (moment - sent_at).total_seconds())


def _from_fields(body: Any) -> float | None:
    """Return the wait in a field such as `retryDelay` (RetryInfo of Google's APIs)."""
    for holder in _objects(body):
        for name, value in holder.items():
            found = _WAIT_FIELD.match(str(name))
            wait_s = _field_s(value, found["unit"]) if found else None
            if wait_s is not None:
                return wait_s
    return None


def _field_s(value: Any, unit: str | None) -> float | None:
    if isinstance(value, dict):
        # A protobuf Duration.
        seconds = _number(str(value.get("seconds", 0)))
        return None if seconds is None else seconds + (_number(str(value.get("nanos"))) or 0) / 1e9
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    number = _number(str(value))
    if number is None:
        return duration_s(str(value))
    return number / 1000 if (unit or "").lower().startswith("m") else number


def _inner_headers(body: Any) -> Iterator[dict[str, str]]:
    """Yield the headers inside a body (OpenRouter), with lower-case names."""
    for holder in _objects(body):
        headers = holder.get("headers")
        if isinstance(headers, dict):
            yield {str(name).lower(): str(value) for name, value in headers.items()}


def _objects(body: Any, depth: int = _MAX_DEPTH) -> Iterator[dict[str, Any]]:
    if depth <= 0:
        return
    if isinstance(body, str) and body.lstrip()[:1] in ("{", "["):
        # The error of another endpoint, forwarded as text.
        body = parsed_body(body)
    if isinstance(body, dict):
        yield body
        body = list(body.values())
    if isinstance(body, list):
        for item in body[:_MAX_ITEMS]:
            yield from _objects(item, depth - 1)


def _moment(value: str | None) -> datetime | None:
    """Return the point in time of an HTTP date or an ISO date."""
    text = (value or "").strip()
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        if len(text) < len("2026-01-01T00:00"):
            return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value is not None else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
