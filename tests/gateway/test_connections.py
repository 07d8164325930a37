"""Raw requests: slow, large, invalid or unusual ones."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.running import QUESTION
from tests.providers.wire import END, hello
from tests.sse_server import Answer
from tui_chat.gateway.http.framing import HEAD_LIMIT
from tui_chat.gateway.http.json_body import BODY_LIMIT

if TYPE_CHECKING:
    from tests.gateway.conftest import Opener
    from tests.gateway.running import Gateway

HELLO = Answer((hello(END),))
BODY = json.dumps({"messages": QUESTION, "stream": True}).encode()


def head(gateway: Gateway, length: int | str | None = len(BODY), *more: str) -> bytes:
    """Return the head of a request."""
    lines = ["POST /v1/chat/completions HTTP/1.1", "Host: x", f"x-access-code: {gateway.code}"]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join((*lines, *more, "", "")).encode()


async def sent(gateway: Gateway, *pieces: bytes) -> tuple[int, Any]:
    """Send bytes and read to the end; return the status and the error, or the body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    async with asyncio.timeout(100):
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0.01)
        answer = await reader.readuntil(b"\r\n\r\n")
        rest = await reader.read() if b"connection: close" in answer.lower() else b""
    writer.close()
    status = int(answer.split()[1])
    return status, json.loads(rest)["error"] if rest[:1] == b"{" else rest


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nx: " + b"y" * (HEAD_LIMIT + 10),
        b"\r\n" * 30_000,
    ],
    ids=range(8),
)
async def test_invalid_http_is_rejected(opened: Opener, garbage: bytes) -> None:
    gateway, _ = await opened()
    status, error = await sent(gateway, garbage)
    assert status == 400
    assert error["message"]
    assert (await gateway.client.get("/healthz")).status_code == 200


async def test_a_request_in_small_pieces(opened: Opener) -> None:
    gateway, upstream = await opened(HELLO)
    whole = head(gateway) + BODY
    assert (await sent(gateway, *(whole[at : at + 9] for at in range(0, len(whole), 9))))[0] == 200
    assert upstream.requests[0].json["messages"] == QUESTION


async def test_a_chunked_body(opened: Opener) -> None:
    gateway, upstream = await opened(HELLO)
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
    status, _ = await sent(gateway, head(gateway, None, "Transfer-Encoding: chunked"), chunked)
    assert status == 200
    assert upstream.requests[0].json["messages"] == QUESTION


async def test_a_body_that_is_too_large(opened: Opener) -> None:
    gateway, upstream = await opened(HELLO)
    status, error = await sent(gateway, head(gateway, BODY_LIMIT + 1), b"x" * 100_000)
    assert status == 413
    assert "8 MB" in error["message"]
    # Chunked, without a content-length.
    chunk = b"f4240\r\n" + b"x" * 1_000_000 + b"\r\n"
    status, _ = await sent(
        gateway, head(gateway, None, "Transfer-Encoding: chunked"), *[chunk] * 9, b"0\r\n\r\n"
    )
    assert status == 413
    status, _ = await sent(gateway, head(gateway, "9" * 300))
    assert status in (400, 413)
    assert not upstream.connections
    assert [row[4] for row in await gateway.entries(2)][:2] == [413, 413]


async def test_a_large_body_without_a_code_is_not_read(opened: Opener) -> None:
    gateway, _ = await opened()
    start = b"POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Length: 7000000\r\n\r\n"
    status, text = await sent(gateway, start, b"x" * 7_000_000)
    assert status == 401
    assert text.startswith(b"ERROR_MESSAGE_BOUNDARY\n")


async def test_a_missing_body_times_out(opened: Opener) -> None:
    gateway, _ = await opened()
    status, error = await sent(gateway, head(gateway, 100), b"{")
    assert status == 408
    assert error["code"] == "body_too_slow"


async def test_a_missing_head_times_out(opened: Opener) -> None:
    gateway, _ = await opened()
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(b"GET /healthz HT")
    async with asyncio.timeout(100):
        assert await reader.read() == b""
    writer.close()
    assert not gateway.server.server_state.connections


async def test_an_incomplete_further_head_times_out(opened: Opener) -> None:
    gateway, _ = await opened()
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    async with asyncio.timeout(100):
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"}")
        writer.write(b"GET")
        assert await reader.read() == b""
    writer.close()


async def test_expect_100_continue(opened: Opener) -> None:
    gateway, _ = await opened(HELLO)
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    async with asyncio.timeout(100):
        writer.write(head(gateway, len(BODY), "Expect: 100-continue"))
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        writer.write(BODY)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
    writer.close()
    # Unauthorized clients get the error before they send a large body.
    status, _ = await sent(
        gateway,
        b"POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n",
    )
    assert status == 401


async def test_pipelined_requests(opened: Opener) -> None:
    gateway, upstream = await opened(HELLO)
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write((head(gateway) + BODY) * 3)
    async with asyncio.timeout(100):
        for _ in range(3):
            answer = await reader.readuntil(b"0\r\n\r\n")
            assert b"[DONE]" in answer
    writer.close()
    assert len(upstream.requests) == 3


async def test_an_http_1_0_client(opened: Opener) -> None:
    gateway, _ = await opened(HELLO)
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(head(gateway).replace(b"HTTP/1.1", b"HTTP/1.0") + BODY)
    async with asyncio.timeout(100):
        answer = await reader.read()
    assert answer.endswith(hello(END))
    assert b"chunked" not in answer.lower()
    writer.close()


async def test_protocol_upgrades_are_ignored(opened: Opener) -> None:
    gateway, _ = await opened()
    status, _ = await sent(
        gateway,
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    )
    assert status == 200
