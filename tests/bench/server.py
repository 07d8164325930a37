"""A loopback endpoint in a process of its own, which streams the current plan.

    python -m tests.bench.server

It prints its port; then it reads plans, one JSON object a line, and "go", and prints what happens,
one JSON object a line, with moments of the monotonic clock, which all processes share. Every delta
is a chunk of HTTP and a server-sent event of the size that OpenAI sends.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from tests.bench.shapes import ending, pieces_of

CHUNK: Final = (
    '{"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"m",'
    '"choices":[{"index":0,"delta":{%s:%s},"finish_reason":%s}]}'
)
HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)
MODELS: Final = b'{"object":"list","data":[{"id":"m"}]}'


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The plan for the next questions, until another plan arrives."""

    how: Literal["stream", "flood", "silence", "mute"] = "stream"
    """`flood` streams for ever, `silence` stops after the deltas, `mute` sends not even a head."""
    shape: str = "mixed"
    delta: Literal["content", "reasoning_content"] = "content"
    """The field of an answer that the deltas fill."""
    deltas: int = 0
    rate: float = 0
    """Deltas a second; 0: as fast as they are taken."""
    stops: list[int] = field(default_factory=list)
    """Lengths in tokens: text comes in large pieces up to each, then the deltas. Both wait for
    "go", but for the first text."""
    end: str = ""
    """A word that ends the answer, in a paragraph of its own."""


class _Closed(Exception):
    """The other side has closed the connection."""


class Part:
    """Text that comes at once, and the deltas after it."""

    def __init__(self, plan: Plan, start: int, stop: int) -> None:
        count = 2_000 if plan.how == "flood" else plan.deltas
        bulk = pieces_of(plan.shape, stop - start, size=512, start=start)
        self.bulk = b"".join(_event(text, key=plan.delta) for text in bulk)
        deltas = pieces_of(plan.shape, count, start=stop)
        self.deltas = [_event(text, key=plan.delta) for text in deltas]
        self.joined = b"".join(self.deltas)


class Script:
    """A plan as bytes, made before the question comes."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        stops = plan.stops or [0]
        starts = [0, *(stop + plan.deltas for stop in stops)]
        self.parts = [Part(plan, *ends) for ends in zip(starts, stops, strict=False)]
        self.ending = _event(ending(plan.shape, plan.end)) if plan.end else b""
        self.ending += _event("", "stop") + _chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n"


class Connection:
    """One client, one thread."""

    def __init__(self, server: Server, connection: socket.socket) -> None:
        self._server = server
        self._socket = connection
        self._buffer = b""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)

    def serve(self) -> None:
        """Answer requests until the client has closed."""
        with self._socket:
            try:
                while True:
                    self._answer(self._request())
            except (_Closed, ConnectionError):
                tell("closed")

    def _request(self) -> bytes:
        while b"\r\n\r\n" not in self._buffer:
            self._wait(None)
        head, _, rest = self._buffer.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        self._buffer = rest
        while len(self._buffer) < length:
            self._wait(None)
        self._buffer = self._buffer[length:]
        return head

    def _answer(self, head: bytes) -> None:
        if head.startswith(b"GET"):
            size = b"Content-Length: %d" % len(MODELS)
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + size
            self._send(head + b"\r\n\r\n" + MODELS)
            return
        script = self._server.script
        tell("request")
        if script.plan.how == "mute":
            self._wait_for_the_end()
        self._send(HEAD)
        for index, part in enumerate(script.parts):
            if index:
                self._wait_for_go()
            self._send(part.bulk)
            if script.plan.stops:
                self._wait_for_go()
            tell("first")
            while script.plan.how == "flood":
                self._send(part.joined)
            if script.plan.rate:
                self._drip(part.deltas, script.plan.rate)
            else:
                self._send(part.joined)
            tell("last")
        if script.plan.how == "silence":
            self._wait_for_the_end()
        self._send(script.ending)

    def _wait_for_go(self) -> None:
        self._server.gate.wait()
        self._server.gate.clear()

    def _drip(self, deltas: list[bytes], rate: float) -> None:
        began = time.monotonic()
        for index, delta in enumerate(deltas):
            while (left := began + index / rate - time.monotonic()) > 0:
                self._wait(left)
            self._send(delta)

    def _wait_for_the_end(self) -> None:
        while True:
            self._wait(None)

    def _wait(self, seconds: float | None) -> None:
        """Wait for bytes of the client and take them."""
        if select.select([self._socket], [], [], seconds)[0]:
            self._take()

    def _take(self) -> None:
        data = self._socket.recv(1 << 20)
        if not data:
            raise _Closed
        self._buffer += data

    def _send(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            readable, writable, _ = select.select([self._socket], [self._socket], [])
            if readable:
                self._take()
            if writable:
                rest = rest[self._socket.send(rest[:65_536]) :]


class Server:
    """Takes connections, and orders from its standard input."""

    def __init__(self) -> None:
        self.script = Script(Plan())
        self.gate = threading.Event()

    def run(self) -> None:
        """Serve until the standard input ends."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        tell("port", port=listener.getsockname()[1])
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        for line in sys.stdin:
            if line.strip() == "go":
                self.gate.set()
            else:
                self.script = Script(Plan(**json.loads(line)))
                tell("planned")

    def _accept(self, listener: socket.socket) -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=Connection(self, connection).serve, daemon=True).start()


def _event(text: str, reason: str | None = None, *, key: str = "content") -> bytes:
    words = (json.dumps(key), json.dumps(text, ensure_ascii=False), json.dumps(reason))
    data = CHUNK % words
    return _chunk(b"data: %b\n\n" % data.encode())


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def tell(what: str, **more: Any) -> None:
    """Print what happened, with the moment."""
    sys.stdout.write(json.dumps({"what": what, "at": time.monotonic(), **more}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    Server().run()
