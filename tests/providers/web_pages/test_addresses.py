"""Private addresses are recognized in every form."""

from __future__ import annotations

from ipaddress import ip_address

import httpx2
import pytest

from tui_chat.providers.web_pages.addresses import is_public, origin_of, resolve

PUBLIC = ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::101:101", "2002:101:101::"]
PRIVATE = [
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.9.9.9", "169.254.169.254", "172.16.0.1",
    "192.168.1.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1",
    "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b::7f00:1",
    "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe", "fc00::1", "fd00:ec2::254", "fe80::1",
    "fec0::1", "ff02::1",
]  # fmt: skip


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize("text", PRIVATE)
def test_an_address_that_is_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(
    ("named", "other", "is_allowed"),
    [
        ("http://127.0.0.1:8000/a", "http://127.0.0.1:8000/b", True),
        ("http://127.0.0.1:8000", "http://127.0.0.1:11434", False),
        ("http://192.168.1.1", "https://192.168.1.1/login", True),
        ("https://192.168.1.1", "http://192.168.1.1", False),
        ("http://192.168.1.1", "http://192.168.1.2", False),
        ("http://localhost:3000", "http://localhost:3000/x", True),
        ("http://localhost:3000", "http://127.0.0.1:3000", False),
        ("http://[::1]:80", "http://[::1]/", True),
        ("http://intranet", "http://intranet/", False),
        ("https://example.org", "https://example.org/", False),
    ],
)
def test_only_an_address_that_is_named_literally_may_be_private(
    named: str, other: str, is_allowed: bool
) -> None:
    origins = origin_of(httpx2.URL(named)), origin_of(httpx2.URL(other))
    assert origins[0].allows(origins[1]) is is_allowed


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1"])
async def test_odd_forms_of_an_address_are_names(host: str) -> None:
    origin = origin_of(httpx2.URL(f"http://{host}/"))
    assert not origin.is_literal
    try:
        addresses = await resolve(origin)
    except OSError:
        # Some resolvers do not know these forms.
        return
    assert not any(map(is_public, addresses))
