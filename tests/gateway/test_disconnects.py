"""Clients that disconnect or are slow, and the shutdown of the gateway."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.running import QUESTION
from tests.local_model.processes import until
from tests.providers.wire import END, delta, hello
from tests.sse_server import Answer, Pause, Repeat, Stall
from tui_chat.core.profile import CancelRequest
from tui_chat.gateway.codes.revocation import CHECK_INTERVAL_S
from tui_chat.gateway.http import client_response
from tui_chat.gateway.http.server import Connection

if TYPE_CHECKING:
    from tests.gateway.conftest import Opener
    from tests.gateway.running import Gateway

MUTE = Answer((Stall(),), framing="none")
SILENT = Answer((delta("Hel"), Stall()))
FLOOD = Answer((Repeat(delta("word " * 50)),))


def request(gateway: Gateway, path: str = "/v1/chat/completions", **fields: Any) -> bytes:
    """Return the bytes of a request."""
    body = {"messages": QUESTION, "stream": True} | fields
    data = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"x-access-code: {gateway.code}\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


async def connected(gateway: Gateway) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", gateway.port)


async def nothing_left(gateway: Gateway) -> None:
    """Wait until no connection and no request is left."""
    state = gateway.server.server_state
    await until(lambda: not (state.tasks or state.connections), "the end of all requests")


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/chat"])
@pytest.mark.parametrize("answer", [MUTE, SILENT, FLOOD])
async def test_a_disconnect_closes_the_connection_to_the_endpoint(
    opened: Opener, answer: Answer, path: str
) -> None:
    gateway, server = await opened(answer)
    fields = {} if path == "/v1/chat/completions" else {"nickname": "Ada"}
    reader, writer = await connected(gateway)
    writer.write(request(gateway, path, **fields))
    if answer is MUTE:
        await server.asked()
    else:
        await reader.readuntil(b"Hel" if answer is SILENT else b"word")
    writer.close()
    await server.requests[0].saw_close()
    await nothing_left(gateway)
    row = (await gateway.entries())[0]
    assert row[4:] == (499 if answer is MUTE else 200, "left")
    assert (row[2] > 0) == (answer is not MUTE)


async def test_many_disconnects_leak_nothing(opened: Opener) -> None:
    gateway, server = await opened(SILENT)
    before = asyncio.all_tasks()
    clients = [await connected(gateway) for _ in range(60)]
    for reader, writer in clients:
        writer.write(request(gateway))
        await reader.readuntil(b"Hel")
    assert len(gateway.server.server_state.connections) == 60
    for _, writer in clients:
        writer.transport.abort()
    for asked in server.requests:
        await asked.saw_close()
    await nothing_left(gateway)
    await until(lambda: not server._open, "the end of all connections")
    await until(lambda: len(asyncio.all_tasks() - before) == 0, "the end of all tasks")
    assert {row[5] for row in await gateway.entries(60)} == {"left"}


async def test_a_disconnect_after_the_end_affects_no_other_connection(opened: Opener) -> None:
    gateway, _ = await opened(Answer((hello(END),)))
    for _ in range(5):
        reader, writer = await connected(gateway)
        writer.write(request(gateway))
        await reader.readuntil(b"[DONE]")
        writer.transport.abort()
        assert (await gateway.ask(stream=True)).content == hello(END)
    assert {row[4] for row in await gateway.entries(10)} == {200}


async def test_a_disconnect_during_a_whole_response(opened: Opener) -> None:
    gateway, server = await opened(MUTE)
    _, writer = await connected(gateway)
    writer.write(request(gateway, stream=False))
    await server.asked()
    writer.close()
    await server.requests[0].saw_close()
    assert (await gateway.entries())[0][4:] == (499, "left")


async def test_the_cancel_request_of_the_profile_is_sent(opened: Opener) -> None:
    cancel = CancelRequest("POST", "{base_url}/responses/{id}/cancel")
    gateway, server = await opened(SILENT, Answer((hello(END),)), cancel=cancel)
    reader, writer = await connected(gateway)
    writer.write(request(gateway))
    await reader.readuntil(b"Hel")
    writer.close()
    await server.requests[0].saw_close()
    await until(lambda: bool(server.others), "the cancel request")
    assert server.others[0].path == "/v1/responses/chatcmpl-1/cancel"
    # A complete reply is not cancelled.
    await gateway.ask(stream=True)
    assert len(server.others) == 1


async def test_a_slow_client_blocks_the_endpoint_and_uses_no_memory(opened: Opener) -> None:
    sent = 0
    piece = delta("word " * 2000)

    gateway, server = await opened(Answer((Repeat(piece),)))
    reader, writer = await connected(gateway)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    writer.write(request(gateway))
    await server.asked()
    (connection,) = server._open
    # The endpoint blocks as soon as all buffers on the way are full.
    (held,) = gateway.server.server_state.connections
    assert isinstance(held, Connection)
    size, unchanged = -1, 0
    # Half a second without a change: on a busy machine a piece may be on its way for long.
    while unchanged < 10:
        await asyncio.sleep(0.05)
        buffered = held.transport.get_write_buffer_size()
        assert buffered < 300_000
        is_settled = buffered == size and not connection._may_write.is_set()
        size, unchanged = buffered, unchanged + 1 if is_settled else 0
    # It continues as soon as the client reads.
    writer.transport.resume_reading()  # type: ignore[attr-defined]
    while sent < 1_000_000:
        sent += len(await reader.read(65_536))
    writer.close()
    await server.requests[0].saw_close()


async def test_a_client_that_never_reads_is_disconnected(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_response, "WRITE_TIMEOUT_S", 1.0)
    gateway, server = await opened(FLOOD)
    _, writer = await connected(gateway)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    writer.write(request(gateway))
    await server.asked()
    await server.requests[0].saw_close()
    assert (await gateway.entries())[0][5] == "left"
    await nothing_left(gateway)
    writer.close()


async def test_shutdown_waits_for_running_requests(opened: Opener) -> None:
    gateway, _ = await opened(Answer((delta("Hel"), Pause(0.5), delta("lo."), END)))
    reader, writer = await connected(gateway)
    writer.write(request(gateway))
    await reader.readuntil(b"Hel")
    gateway.stop()
    rest = await reader.read()
    assert b"lo." in rest
    assert b"[DONE]" in rest
    assert b"error" not in rest
    await gateway.stopped()
    writer.close()
    assert (await gateway.entries())[0][5] == "complete"


async def test_shutdown_rejects_new_requests(opened: Opener) -> None:
    gateway, _ = await opened(SILENT)
    reader, writer = await connected(gateway)
    other, other_writer = await connected(gateway)
    other_writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
    writer.write(request(gateway))
    await reader.readuntil(b"Hel")
    gateway.stopping.begin(5)
    for path, status in (("/healthz", 503), ("/v1/models", 503)):
        answer = await gateway.client.get(path, headers={"x-access-code": gateway.code})
        assert answer.status_code == status
    assert (await gateway.ask()).status_code == 503
    other_writer.close()
    writer.close()
    assert other.at_eof() is False


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/chat"])
async def test_after_the_grace_period_an_error_ends_the_streams(opened: Opener, path: str) -> None:
    gateway, server = await opened(SILENT, grace_s=0.2)
    fields = {} if path == "/v1/chat/completions" else {"nickname": "Ada"}
    reader, writer = await connected(gateway)
    writer.write(request(gateway, path, **fields))
    await reader.readuntil(b"Hel")
    gateway.stop()
    rest = (await reader.read()).decode()
    assert "shutting down" in rest
    assert ("ERROR_MESSAGE_BOUNDARY" in rest) == (path == "/api/chat")
    # The body ends properly.
    assert rest.endswith("0\r\n\r\n")
    await gateway.stopped()
    await server.requests[0].saw_close()
    writer.close()
    assert (await gateway.entries())[0][4:] == (200, "stopped")


async def test_after_the_grace_period_a_waiting_client_gets_a_status(opened: Opener) -> None:
    gateway, _ = await opened(MUTE, grace_s=0.1)
    reader, writer = await connected(gateway)
    writer.write(request(gateway, stream=False))
    await until(lambda: bool(gateway.server.server_state.tasks), "the request")
    gateway.stop()
    assert (await reader.read()).startswith(b"HTTP/1.1 503 ")
    await gateway.stopped()
    writer.close()


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/chat"])
async def test_a_request_ends_when_its_code_is_revoked(opened: Opener, path: str) -> None:
    gateway, server = await opened(SILENT)
    fields = {} if path == "/v1/chat/completions" else {"nickname": "Ada"}
    reader, writer = await connected(gateway)
    writer.write(request(gateway, path, **fields))
    await reader.readuntil(b"Hel")
    gateway.records.codes.revoke("everybody")
    rest = (await reader.readuntil(b"0\r\n\r\n")).decode()
    assert "access_code_ended" in rest
    assert ("ERROR_MESSAGE_BOUNDARY" in rest) == (path == "/api/chat")
    await server.requests[0].saw_close()
    writer.close()
    assert (await gateway.entries())[0][4:] == (200, "stopped")


async def test_requests_of_other_codes_continue(opened: Opener) -> None:
    gateway, _ = await opened(Answer((delta("Hel"), Pause(3 * CHECK_INTERVAL_S), END)))
    gateway.add("ada")
    asking = asyncio.create_task(gateway.ask(stream=True))  # noqa: TID251 - awaited below
    gateway.records.codes.revoke("ada")
    answer = await asking
    assert answer.content == delta("Hel") + END
    assert (await gateway.entries())[0][5] == "complete"
