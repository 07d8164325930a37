from __future__ import annotations

import pytest

from tui_chat.providers.errors.causes import cause_of
from tui_chat.providers.errors.error_patterns import (
    mentioned_setting,
    mentioned_status,
    mentions_login,
)


@pytest.mark.parametrize(
    "message",
    [
        "The message you sent was not understood",
        "context is required",
        "tokens per minute exceeded",
        "Request too large for your plan",
    ],
)
def test_other_messages_do_not_mention_the_context(message: str) -> None:
    cause = cause_of(message)
    assert cause is None or cause.name != "context"


def test_login_pages_are_recognized() -> None:
    assert mentions_login("<title>Please sign in</title>")
    assert not mentions_login("<title>It works! By the author</title>")


@pytest.mark.parametrize(
    ("param", "message", "setting"),
    [
        ("temperature", "", "temperature"),
        ("generation.top_p", "", "top_p"),
        ("max_completion_tokens", "", "max_tokens"),
        ("messages", "Unsupported: 'seed'", "seed"),
        ("", "Unsupported: unstoppable stop and go", ""),
        ("", "please stop", ""),
        ("", "temperature is nice", ""),
        ("messages", "invalid", ""),
    ],
)
def test_the_rejected_setting_is_recognized(param: str, message: str, setting: str) -> None:
    assert mentioned_setting(param, message) == setting


@pytest.mark.parametrize(
    ("error", "code", "message", "status"),
    [
        ({"code": 429}, "429", "", 429),
        ({"status": "503 x"}, "", "", 503),
        ({"code": "rate_limit_exceeded"}, "rate_limit_exceeded", "", 429),
        ({}, "authentication_error", "", 401),
        ({}, "", "Not authenticated", 401),
        ({}, "invalid_request_error", "", 400),
        ("boom", "", "boom", None),
        ({"code": "x" * 99_999}, "", "", None),
    ],
)
def test_the_status_of_a_stream_error_is_recognized(
    error: object, code: str, message: str, status: int | None
) -> None:
    assert mentioned_status(error, code, message) == status
