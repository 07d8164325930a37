from __future__ import annotations

import asyncio

import pytest

from tui_chat.core.errors import (
    BadReply,
    KeyRefused,
    ProviderError,
    RateLimited,
    RequestRejected,
    ServerFailed,
    Unreachable,
)
from tui_chat.providers import retry_policy as retries
from tui_chat.providers.retry_policy import RetryPause, pause_before_retry, retry_reason


@pytest.mark.parametrize("kind", [KeyRefused, RequestRejected, BadReply])
def test_permanent_errors_are_not_retried(kind: type[ProviderError]) -> None:
    assert pause_before_retry(kind("x"), 1) is None


def test_backoff_grows_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "_FIRST_PAUSE_S", 0.5)
    pauses = [pause_before_retry(ServerFailed("x"), attempt) or 0 for attempt in range(1, 12)]
    assert 0.37 <= pauses[0] <= 0.5
    assert pauses[2] > pauses[0]
    assert max(pauses) <= 8


@pytest.mark.parametrize(
    ("requested_s", "pause"), [(0.0, 0.0), (7.0, 7.0), (60.0, 60.0), (61.0, None)]
)
def test_a_requested_wait_is_used_up_to_a_limit(requested_s: float, pause: float | None) -> None:
    assert pause_before_retry(RateLimited("x", retry_after_s=requested_s), 3) == pause


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RateLimited("x"), "rate-limited"),
        (ServerFailed("x", status=503), "server error 503"),
        (ServerFailed("x"), "server error"),
        (Unreachable("x"), "unreachable"),
    ],
)
def test_retry_reasons(error: ProviderError, expected: str) -> None:
    assert retry_reason(error) == expected


async def test_a_pause_ends_early_or_by_itself() -> None:
    pause = RetryPause()
    pause.end()  # no pause is running: no effect on the next one
    loop = asyncio.get_running_loop()
    began = loop.time()
    await pause.wait(0.02)
    assert loop.time() - began >= 0.015
    loop.call_later(0.01, pause.end)
    await pause.wait(30)
    assert loop.time() - began < 5
