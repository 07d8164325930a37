from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.core.strategies import TEXTS
from tests.providers.streams import ANY
from tests.providers.wire import KEY
from tui_chat.core.errors import ContextTooLong, CutOff, ProviderError, RateLimited
from tui_chat.core.profile import KeySource, Profile, Secret
from tui_chat.core.text.redact import Redactor
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.providers.errors.http_errors import BODY_LIMIT, MESSAGE_LIMIT, HttpErrors
from tui_chat.providers.stream.reply_parser import Ending

_PROFILE = Profile("test", "https://me.example.com/v1", key=KeySource(env="MY_KEY"))
_MAP = HttpErrors(_PROFILE, Redactor([Secret(KEY)]))


@given(st.integers(300, 999), TEXTS)
@example(300, "CONTEXTLENGTH")
def test_any_status_and_body_have_a_message(status: int, body: str) -> None:
    failure = _MAP.of_status(status, {}, body)
    assert failure.status == status
    assert f"HTTP {status}" in failure.message or isinstance(failure, ContextTooLong)
    assert sanitize_line(failure.message) == failure.message


@given(ANY, st.booleans())
def test_any_stream_error_has_a_message(error: object, has_text: bool) -> None:
    failure = _MAP.of_stream_error(error, has_text=has_text)
    assert isinstance(failure, ProviderError)
    assert isinstance(failure, CutOff) == has_text
    assert "HTTP" not in failure.summary
    assert sanitize_line(failure.message) == failure.message


@pytest.mark.slow
def test_cutting_a_body_leaves_no_part_of_the_key() -> None:
    for start in (*range(150, 320), *range(1_100, 1_300), *range(3_900, 4_050), 65_500, 65_520):
        failure = _MAP.of_status(400, {}, "x" * start + KEY)
        seen = f"{failure.message} {failure.body}"
        assert not [at for at in range(3, len(KEY) - 7) if KEY[at : at + 8] in seen]


def test_message_and_body_are_bounded() -> None:
    failure = _MAP.of_status(400, {}, "word " * 100_000)
    assert len(failure.server_message) <= MESSAGE_LIMIT
    assert len(failure.body) <= BODY_LIMIT


@pytest.mark.parametrize(
    "body",
    [
        "<" * 65_000,
        "<title>" * 9_000,
        "<!--" * 16_000,
        "exceed" * 11_000,
        "model " * 11_000,
        "try again in 1 " * 4_000,
        "try again " + "1" * 60_000,
        "a" * 65_000,
        "sk-" * 21_000,
        "eyJ-" * 16_000,
        "authorization:" * 4_600,
        "\\" * 65_000,
        "%25" * 21_000,
        "[" * 65_000,
        '{"error":' * 7_000,
    ],
    ids=lambda body: repr(body[:12]),
)
@pytest.mark.timeout(60)
def test_patterns_are_linear_on_hostile_bodies(body: str) -> None:
    # pytest-timeout fails this test; a quadratic pattern would take minutes.
    _MAP.of_status(500, {}, body)
    _MAP.of_ending(Ending(finish_reason=None, head=body.encode()))


def test_a_requested_wait_is_shown_and_kept() -> None:
    failure = _MAP.of_status(429, {"retry-after": "600"}, "")
    assert isinstance(failure, RateLimited)
    assert failure.retry_after_s == 600
    assert "10 min" in failure.message


def test_a_complete_reply_is_no_error() -> None:
    assert _MAP.of_ending(Ending(finish_reason="stop", has_text=True)) is None
