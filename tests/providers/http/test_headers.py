from __future__ import annotations

import pytest

from tui_chat.core.errors import KeyRefused
from tui_chat.core.profile import OPENAI_BASE_URL, Profile, Secret
from tui_chat.core.text.secret_fields import header_secrets
from tui_chat.providers.http.headers import (
    SentHeaders,
    own_headers,
    secrets_of,
    sendable_key,
    shown_headers,
)

_CLIENT = {
    "Host": "h",
    "Content-Type": "application/json",
    "Authorization": "Basic of-a-url",
    "Cookie": "of-an-earlier-answer",
}
_ENV = {
    "OPENAI_ORG_ID": "org",
    "OPENAI_PROJECT_ID": "",
    "OPENAI_CUSTOM_HEADERS": "X-Team: red\nnonsense\n: x\nAuthorization: Bearer other\n"
    "X-Api-Key: of-the-environment",
}


def _left(base_url: str, url: str, own: dict[str, str]) -> dict[str, str]:
    headers = dict(_CLIENT)
    SentHeaders(Profile("test", base_url), own).reduce(url, headers)
    return {name.lower(): value for name, value in headers.items()}


def test_only_needed_headers_and_those_of_the_profile_are_sent() -> None:
    left = _left("http://a/v1", "http://a/v1/x", {"X-Team": "blue"})
    assert left == {
        "host": "h",
        "content-type": "application/json",
        "x-team": "blue",
    }


def test_our_authorization_replaces_credentials_of_a_url() -> None:
    left = _left("http://a/v1", "http://a/v1/x", {"Authorization": "Bearer ours"})
    assert left["authorization"] == "Bearer ours"


def test_profile_headers_are_not_sent_to_another_origin() -> None:
    own = {"Authorization": "Bearer ours", "X-Team": "blue"}
    assert not {"authorization", "x-team"} & set(_left("http://a/v1", "http://b/v1", own))


def test_only_openai_receives_headers_from_the_environment() -> None:
    agent = own_headers(Profile("test", "http://a/v1"), None, {})
    assert own_headers(Profile("test", "http://a/v1"), None, _ENV) == agent
    assert own_headers(Profile("test", OPENAI_BASE_URL), None, _ENV) == agent | {
        "OpenAI-Organization": "org",
        "X-Team": "red",
        "X-Api-Key": "of-the-environment",
    }


def test_a_profile_overrides_headers_from_the_environment() -> None:
    profile = Profile("test", OPENAI_BASE_URL, headers={"x-team": "blue"})
    left = _left(OPENAI_BASE_URL, f"{OPENAI_BASE_URL}/x", own_headers(profile, None, _ENV))
    assert left["x-team"] == "blue"


def test_sent_secrets_from_the_environment_are_redacted() -> None:
    key = Secret("sk-1")
    assert secrets_of(Profile("test", OPENAI_BASE_URL), key, _ENV) == [
        key,
        Secret("of-the-environment"),
    ]
    assert secrets_of(Profile("test", "http://a/v1"), key, _ENV) == [key]


def test_secret_headers_are_redacted_for_display() -> None:
    shown = shown_headers({"Authorization": "Bearer x", "api-key": "y", "X": "z"}, str.upper)
    assert shown == {"Authorization": "***", "api-key": "***", "X": "Z"}


def test_token_limit_headers_are_shown() -> None:
    assert shown_headers({"x-ratelimit-remaining-tokens": "9"}, str) == {
        "x-ratelimit-remaining-tokens": "9"
    }


def test_secret_headers_of_a_profile_are_recognized() -> None:
    assert list(header_secrets({"X-Api-Key": "abcd", "X-Team": "b"})) == [Secret("abcd")]


@pytest.mark.parametrize("key", ["a b", "a\nb", "schlüssel", "a\x7f"])
def test_an_unsendable_key_is_rejected(key: str) -> None:
    with pytest.raises(KeyRefused):
        sendable_key(Secret(key))


@pytest.mark.parametrize(("key", "sent"), [(" abc\r\n", "abc"), ("abc", "abc"), ("  ", None)])
def test_a_key_is_trimmed(key: str, sent: str | None) -> None:
    assert sendable_key(Secret(key)) == (Secret(sent) if sent else None)
