from __future__ import annotations

from dataclasses import replace

import httpx2
import pytest

from tests.sse_server import SseServer
from tui_chat.core.errors import ConfigError
from tui_chat.core.profile import CancelRequest, Profile
from tui_chat.providers.http.client import make_client

_PROFILE = Profile("test", "https://127.0.0.1:9/v1")
_PLAIN = Profile("test", "http://127.0.0.1:9/v1")


async def _nothing(request: httpx2.Request) -> None:
    del request


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("HTTPS_PROXY", "http://me:hunter2@127.0.0.1:99999", "proxy"),
        ("HTTPS_PROXY", "ftp://127.0.0.1", "proxy"),
        ("HTTPS_PROXY", "http://[::1", "proxy"),
        ("SSL_CERT_FILE", "/nowhere", "/nowhere"),
    ],
)
def test_environment_errors_are_reported(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    name: str,
    value: str,
    expected: str,
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as raised:
        make_client(_PROFILE, on_request=_nothing)
    assert expected in raised.value.message
    assert name in raised.value.message
    assert "hunter2" not in raised.value.message
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("profile", "env", "reads"),
    [
        (_PLAIN, {}, False),
        (replace(_PLAIN, is_embedded=True), {}, False),
        (_PROFILE, {}, True),
        (replace(_PLAIN, base_url="HTTPS://127.0.0.1:9/v1"), {}, True),
        (replace(_PLAIN, cancel=CancelRequest("POST", "https://127.0.0.1:8/{id}")), {}, True),
        (_PLAIN, {"HTTP_PROXY": "https://127.0.0.1:8"}, True),
    ],
)
async def test_certificates_are_loaded_only_for_tls(
    monkeypatch: pytest.MonkeyPatch, profile: Profile, env: dict[str, str], reads: bool
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    if reads:
        with pytest.raises(ConfigError, match="/nowhere"):
            make_client(profile, on_request=_nothing)
    else:
        await make_client(profile, on_request=_nothing).aclose()


async def test_tls_without_certificates_fails() -> None:
    async with SseServer(certificate="loopback") as server:
        client = make_client(_PLAIN, on_request=_nothing)
        with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await client.get(server.base_url)
        await client.aclose()


async def test_the_client_has_no_timeouts_of_its_own() -> None:
    client = make_client(_PROFILE, on_request=_nothing)
    assert client.timeout.as_dict() == dict.fromkeys(("connect", "read", "write", "pool"))
    await client.aclose()
