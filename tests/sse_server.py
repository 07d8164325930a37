"""A loopback HTTP server that follows a script: it cuts, stalls, drips, floods, lies.

In a test: `async with SseServer(Answer((b"data: ...",)), Answer(status=503)) as server`, one answer
per question in order, the last one again and again. In a process of its own, for a test in a
terminal: `python -m tests.sse_server CASE` serves a case of tests/providers and prints its base
URL; without CASE it prints their names.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from tests.sse_script import Answer, Cut, Drip, Pause, Raw, Repeat, Stall, Step, Until, actions

__all__ = [
    "Answer", "Cut", "Drip", "Pause", "Raw", "Received", "Repeat", "SseServer", "Stall", "Step",
    "Until",
]  # fmt: skip

DATA: Final = Path(__file__).parent / "data"
MODELS: Final = {"object": "list", "data": [{"id": "test-model"}, {"id": "other-model"}]}
_PATIENCE_S: Final = 60.0


@dataclass
class Received:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    raw: bytes
    at: float
    connection: int
    """Number of its connection, from 1."""
    closed: asyncio.Event
    closed_at: float | None = None
    """When the client closed, in seconds of the loop's clock."""
    sent_at: list[float] = field(default_factory=list)
    """When each piece of the answer was sent, in seconds of the loop's clock."""

    @property
    def json(self) -> dict[str, object]:
        """The body."""
        found: dict[str, object] = json.loads(self.body)
        return found

    async def saw_close(self, patience_s: float = _PATIENCE_S) -> float:
        """Wait until the client closes the connection; return when that was."""
        async with asyncio.timeout(patience_s):
            await self.closed.wait()
        assert self.closed_at is not None
        return self.closed_at


class SseServer:
    """Serves answers on a free port of 127.0.0.1.

    Attributes:
        requests: The questions, in order.
        others: All other requests but those for the list of models: cancel requests, mostly.
        listed: The requests for the list of models.
        pages: The answers for other paths.
        connections: How many connections were made.
    """

    def __init__(
        self,
        *answers: Answer,
        models: Answer | None = None,
        certificate: str = "",
        port: int = 0,
    ) -> None:
        self.answers = list(answers) or [Answer(framing="length")]
        self.models = models or Answer(
            (json.dumps(MODELS).encode(),), content_type="application/json", framing="length"
        )
        self.requests: list[Received] = []
        self.others: list[Received] = []
        self.listed: list[Received] = []
        self.pages: dict[str, Answer] = {}
        self.connections = 0
        self.received = asyncio.Event()
        self._certificate = certificate
        self._wanted_port = port
        self._tasks: set[asyncio.Task[None]] = set()
        self._open: set[_Connection] = set()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        context = None
        if self._certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            pair = DATA / self._certificate
            context.load_cert_chain(pair.with_suffix(".crt"), pair.with_suffix(".key"))
        self._server = await loop.create_server(
            lambda: _Connection(self), "127.0.0.1", self._wanted_port, ssl=context
        )
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for connection in list(self._open):
            connection.break_off()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)

    @property
    def scheme(self) -> str:
        return "https" if self._certificate else "http"

    @property
    def base_url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/v1"

    async def asked(self, count: int = 1, patience_s: float = _PATIENCE_S) -> Received:
        """Wait until that many questions have come; return the latest."""
        async with asyncio.timeout(patience_s):
            while len(self.requests) < count:
                self.received.clear()
                await self.received.wait()
        return self.requests[-1]

    def answer_for(self, request: Received) -> Answer:
        """Note a request and return what is to be done with it."""
        path = request.path.partition("?")[0]
        if request.method == "GET" and path.endswith("/models"):
            self.listed.append(request)
            return self.models
        if "/chat/completions" in path:
            self.requests.append(request)
            self.received.set()
            return self.answers[min(len(self.requests), len(self.answers)) - 1]
        self.others.append(request)
        self.received.set()
        if path in self.pages:
            return self.pages[path]
        if request.method == "CONNECT":
            return Answer(status=403, framing="length")
        return Answer((b"{}",), content_type="application/json", framing="length")

    def began(self, connection: _Connection) -> None:
        """Serve a new connection."""
        self.connections += 1
        self._open.add(connection)
        task = asyncio.get_running_loop().create_task(self._serve(connection, self.connections))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: _Connection, number: int) -> None:
        try:
            while (request := await connection.request(number)) is not None:
                answer = self.answer_for(request)
                if not await _play(connection, answer, request):
                    break
        finally:
            self._open.discard(connection)
            if connection.closed.is_set():
                # Nobody takes what is still to be sent.
                connection.transport.abort()
            else:
                connection.transport.close()


class _Connection(asyncio.Protocol):
    """A connection: a buffer, whether there is more, and whether the client has closed."""

    def __init__(self, server: SseServer) -> None:
        self._server = server
        self._buffer = bytearray()
        self._more = asyncio.Event()
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._request: Received | None = None
        self.closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._server.began(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._more.set()

    def eof_received(self) -> bool:
        self._note_close()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._note_close()

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    async def request(self, number: int) -> Received | None:
        """Return the next request, None when the client has closed."""
        head = await self._until(b"\r\n\r\n")
        if head is None:
            return None
        if head[:1] == b"\x16":
            # A TLS greeting on a port for plain HTTP: what most servers say to it.
            await self.send(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = (*first.split(" "), "", "", "")[:3]
        pairs = (line.partition(":") for line in lines if line)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        body = await self._exactly(int(headers.get("content-length", "0")))
        self._request = Received(
            method=method,
            path=path,
            headers=headers,
            body=body,
            raw=head + body,
            at=asyncio.get_running_loop().time(),
            connection=number,
            closed=self.closed,
        )
        return self._request

    async def send(self, data: bytes) -> bool:
        """Send bytes; False when the client has closed."""
        if self.closed.is_set():
            return False
        self.transport.write(data)
        await self._may_write.wait()
        await asyncio.sleep(0)
        return not self.closed.is_set()

    async def wait_closed(self, seconds: float | None = None) -> bool:
        """Wait until the client closes, or some time; say whether it has."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.closed.wait()
        return self.closed.is_set()

    def break_off(self, *, resets: bool = False) -> None:
        """Close without ending the body."""
        if resets:
            held = self.transport.get_extra_info("socket")
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()
        else:
            self.transport.close()

    async def _until(self, mark: bytes) -> bytes | None:
        while (end := self._buffer.find(mark)) < 0:
            if self._buffer[:1] == b"\x16":
                return bytes(self._buffer)
            if not await self._grown():
                return None
        return self._taken(end + len(mark))

    async def _exactly(self, length: int) -> bytes:
        while len(self._buffer) < length and await self._grown():
            pass
        return self._taken(length)

    async def _grown(self) -> bool:
        if self.closed.is_set():
            return False
        self._more.clear()
        await self._more.wait()
        return not self.closed.is_set()

    def _taken(self, length: int) -> bytes:
        data = bytes(self._buffer[:length])
        del self._buffer[:length]
        return data

    def _note_close(self) -> None:
        if not self.closed.is_set():
            if self._request is not None:
                self._request.closed_at = asyncio.get_running_loop().time()
            self.closed.set()
        self._more.set()
        self._may_write.set()


async def _play(connection: _Connection, answer: Answer, request: Received) -> bool:
    """Do what an answer says; say whether the connection may serve another request."""
    is_chunked = answer.framing == "chunked"
    if answer.framing != "none" and not await connection.send(answer.head()):
        return False
    for step in answer.steps:
        for action in actions(step):
            if isinstance(action, bytes):
                data = b"%x\r\n%b\r\n" % (len(action), action) if is_chunked else action
                request.sent_at.append(asyncio.get_running_loop().time())
                if action and not await connection.send(data):
                    return False
            elif isinstance(action, Raw):
                await connection.send(action.data)
            elif isinstance(action, Cut):
                connection.break_off(resets=action.resets)
                return False
            elif await _wait(connection, action):
                return False
    if is_chunked:
        await connection.send(b"0\r\n\r\n")
    return is_chunked or answer.framing == "length"


async def _wait(connection: _Connection, action: Until | float | None) -> bool:
    """Wait; return whether the client has closed meanwhile."""
    if isinstance(action, Until):
        await action.event.wait()
        return False
    return await connection.wait_closed(action)


async def _serve_case(name: str) -> None:
    # Here, because the cases import this module.
    from tests.providers.cases import CASES

    case = CASES[name]
    async with case.server() as server:
        sys.stdout.write(f"{case.url_of(server)}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Serve one case until killed."""
    from tests.providers.cases import CASES

    if len(sys.argv) != 2 or sys.argv[1] not in CASES:
        sys.exit("Usage: python -m tests.sse_server CASE\n" + "\n".join(CASES))
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve_case(sys.argv[1]))


if __name__ == "__main__":
    main()
