"""All clients together cannot use up the gateway's machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.gateway.running import QUESTION
from tests.local_model.processes import until
from tests.providers.wire import END, delta, hello
from tests.sse_server import Answer, Stall

if TYPE_CHECKING:
    from tests.gateway.conftest import Opener

SILENT = Answer((delta("Hel"), Stall()))


async def test_running_requests_are_limited(opened: Opener) -> None:
    gateway, _ = await opened(SILENT, limits={"running": 1})
    body = {"model": "m", "messages": QUESTION, "stream": True}
    headers = {"x-access-code": gateway.code}
    async with gateway.client.stream(
        "POST", "/v1/chat/completions", json=body, headers=headers
    ) as answer:
        pieces = answer.aiter_bytes()
        await anext(pieces)
        refused = await gateway.ask()
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "gateway_busy")
        assert refused.headers["retry-after"] == "1"
        # The state of the gateway stays visible.
        assert (await gateway.client.get("/healthz")).status_code == 200
    await until(lambda: gateway.load.held_bytes == 0, "the end of the requests")


async def test_requests_of_one_code_are_limited(opened: Opener) -> None:
    gateway, _ = await opened(SILENT)
    code = gateway.add("ada", concurrent_requests=1)
    body = {"model": "m", "messages": QUESTION, "stream": True}
    async with gateway.client.stream(
        "POST", "/v1/chat/completions", json=body, headers={"x-access-code": code}
    ) as answer:
        pieces = answer.aiter_bytes()
        await anext(pieces)
        refused = await gateway.ask(code)
        assert (refused.status_code, refused.headers.get("retry-after")) == (429, "1")
        assert refused.json()["error"]["code"] == "concurrent_requests"


async def test_bytes_of_all_bodies_are_limited(opened: Opener) -> None:
    gateway, server = await opened(Answer((hello(END),)), limits={"held_bytes": 200})
    assert (await gateway.ask(stream=True)).status_code == 200
    long = [{"role": "user", "content": "x" * 300}]
    refused = await gateway.ask(stream=True, messages=long)
    assert refused.status_code == 503
    assert len(server.requests) == 1
    assert (await gateway.ask(stream=True)).status_code == 200


async def test_connections_of_one_address_are_limited(opened: Opener) -> None:
    gateway, _ = await opened(SILENT, limits={"connections_per_address": 2})
    connections = [await asyncio.open_connection("127.0.0.1", gateway.port) for _ in range(3)]
    assert await connections[2][0].read() == b""
    connections[0][1].close()
    await connections[0][1].wait_closed()
    connections[1][1].write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await connections[1][0].readuntil(b"\r\n")).startswith(b"HTTP/1.1 200")
    for _, writer in connections:
        writer.close()


async def test_refused_bodies_count_against_the_rate(opened: Opener) -> None:
    gateway, _ = await opened(Answer((hello(END),)))
    code = gateway.add("ada", requests_per_minute=2)
    statuses = []
    for _ in range(3):
        answer = await gateway.client.post(
            "/v1/chat/completions",
            content=b"[" + b"{}," * 200_000 + b"{}]",
            headers={"x-access-code": code, "content-type": "application/json"},
        )
        statuses.append(answer.status_code)
    assert statuses == [413, 413, 429]
