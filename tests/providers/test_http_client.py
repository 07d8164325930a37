from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tui_chat.core.errors import ConfigError
from tui_chat.core.profile import Profile
from tui_chat.providers.http_client import make_client

if TYPE_CHECKING:
    import httpx2

_PROFILE = Profile("test", "http://127.0.0.1:9/v1")


async def _nothing(request: httpx2.Request) -> None:
    del request


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:1", "SOCKS"),
        ("HTTPS_PROXY", "http://me:hunter2@127.0.0.1:99999", "proxy"),
        ("HTTP_PROXY", "ftp://127.0.0.1", "proxy"),
        ("HTTP_PROXY", "http://[::1", "proxy"),
        ("SSL_CERT_FILE", "/nowhere", "/nowhere"),
    ],
)
def test_what_the_environment_has_wrong_is_told(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    name: str,
    value: str,
    words: str,
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as raised:
        make_client(_PROFILE, on_request=_nothing)
    assert words in raised.value.words
    assert name in raised.value.words
    assert "hunter2" not in raised.value.words
    assert capfd.readouterr() == ("", "")


async def test_a_client_has_no_clocks_of_its_own() -> None:
    client = make_client(_PROFILE, on_request=_nothing)
    assert client.timeout.as_dict() == dict.fromkeys(("connect", "read", "write", "pool"))
    await client.aclose()
