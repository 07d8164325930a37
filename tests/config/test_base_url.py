from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_chat.config.base_url import checked_base_url, is_same_origin, origin_of
from tui_chat.core.errors import ConfigError


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1"),
        ("  https://api.openai.com/v1/ \n", "https://api.openai.com/v1"),
        ("https://host/v1///", "https://host/v1"),
        ("https://host/v1/chat/completions", "https://host/v1"),
        ("https://host/v1/chat/completions/", "https://host/v1"),
        ("https://host/v1/models", "https://host/v1"),
        ("HTTPS://Host.example/V1", "https://Host.example/V1"),
        ("http://localhost:11434", "http://localhost:11434"),
        ("http://[::1]:8000/v1/", "http://[::1]:8000/v1"),
        ("https://bücher.example/v1", "https://bücher.example/v1"),
    ],
)
def test_a_base_url_is_normalized(written: str, right: str) -> None:
    assert checked_base_url(written, "base_url") == right


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("api.example.com/v1", "Did you mean https://api.example.com/v1?"),
        ("localhost:11434/v1", "Did you mean http://localhost:11434/v1?"),
        ("192.168.1.5:8000", "Did you mean http://192.168.1.5:8000?"),
        ("https:/api.example.com/v1", "Did you mean https://api.example.com/v1?"),
        ("//api.example.com/v1", "Did you mean https://api.example.com/v1?"),
        ("sk-12345", "Did you mean https://…?"),
        ("user:pass@host", "Did you mean https://…?"),
        ("a b", "spaces"),
        ("ftp://host/v1", "http:// or https://"),
        ("https://", "no host"),
        ("https:///v1", "no host"),
        ("https://https://host/v1", "no host"),
        ("https://host:99999/v1", "host or port"),
        ("https://host:port/v1", "host or port"),
        ("https://[::1/v1", "host or port"),
        ("https://user:hunter2@host/v1", "user name or a password"),
        ("https://host/v1?key=hunter2", "?"),
        ("https://host/v1#hunter2", "#"),
        ("https://host/\x1b]52;hunter2", "control"),
        ("https://" + "a" * 70 + ".example", "host or port"),
        ("", "empty"),
        (" \n", "empty"),
    ],
)
def test_an_invalid_base_url_is_reported(written: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        checked_base_url(written, "base_url")

    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


@given(st.text(max_size=60) | st.from_regex(r"https?://[^ ]{0,40}", fullmatch=True))
def test_any_text_gives_a_url_or_an_error(text: str) -> None:
    url, error = None, None
    try:
        url = checked_base_url(text, "base_url")
    except ConfigError as caught:
        error = caught

    if url is None:
        assert error is not None
        assert error.summary.startswith("base_url")
        assert error.hint
    else:
        assert checked_base_url(url, "base_url") == url
        assert origin_of(url) is not None


def test_an_origin_is_scheme_host_and_port() -> None:
    assert is_same_origin("https://Host/v1", "https://host:443/other")
    assert not is_same_origin("https://host/v1", "http://host/v1")
    assert not is_same_origin("https://host/v1", "https://host:8443/v1")
    assert not is_same_origin("https://host.evil.example/v1", "https://host/v1")
    assert not is_same_origin("nonsense", "nonsense")
