from __future__ import annotations

import pytest

from tui_chat.core.text.secret_fields import (
    body_secrets,
    header_secrets,
    is_secret_field,
    looks_secret,
    url_secrets,
)

LONG = "Zx81mQ0pLk77vB3nTq55Rw"


def body_texts(body: object) -> set[str]:
    return {secret.reveal() for secret in body_secrets(body)}


@pytest.mark.parametrize(
    "name",
    ["api_key", "apiKey", "apikey", "APIKey", "x-api-key", "accessToken", "client_secret",
     "Authorization", "password", "user_pwd", "hf_token", "private-key", "Set-Cookie"],
)  # fmt: skip
def test_names_of_secrets(name: str) -> None:
    assert is_secret_field(name)


@pytest.mark.parametrize(
    "name",
    ["max_tokens", "tokenizer", "stop_token", "eos_token", "prompt_cache_key", "keys", "monkey",
     "top_k", "author", "model", "token_limit", "next_page_token", "publicKey", ""],
)  # fmt: skip
def test_names_of_ordinary_fields(name: str) -> None:
    assert not is_secret_field(name)


@pytest.mark.parametrize("value", ["sk-abc123def456", "Bearer abc123def", f"{LONG}xyz", "0f" * 20])
def test_values_that_look_like_keys(value: str) -> None:
    assert looks_secret(value)


@pytest.mark.parametrize(
    "value", ["deepseek-r1-distill-qwen-32b-instruct", "meta-llama/llama-3-70b", "blue", "", "max"]
)
def test_values_that_are_words(value: str) -> None:
    assert not looks_secret(value)


def test_secrets_of_a_body_are_found_at_any_depth() -> None:
    body = {
        "route": "fallback",
        "provider": {"api_key": "hunter22"},
        "tools": [{"type": "mcp", "headers": {"Authorization": f"Bearer {LONG}"}}],
        "secrets": {"list": ["blue"]},
        "credentials": ["one-of-two", "two-of-two"],
        "user": "sk-abc123def456",
        "max_tokens": 100,
    }
    assert body_texts(body) == {
        "hunter22", f"Bearer {LONG}", LONG, "one-of-two", "two-of-two", "sk-abc123def456",
    }  # fmt: skip


def test_placeholders_are_no_secrets() -> None:
    assert not body_texts({"api_key": "none", "token": "xxxx", "password": "", "secret": "abc"})
    assert not list(header_secrets({"Authorization": "Bearer ollama", "x-api-key": "x"}))


def test_a_header_is_redacted_in_every_form() -> None:
    found = {s.reveal() for s in header_secrets({"Authorization": "Basic YWRhOmh1bnRlcjIyMg=="})}
    assert {"YWRhOmh1bnRlcjIyMg==", "hunter222"} <= found
    found = {s.reveal() for s in header_secrets({"Cookie": "a=1; session=abcdefgh12"})}
    assert "abcdefgh12" in found


def test_secrets_of_a_url() -> None:
    assert [s.reveal() for s in url_secrets("http://h/c?token=abcdefg&page=2")] == ["abcdefg"]
    assert not list(url_secrets("http://h/c?id=7"))
    assert not list(url_secrets("http://[::1"))
