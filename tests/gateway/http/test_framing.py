"""Requests that two programs could read differently are refused; pages of other sites too."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from tests.providers.wire import END, hello
from tests.sse_server import Answer
from tui_chat.gateway.http.errors import ErrorReply
from tui_chat.gateway.http.origins import LOOPBACK_HOSTS, AllowedOrigins

if TYPE_CHECKING:
    from tests.gateway.conftest import Opener

QUESTION = {"messages": [{"role": "user", "content": "Hi"}], "stream": True}
BODY = json.dumps(QUESTION).encode()
CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def with_headers(*lines: bytes, end: bytes = b"\r\n", body: bytes = BODY) -> bytes:
    return HEAD + b"".join(line + end for line in lines) + end + body


LENGTH = b"Content-Length: %d" % len(BODY)
CODE = b"Authorization: Bearer CODE"


@pytest.mark.parametrize(
    "request_bytes",
    [
        with_headers(CODE, LENGTH, b"Transfer-Encoding: chunked", body=CHUNKED),
        with_headers(CODE, b"Transfer-Encoding: chunked", LENGTH, body=CHUNKED),
        with_headers(CODE, CODE, LENGTH),
        with_headers(CODE, b"X-Access-Code: CODE", b"X-Access-Code: CODE", LENGTH),
        with_headers(CODE, LENGTH, b"Content-Length: 5"),
        with_headers(CODE, LENGTH, LENGTH),
        with_headers(CODE, b"Host: y", LENGTH),
        with_headers(CODE, LENGTH, end=b"\n"),
        with_headers(CODE, b"X-A: b\r\n folded", LENGTH),
        with_headers(CODE, b"X-A: b\r\n\tfolded", LENGTH),
        with_headers(CODE, b"X-A: b\nX-B: c", LENGTH),
        with_headers(CODE, b"X-A: b\rX-B: c", LENGTH),
        with_headers(CODE, b"Transfer-Encoding: gzip, chunked", body=CHUNKED),
        with_headers(CODE, b"Transfer-Encoding : chunked", body=CHUNKED),
        with_headers(CODE, b"X-A: " + b"a" * 40_000, LENGTH),
        HEAD.replace(b"\r\n", b"\n") + CODE + b"\n\n",
    ],
    ids=range(16),
)
async def test_loose_framing_is_refused(opened: Opener, request_bytes: bytes) -> None:
    gateway, server = await opened(Answer((hello(END),)))
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    writer.write(request_bytes.replace(b"CODE", gateway.code.encode()) + smuggled)
    answer = await reader.read()
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501"))
    assert answer.count(b"HTTP/1.1 ") == 1
    assert not server.requests
    writer.close()


async def test_well_formed_requests_are_served(opened: Opener) -> None:
    gateway, server = await opened(Answer((hello(END),)))
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    for lines, body in (((LENGTH,), BODY), ((b"Transfer-Encoding: chunked",), CHUNKED)):
        writer.write(with_headers(CODE, *lines, body=body).replace(b"CODE", gateway.code.encode()))
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 200")
        await reader.readuntil(b"0\r\n\r\n")
    assert len(server.requests) == 2
    writer.close()


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("localhost:8787", "", 0),
        ("LOCALHOST:8787", "", 0),
        ("127.0.0.1:8787", "", 0),
        ("[::1]:8787", "", 0),
        ("my-host:1", "", 0),
        ("evil.example", "", 421),
        ("127.0.0.1.evil.example", "", 421),
        ("", "", 421),
        ("user@localhost", "", 0),
        ("localhost@evil.example", "", 421),
        ("[", "", 421),
        ("localhost:8787", "http://localhost:8787", 0),
        ("localhost:8787", "http://localhost:9999", 403),
        ("localhost:8787", "https://evil.example", 403),
        ("localhost:8787", "null", 403),
        ("localhost:8787", "https://chat.example", 0),
        ("localhost:8787", "https://chat.example.evil", 403),
    ],
)
def test_pages_of_other_sites_are_refused(host: str, origin: str, status: int) -> None:
    allowed = AllowedOrigins((*LOOPBACK_HOSTS, "my-host"), ["https://chat.example/"])
    headers = {b"host": host.encode()} | ({b"origin": origin.encode()} if origin else {})
    if not status:
        allowed.check(headers)
        return
    with pytest.raises(ErrorReply) as refused:
        allowed.check(headers)
    assert refused.value.status == status


async def test_a_simple_post_of_a_page_does_nothing(opened: Opener) -> None:
    gateway, server = await opened(Answer((hello(END),)))
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        headers = {"content-type": kind, "x-access-code": gateway.code}
        answer = await gateway.client.post("/v1/chat/completions", content=BODY, headers=headers)
        assert answer.status_code == 415
    assert not server.requests


async def test_requests_have_an_identifier(opened: Opener) -> None:
    gateway, _ = await opened(Answer((hello(END),)))
    first = await gateway.client.get("/healthz")
    second = await gateway.client.get("/healthz", headers={"x-request-id": "own-1"})
    odd = await gateway.client.get("/healthz", headers={"x-request-id": "a b\x7f"})
    assert len(first.headers["x-request-id"]) == 32
    assert second.headers["x-request-id"] == "own-1"
    assert odd.headers["x-request-id"] != "a b\x7f"
    assert (await gateway.client.get("/readyz")).json() == {"status": "ready"}
