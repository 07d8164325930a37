from __future__ import annotations

import pytest

from tui_chat.providers.errors.error_patterns import (
    mentioned_setting,
    mentioned_status,
    mentions_context_limit,
    mentions_login,
    mentions_missing_model,
    mentions_quota,
)


@pytest.mark.parametrize(
    "words",
    [
        "The message you sent was not understood",
        "context is required",
        "tokens per minute exceeded",
        "Request too large for your plan",
    ],
)
def test_other_messages_do_not_mention_the_context(words: str) -> None:
    assert not mentions_context_limit(words)


@pytest.mark.parametrize(
    ("words", "is_meant"),
    [("Insufficient Balance", True), ("requires more credits", True), ("slow down", False)],
)
def test_quota_errors_are_recognized(words: str, is_meant: bool) -> None:
    assert mentions_quota(words) is is_meant


@pytest.mark.parametrize(
    ("words", "is_meant"),
    [("model 'x' not found", True), ("No such model", True), ("the model is loading", False)],
)
def test_missing_models_are_recognized(words: str, is_meant: bool) -> None:
    assert mentions_missing_model(words) is is_meant


def test_login_pages_are_recognized() -> None:
    assert mentions_login("<title>Please sign in</title>")
    assert not mentions_login("<title>It works! By the author</title>")


@pytest.mark.parametrize(
    ("param", "words", "setting"),
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
def test_the_rejected_setting_is_recognized(param: str, words: str, setting: str) -> None:
    assert mentioned_setting(param, words) == setting


@pytest.mark.parametrize(
    ("error", "code", "words", "status"),
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
    error: object, code: str, words: str, status: int | None
) -> None:
    assert mentioned_status(error, code, words) == status
