"""No secret is sent unencrypted to another machine unless the user allowed it."""

from __future__ import annotations

import pytest

from tui_chat.core.errors import InsecureEndpoint
from tui_chat.core.profile import CancelRequest, Profile, Secret
from tui_chat.providers.endpoint import Endpoint
from tui_chat.providers.http.plain_http import check_encrypted, is_exposed
from tui_chat.providers.openai_compatible import OpenAICompatible

KEY = Secret("sk-real-1234567890abcdef")
EXPOSED = (
    "http://api.example/v1",
    "http://192.168.1.5:11434/v1",
    "http://10.0.0.7/v1",
    "http://home.lan/v1",
    "http://nas:8080/v1",
    "http://[fd00::5]:80/v1",
    "http://localhost.evil.example/v1",
    "http://127.0.0.1.evil.example/v1",
    "http://2130706433/v1",
)
CLOSED = (
    "https://api.example/v1",
    "http://localhost:1/v1",
    "http://LOCALHOST./v1",
    "http://box.localhost/v1",
    "http://127.0.0.1:11434/v1",
    "http://127.8.9.1/v1",
    "http://[::1]:8000/v1",
    "http://[::ffff:127.0.0.1]/v1",
    "http://0.0.0.0:8000/v1",
)


@pytest.mark.parametrize("url", EXPOSED)
def test_a_key_is_not_sent_unencrypted_to_another_machine(url: str) -> None:
    with pytest.raises(InsecureEndpoint, match="plain http"):
        check_encrypted(Profile("p", url), KEY)
    with pytest.raises(InsecureEndpoint):
        OpenAICompatible(Profile("p", url), KEY)
    with pytest.raises(InsecureEndpoint):
        Endpoint(Profile("p", url), KEY, is_relayed=True)
    check_encrypted(Profile("p", url, is_insecure=True), KEY)
    check_encrypted(Profile("p", url), None)


@pytest.mark.parametrize("url", CLOSED)
def test_encrypted_and_loopback_endpoints_get_the_key(url: str) -> None:
    check_encrypted(Profile("p", url), KEY)


@pytest.mark.parametrize(
    "word", ["ollama", "none", "x", "", " ", "EMPTY", "xxxx", "sk-xxxx", "***", "lm-studio", "na"]
)
def test_a_placeholder_is_no_key(word: str) -> None:
    check_encrypted(Profile("p", EXPOSED[0]), Secret(word))
    headers = {"Authorization": f"Bearer {word or 'none'}", "X-Team": "blue"}
    check_encrypted(Profile("p", EXPOSED[0], headers=headers, extra_body={"api_key": word}), None)


@pytest.mark.parametrize(
    "headers",
    [{"X-Api-Key": "abcdef"}, {"Authorization": "Basic YTpiY2RlZmc="}, {"Cookie": "s=abcdef"},
     {"X-Odd": "sk-abc123def456"}],
)  # fmt: skip
def test_secret_headers_are_protected(headers: dict[str, str]) -> None:
    with pytest.raises(InsecureEndpoint):
        check_encrypted(Profile("p", EXPOSED[0], headers=headers), None)


def test_secrets_in_the_body_are_protected() -> None:
    body = {"tools": [{"headers": {"Authorization": "Bearer abcdefgh"}}]}
    with pytest.raises(InsecureEndpoint):
        check_encrypted(Profile("p", EXPOSED[0], extra_body=body), None)


def test_secrets_in_the_cancel_request_are_protected() -> None:
    profile = Profile(
        "p", CLOSED[0], cancel=CancelRequest("POST", "http://other.example/c/{id}?token=abcdef")
    )
    with pytest.raises(InsecureEndpoint, match=r"other\.example"):
        check_encrypted(profile, KEY)
    plain = CancelRequest("POST", "http://other.example/c/{id}")
    check_encrypted(Profile("p", CLOSED[0], cancel=plain), KEY)


def test_loopback_through_a_remote_proxy_is_exposed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    assert is_exposed("http://127.0.0.1:8000/v1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert not is_exposed("http://127.0.0.1:8000/v1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:3128")
    monkeypatch.setenv("no_proxy", "")
    assert not is_exposed("http://127.0.0.1:8000/v1")
