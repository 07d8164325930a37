from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given

from tests.core.strategies import TEXTS
from tui_chat.providers.retry_after import requested_wait_s

_NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "message", "wait_s"),
    [
        ({}, "", None),
        ({"retry-after": "7"}, "", 7),
        ({"retry-after": "0"}, "", 0),
        ({"retry-after": "1.5"}, "", 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, "", 0.25),
        ({"retry-after": "Fri, 02 Jan 2026 03:05:05 GMT"}, "", 60),
        ({"retry-after": "Fri, 02 Jan 2026 03:00:00 GMT"}, "", 0),
        ({"retry-after": "Fri, 02 Jan 2026 03:05:05"}, "", 60),
        (
            {
                "retry-after": "Wed, 02 Jan 2019 03:05:05 GMT",
                "date": "Wed, 02 Jan 2019 03:05:00 GMT",
            },
            "",
            5,
        ),
        ({"retry-after": "Fri, 02 Jan 2026 03:05:05 GMT", "date": "yesterday"}, "", 60),
        ({"retry-after": "-1"}, "", None),
        ({"retry-after": "nan"}, "", None),
        ({"retry-after": "inf"}, "", None),
        ({"retry-after": "soon"}, "try again in 5 seconds", 5),
        ({"retry-after": "Fri, 99 Jan 2026 03:05:05 GMT"}, "", None),
        ({"retry-after": ""}, "", None),
        ({}, "Please try again in 20ms.", 0.02),
        ({}, "Please try again in 6m0s.", 360),
        ({}, "try again in 1h2m3.5s", 3723.5),
        ({}, "Please retry after 10 minutes", 600),
        ({}, "Please wait for 30 seconds before", 30),
        ({}, "Please try again in 2 hours.", 7200),
        ({}, "retry in 1 day", 86_400),
        ({}, "You can retry your request, in 3 steps", None),
        ({}, "try again later", None),
    ],
)
def test_requested_waits_are_parsed(
    headers: dict[str, str], message: str, wait_s: float | None
) -> None:
    assert requested_wait_s(headers, message, _NOW) == pytest.approx(wait_s)


@given(TEXTS, TEXTS, TEXTS)
def test_no_input_raises(value: str, milliseconds: str, message: str) -> None:
    requested_wait_s({"retry-after": value, "retry-after-ms": milliseconds}, message, _NOW)
