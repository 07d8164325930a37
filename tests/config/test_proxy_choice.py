from __future__ import annotations

import pytest
from hypothesis import given

from tests.core.strategies import TEXTS
from tui_chat.config import proxy_choice
from tui_chat.config.proxy_choice import proxy_for

_HTTPS = "https://api.example.com/v1"
_LOCAL = "http://192.168.1.7:11434/v1"
_P = "http://proxy:3128"


@pytest.mark.parametrize(("url", "env", "proxy"), [
    (_HTTPS, {}, None),
    (_HTTPS, {"https_proxy": _P}, _P),
    (_HTTPS, {"HTTPS_PROXY": "proxy:3128"}, _P),
    (_HTTPS, {"HTTP_PROXY": _P}, None),
    (_LOCAL, {"HTTP_PROXY": _P}, _P),
    (_HTTPS, {"ALL_PROXY": "socks5://proxy:1080"}, "socks5://proxy:1080"),
    (_HTTPS, {"ALL_PROXY": "socks5h://proxy:1080"}, "socks5h://proxy:1080"),
    (_HTTPS, {"ALL_PROXY": "socks://proxy:1080"}, "socks5h://proxy:1080"),
    (_HTTPS, {"ALL_PROXY": "socks://x:1", "HTTPS_PROXY": _P}, _P),
    (_LOCAL, {"ALL_PROXY": _P, "NO_PROXY": "192.168.0.0/16"}, None),
    (_LOCAL, {"ALL_PROXY": _P, "NO_PROXY": "10.0.0.0/8, 192.168.1.0/24"}, None),
    (_LOCAL, {"ALL_PROXY": _P, "NO_PROXY": "10.0.0.0/8"}, _P),
    (_LOCAL, {"ALL_PROXY": _P, "NO_PROXY": "192.168.1.7"}, None),
    (_LOCAL, {"ALL_PROXY": _P, "NO_PROXY": "192.168.1.7:11434"}, None),
    (_LOCAL, {"ALL_PROXY": _P, "NO_PROXY": "192.168.1.7:80"}, _P),
    (_HTTPS, {"ALL_PROXY": _P, "NO_PROXY": "*"}, None),
    (_HTTPS, {"ALL_PROXY": _P, "NO_PROXY": "example.com"}, None),
    (_HTTPS, {"ALL_PROXY": _P, "NO_PROXY": ".example.com"}, None),
    (_HTTPS, {"ALL_PROXY": _P, "NO_PROXY": "*.example.com"}, None),
    (_HTTPS, {"ALL_PROXY": _P, "NO_PROXY": "ample.com"}, _P),
    (_HTTPS, {"ALL_PROXY": _P, "NO_PROXY": "localhost,127.0.0.1"}, _P),
    ("http://[::1]:8080/v1", {"ALL_PROXY": _P, "NO_PROXY": "::1"}, None),
    ("http://[fd00::5]:8080/v1", {"ALL_PROXY": _P, "NO_PROXY": "fd00::/8"}, None),
    ("http://[::1]:8080/v1", {"ALL_PROXY": _P, "NO_PROXY": "[::1]:8080"}, None),
    ("nonsense", {"ALL_PROXY": _P}, None),
])  # fmt: skip
def test_only_the_proxy_of_the_url_counts(
    monkeypatch: pytest.MonkeyPatch, url: str, env: dict[str, str], proxy: str | None
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(url) == proxy


@given(TEXTS, TEXTS)
def test_no_text_raises(url: str, no_proxy: str) -> None:
    proxy_for(url)
    assert proxy_choice._is_bypassed("a.b", 80, no_proxy) in (True, False)
