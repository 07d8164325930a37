from __future__ import annotations

import pytest

from tui_chat.core.profile import Profile
from tui_chat.core.request import build_request
from tui_chat.core.text.token_estimate import ContextUse, estimate_request_tokens, estimate_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("abcd", 1),
        ("abcde", 2),
        ("你好世界", 4),
        ("こんにちは", 5),
        ("안녕하세요", 5),
        ("你好abcd", 3),
        ("привет", 3),
        ("👋", 1),
        ("year 2026", 2 + 4),
    ],
)
def test_estimates_know_scripts(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


def test_a_long_text_is_sampled() -> None:
    text = "".join(f"line {number} 日本\n" for number in range(20_000))
    parts = [text[at : at + 50_000] for at in range(0, len(text), 50_000)]
    assert estimate_tokens(text) == pytest.approx(sum(map(estimate_tokens, parts)), rel=0.05)


def test_a_request_is_estimated_with_its_system_prompt() -> None:
    profile = Profile(name="p", base_url="http://127.0.0.1:9/v1", system_prompt="Be brief.")
    assert estimate_request_tokens(build_request((), profile)) == 3 + 4


@pytest.mark.parametrize(
    ("tokens", "limit", "is_nearly_full"),
    [(79, 100, False), (80, 100, True), (200, 100, True), (10**9, None, False)],
)
def test_a_warning_comes_near_the_end(
    tokens: int, limit: int | None, *, is_nearly_full: bool
) -> None:
    assert ContextUse(tokens, is_estimate=False, limit=limit).is_nearly_full is is_nearly_full
