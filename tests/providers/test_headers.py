from __future__ import annotations

import pytest

from tui_chat.core.errors import KeyRefused
from tui_chat.core.profile import OPENAI_BASE_URL, Profile, Secret
from tui_chat.core.secret_fields import header_secrets
from tui_chat.providers.headers import SentHeaders, sendable_key, shown_headers

_SDK = {
    "Host": "h",
    "Content-Type": "application/json",
    "Authorization": "Bearer of-the-environment",
    "X-Stainless-OS": "Linux",
    "x-stainless-raw-response": "stream",
    "OpenAI-Organization": "org",
    "X-Custom": "of-the-environment",
}


def _left(base_url: str, url: str, own: dict[str, str]) -> dict[str, str]:
    headers = dict(_SDK)
    SentHeaders(Profile("test", base_url), own).reduce(url, headers)
    return {name.lower(): value for name, value in headers.items()}


def test_only_what_is_needed_and_ours_leaves() -> None:
    left = _left("http://a/v1", "http://a/v1/x", {"X-Team": "blue"})
    assert left == {
        "host": "h",
        "content-type": "application/json",
        "x-stainless-raw-response": "stream",
        "x-team": "blue",
    }


def test_our_authorization_stands_against_the_environment() -> None:
    left = _left("http://a/v1", "http://a/v1/x", {"Authorization": "Bearer ours"})
    assert left["authorization"] == "Bearer ours"


def test_nothing_of_ours_goes_to_another_origin() -> None:
    own = {"Authorization": "Bearer ours", "X-Team": "blue"}
    assert not {"authorization", "x-team"} & set(_left("http://a/v1", "http://b/v1", own))


def test_openai_itself_gets_organization_but_no_facts_of_this_machine() -> None:
    left = _left(OPENAI_BASE_URL, f"{OPENAI_BASE_URL}/x", {})
    assert left["openai-organization"] == "org"
    assert "x-stainless-os" not in left
    assert "authorization" not in left


def test_secrets_are_not_shown() -> None:
    shown = shown_headers({"Authorization": "Bearer x", "api-key": "y", "X": "z"}, str.upper)
    assert shown == {"Authorization": "***", "api-key": "***", "X": "Z"}


def test_limits_of_tokens_are_shown() -> None:
    assert shown_headers({"x-ratelimit-remaining-tokens": "9"}, str) == {
        "x-ratelimit-remaining-tokens": "9"
    }


def test_headers_that_hold_secrets_are_known() -> None:
    assert list(header_secrets({"X-Api-Key": "abcd", "X-Team": "b"})) == [Secret("abcd")]


@pytest.mark.parametrize("key", ["a b", "a\nb", "schlüssel", "a\x7f"])
def test_a_key_that_cannot_be_sent_is_refused(key: str) -> None:
    with pytest.raises(KeyRefused):
        sendable_key(Secret(key))


@pytest.mark.parametrize(("key", "sent"), [(" abc\r\n", "abc"), ("abc", "abc"), ("  ", None)])
def test_a_key_is_trimmed(key: str, sent: str | None) -> None:
    assert sendable_key(Secret(key)) == (Secret(sent) if sent else None)
