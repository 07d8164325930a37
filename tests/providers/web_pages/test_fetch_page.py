"""A page is fetched from the address that was checked, and from no private one unnamed."""

from __future__ import annotations

import zlib
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest

from tests.sse_script import Answer, Repeat, Stall
from tests.sse_server import DATA, SseServer
from tui_chat.core.errors import AttachmentRefused
from tui_chat.providers.web_pages.fetch_page import FetchLimits, fetch_page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from tui_chat.providers.web_pages.addresses import Address, Origin

PAGE = b"<title>A page</title><p>Text"
HTML = "text/html; charset=GBK"


class Resolver:
    """Resolves names to fixed addresses and counts."""

    def __init__(self, **hosts: str) -> None:
        self.hosts = {name.replace("_", "."): addresses for name, addresses in hosts.items()}
        self.asked: list[str] = []

    async def __call__(self, origin: Origin) -> Sequence[Address]:
        self.asked.append(origin.host)
        found = self.hosts.get(origin.host, origin.host)
        return [ip_address(it) for it in found.split()]


def page(data: bytes = PAGE, **headers: str) -> Answer:
    return Answer((data,), content_type=HTML, framing="length", headers=headers)


def redirect(target: str, status: int = 302) -> Answer:
    return Answer(status=status, framing="length", headers={"Location": target})


@pytest.fixture
async def server() -> AsyncIterator[SseServer]:
    async with SseServer() as server:
        yield server


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def url(server: SseServer, path: str = "/page", host: str = "127.0.0.1") -> str:
    return f"{server.scheme}://{host}:{server.port}{path}"


async def refused(address: str, **options: object) -> str:
    with pytest.raises(AttachmentRefused) as raised:
        await fetch_page(address, **options)  # type: ignore[arg-type]
    return raised.value.message


async def test_a_named_address_is_fetched_with_its_type_and_few_headers(server: SseServer) -> None:
    server.pages = {"/page": redirect("/other?a=b", 301), "/other": page()}
    found = await fetch_page(url(server))
    assert (found.data, found.mime, found.charset, found.proxy) == (PAGE, "text/html", "GBK", "")
    assert found.url == url(server, "/other?a=b")
    assert set(server.others[-1].headers) == {
        "host", "user-agent", "accept", "accept-encoding", "connection",
    }  # fmt: skip


async def test_a_name_is_resolved_once_and_its_checked_address_is_connected(
    server: SseServer,
) -> None:
    server.pages = {"/page": page()}
    resolver = Resolver(a_localhost="127.0.0.1")
    # The system does not know this name, so nothing else can have found the address.
    await fetch_page(url(server, host="a.localhost"), resolver=resolver)
    assert resolver.asked == ["a.localhost"]
    assert server.others[-1].headers["host"] == f"a.localhost:{server.port}"


async def test_the_certificate_is_checked_for_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(DATA / "loopback.crt"))
    async with SseServer(certificate="loopback") as server:
        server.pages = {"/page": page()}
        resolver = Resolver(localhost="127.0.0.1", b_localhost="127.0.0.1")
        assert (await fetch_page(url(server, host="localhost"), resolver=resolver)).data == PAGE
        message = await refused(url(server, host="b.localhost"), resolver=resolver)
    assert "is for another name" in message


async def test_a_name_or_a_redirect_leads_to_no_private_address(server: SseServer) -> None:
    server.pages = {
        "/page": redirect(f"http://169.254.169.254:{server.port}/meta"),
        "/port": redirect("http://127.0.0.1:1/x"),
        "/name": redirect(f"http://evil.example:{server.port}/page"),
        "/file": redirect("file:///etc/passwd"),
    }
    resolver = Resolver(evil_example="93.184.216.34 127.0.0.1")
    message = await refused(url(server, host="evil.example"), resolver=resolver)
    assert "evil.example" in message
    assert "is at the private address 127.0.0.1. If you mean it, name the address" in message
    assert server.others == []
    for path in ("/page", "/port", "/name"):
        assert "redirects to" in await refused(url(server, path), resolver=resolver)
    assert "is not the address of a web page" in await refused(url(server, "/file"))
    assert len(server.others) == 4


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ftp://example.org/", "is not the address of a web page"),
        ("http://", "is not the address of a web page"),
        ("http://0177.0.0.1/", "is not the address of a web page"),
        ("https://me:secret@example.org/", "a user name or a password, which is not sent"),
        ("http://127.0.0.1:1/", "the connection was refused"),
    ],
)
async def test_an_address_that_cannot_be_fetched(address: str, words: str) -> None:
    message = await refused(address)
    assert words in message
    assert "secret" not in message


async def test_limits_of_size_time_and_redirects(server: SseServer) -> None:
    server.pages = {
        "/endless": Answer((Repeat(b"x" * 9_000, times=None),), content_type=HTML),
        "/bomb": page(zlib.compress(bytes(3_000_000)), **{"Content-Encoding": "deflate"}),
        "/odd": page(b"x", **{"Content-Encoding": "br"}),
        "/loop": redirect("/loop"),
        "/silent": Answer((Stall(),), content_type=HTML),
        "/gone": Answer(status=404, framing="length"),
        "/error": Answer(status=503, framing="length"),
    }
    limits = FetchLimits(page_bytes=100_000, time_s=30)
    words = {
        "/endless": "is larger than 100 KB",
        "/bomb": "is larger than 100 KB",
        "/odd": "cannot be decompressed",
        "/loop": "redirects in a loop",
        "/gone": "answers with 404 Not Found. Check the address.",
        "/error": "answers with 503 Service Unavailable. Try again later.",
    }
    for path, expected in words.items():
        assert expected in await refused(url(server, path), limits=limits)
    message = await refused(url(server, "/silent"), limits=FetchLimits(time_s=0.05))
    assert "takes too long" in message


async def test_offline_only_this_machine_is_connected(server: SseServer) -> None:
    server.pages = {"/page": page()}
    assert (await fetch_page(url(server), is_offline=True)).data == PAGE
    message = await refused("http://192.168.0.1/", is_offline=True)
    assert "--offline blocks the connection to 192.168.0.1" in message


async def test_behind_a_proxy_literal_addresses_are_still_checked(
    server: SseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://me:secret@127.0.0.1:{server.port}")
    resolver = Resolver()
    server.pages = {
        "http://example.org/page": page(),
        "http://example.org/away": redirect("http://10.0.0.1/"),
    }
    found = await fetch_page("http://example.org/page", resolver=resolver)
    assert (found.data, found.proxy) == (PAGE, f"127.0.0.1:{server.port}")
    assert resolver.asked == []
    assert "which is at a private address" in await refused("http://example.org/away")
