"""A loopback endpoint in a process of its own, for the load on the gateway.

    python -m tests.bench.gateway_endpoint

It prints its port. The model of a question says what it does: `rate:EVENTS:PER_SECOND` streams
events that hold the moment they were sent, `hang` sends one and then nothing. GET /closes tells
when each connection was closed by the other side, by the text of the question.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any, Final

HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)
EVENT: Final = (
    'data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,'
    '"model":"m","choices":[{"index":0,"delta":{"content":"@%.6f@"},"finish_reason":%s}]}\n\n'
)


class Connection(asyncio.Protocol):
    """One client; it serves one question after another."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._buffer = b""
        self._name = ""
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.open += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.open -= 1
        if self._task is not None and not self._task.done():
            self._server.closes[self._name] = time.monotonic()
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, mark, rest = self._buffer.partition(b"\r\n\r\n")
        if not mark:
            return
        length = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        if head.startswith(b"GET"):
            told = {"closes": self._server.closes, "open": self._server.open}
            self._whole(json.dumps(told).encode())
            return
        body = json.loads(rest[:length])
        self._name = body["messages"][-1]["content"]
        self._task = asyncio.get_running_loop().create_task(self._answer(body["model"]))

    def _whole(self, data: bytes) -> None:
        size = b"Content-Length: %d\r\n\r\n" % len(data)
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + size + data
        )

    async def _answer(self, model: str) -> None:
        self._transport.write(HEAD)
        if model == "hang":
            self._event()
            await asyncio.Event().wait()
        _, count, rate = model.split(":")
        began = time.monotonic()
        for index in range(int(count)):
            await asyncio.sleep(began + index / float(rate) - time.monotonic())
            self._event()
        self._event("stop")
        self._chunk(b"data: [DONE]\n\n")
        self._transport.write(b"0\r\n\r\n")

    def _event(self, reason: str | None = None) -> None:
        self._chunk((EVENT % (time.monotonic(), json.dumps(reason))).encode())

    def _chunk(self, data: bytes) -> None:
        self._transport.write(b"%x\r\n%b\r\n" % (len(data), data))


class Server:
    """State shared by the connections."""

    def __init__(self) -> None:
        self.closes: dict[str, float] = {}
        self.open = 0

    async def run(self) -> None:
        """Serve until killed."""
        loop = asyncio.get_running_loop()
        made: Any = await loop.create_server(lambda: Connection(self), "127.0.0.1", 0, backlog=2048)
        sys.stdout.write(f"{made.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(Server().run())
