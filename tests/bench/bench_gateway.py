"""Measures the gateway under load on loopback: three processes with the real program in the middle.

    python -m tests.bench.bench_gateway streams [STREAMS] [SECONDS] [PER_SECOND]
    python -m tests.bench.bench_gateway leaving [CLIENTS] [AT_ONCE]
    python -m tests.bench.bench_gateway latency [STREAMS] [SECONDS] [PER_SECOND]

    python -m tests.bench.bench_gateway refusals [TIMES]
    python -m tests.bench.bench_gateway workers [STREAMS] [EVENTS]

`streams`: concurrent responses; errors, memory, processor time. `leaving`: clients that disconnect
together in the middle of a response; the time until the endpoint sees it, and leaked resources.
`latency`: the gateway compared with a direct connection, alternating in one run. `refusals`: the
time of a 401, by the reason for it. `workers`: whole runs with one process and with two, with a
code without limits and with one whose tokens are counted.

Times are reliable on an idle machine, or as root with `chrt -r 1`.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from tests.gateway.programs import GatewayProgram, resident_kb, run
from tests.local_model.processes import cpu_s

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    Measure = tuple[Callable[..., Coroutine[Any, Any, None]], list[int]]

MOMENT: Final = re.compile(rb"@([\d.]+)@")


class Client(asyncio.Protocol):
    """Sends one request, and records the send time of each event."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        loop = asyncio.get_running_loop()
        self.first: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self.waits: list[float] = []
        self.head = b""
        self._tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        moment = time.monotonic()
        self.head = self.head or data[:12]
        self.waits += [moment - float(found) for found in MOMENT.findall(data)]
        self._tail = (self._tail + data)[-40:]
        if self.waits and not self.first.done():
            self.first.set_result(None)
        if self._tail.endswith(b"0\r\n\r\n"):
            self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()

    def is_whole(self, events: int) -> bool:
        """Return whether the response is complete."""
        is_ended = b"[DONE]" in self._tail
        return self.head == b"HTTP/1.1 200" and is_ended and len(self.waits) == events

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


class Course:
    """Context manager that runs the endpoint and the gateway."""

    def __init__(self, *flags: str, limits: tuple[str, ...] = ()) -> None:
        """Create a course.

        Args:
            flags: Options of the gateway.
            limits: Options of the access code.
        """
        self._flags = flags
        self._limits = limits

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        home = self._stack.enter_context(tempfile.TemporaryDirectory())
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
            os.environ[name] = home
        self._endpoint = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.gateway_endpoint"],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._stack.callback(self._endpoint.wait)
        self._stack.callback(self._endpoint.kill)
        assert self._endpoint.stdout is not None
        self.port = int(self._endpoint.stdout.readline())
        env = {
            "OPENAI_BASE_URL": f"http://127.0.0.1:{self.port}/v1",
            "OPENAI_API_KEY": "sk-1234567890",
        }
        self.gateway = self._stack.enter_context(GatewayProgram(*self._flags, env=env))
        arguments = ("codes", "add", "bench", "--concurrent-requests", "100000", *self._limits)
        self.gateway.code = self.gateway.run("gateway", *arguments).stdout.strip()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def gateway_port(self) -> int:
        return int(self.gateway.url.rpartition(":")[2])

    def request(self, model: str, text: str) -> bytes:
        """Return the bytes of a request."""
        messages = [{"role": "user", "content": text}]
        body = json.dumps({"model": model, "stream": True, "messages": messages}).encode()
        head = (
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            "Content-Type: application/json\r\n"
            f"x-access-code: {self.gateway.code}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def told(self) -> dict[str, Any]:
        """Return the events that the endpoint has seen."""
        from urllib.request import urlopen

        with urlopen(f"http://127.0.0.1:{self.port}/closes", timeout=10) as answer:
            found: dict[str, Any] = json.loads(answer.read())
        return found

    def open_files(self) -> int:
        """Return the number of open files and connections of the gateway."""
        return len(list(Path(f"/proc/{self.gateway.pid}/fd").iterdir()))


async def connected(port: int, request: bytes) -> Client:
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(lambda: Client(request), "127.0.0.1", port)
    return client


async def streamed(port: int, course: Course, count: int, model: str) -> list[Client]:
    """Send many requests at once, and wait for all responses."""
    clients = []
    for index in range(count):
        clients.append(await connected(port, course.request(model, str(index))))
        # Spread over the interval.
        await asyncio.sleep(0.002)
    await asyncio.gather(*(client.ended for client in clients))
    for client in clients:
        client.transport.close()
    return clients


def quantiles(waits: list[float]) -> str:
    ordered = sorted(waits)
    p50, p95, p99 = (ordered[int(len(ordered) * part)] * 1000 for part in (0.5, 0.95, 0.99))
    return f"p50 {p50:.2f}  p95 {p95:.2f}  p99 {p99:.2f}  max {ordered[-1] * 1000:.1f} ms"


async def streams(course: Course, count: int, seconds: int, rate: int) -> None:
    pid, events = course.gateway.pid, seconds * rate
    # A warm-up run: the first request fills modules, pools and caches.
    await streamed(course.gateway_port, course, count, f"rate:{2 * rate}:{rate}")
    before_cpu, began = cpu_s(pid), time.monotonic()
    work = asyncio.get_running_loop().create_task(
        streamed(course.gateway_port, course, count, f"rate:{events}:{rate}")
    )
    memory = []
    while not work.done():
        memory.append(resident_kb(pid) / 1024)
        await asyncio.wait([work], timeout=seconds / 12)
    clients = work.result()
    took = time.monotonic() - began
    whole = sum(client.is_whole(events + 1) for client in clients)
    print(f"{whole} of {count} answers whole, {events} events each at {rate}/s, in {took:.1f} s")
    print("resident MB:", " ".join(f"{value:.1f}" for value in memory))
    print(f"processor: {100 * (cpu_s(pid) - before_cpu) / took:.0f} % of one core")
    print("endpoint to client:", quantiles([wait for client in clients for wait in client.waits]))


async def leaving(course: Course, count: int, at_once: int) -> None:
    pid, port = course.gateway.pid, course.gateway_port
    await streamed(port, course, 20, "rate:2:10")
    await asyncio.sleep(1)
    files, memory = course.open_files(), resident_kb(pid)
    left: dict[str, float] = {}
    for start in range(0, count, at_once):
        names = [f"leaving-{index}" for index in range(start, min(start + at_once, count))]
        clients = [await connected(port, course.request("hang", name)) for name in names]
        await asyncio.gather(*(client.first for client in clients))
        for name, client in zip(names, clients, strict=True):
            left[name] = time.monotonic()
            client.transport.abort()
        await asyncio.sleep(0.05 + at_once * 0.003)
    await asyncio.sleep(1)
    closes = course.told()["closes"]
    waits = [closes[name] - moment for name, moment in left.items() if name in closes]
    late = sum(wait > 0.1 for wait in waits)
    print(
        f"{len(waits)} of {count} closes seen, {at_once} clients at once; {late} later than 100 ms"
    )
    print("client's close to endpoint's:", quantiles(waits))
    print(f"open files {files} before, {course.open_files()} after; "
          f"memory {memory / 1024:.1f} MB before, {resident_kb(pid) / 1024:.1f} after")  # fmt: skip
    print(f"connections left at the endpoint: {course.told()['open'] - 1}")
    status = course.gateway.end()
    rows = run("gateway", "codes", "usage").stdout.splitlines()
    print(f"the gateway ended with {status}; {rows[-1]}")


async def latency(course: Course, count: int, seconds: int, rate: int) -> None:
    ways = {"straight": course.port, "through the gateway": course.gateway_port}
    waits: dict[str, list[float]] = {name: [] for name in ways}
    rounds = 5
    for _ in range(rounds):
        for name, port in ways.items():
            events = max(1, seconds * rate // rounds)
            clients = await streamed(port, course, count, f"rate:{events}:{rate}")
            waits[name] += [wait for client in clients for wait in client.waits]
    for name, found in waits.items():
        print(f"{name}:", quantiles(found))
    p95 = [statistics.quantiles(found, n=20)[-1] * 1000 for found in waits.values()]
    print(f"added at p95: {p95[1] - p95[0]:.2f} ms")


async def refusals(course: Course, times: int) -> None:
    codes = {"missing": "", "wrong": "tcg-" + "x" * 32}
    for name, flags in (("revoked", ()), ("expired", ("--expires", "1m"))):
        made = course.gateway.run("gateway", "codes", "add", name, *flags)
        codes[name] = made.stdout.strip()
    course.gateway.run("gateway", "codes", "revoke", "revoked")
    path = Path(os.environ["XDG_DATA_HOME"], "tui-chat", "gateway.db")
    with closing(sqlite3.connect(path)) as records, records:
        records.execute("UPDATE codes SET expires_at = '2020-01-01T00:00:00+00:00' "
                        "WHERE name = 'expired'")  # fmt: skip
    reader, writer = await asyncio.open_connection("127.0.0.1", course.gateway_port)
    waits: dict[str, list[float]] = {name: [] for name in codes}
    for _ in range(times):
        for name, code in codes.items():
            began = time.perf_counter()
            head_lines = (
                "GET /v1/models HTTP/1.1",
                "Host: localhost",
                f"x-access-code: {code}",
                "",
                "",
            )
            writer.write("\r\n".join(head_lines).encode())
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readuntil(b"}}")
            waits[name].append(time.perf_counter() - began)
            assert b" 401 " in head
    writer.close()
    for name, found in waits.items():
        print(f"{name}:".ljust(9), quantiles(found))


def workers(count: int, events: int) -> None:
    """Compare one process with two, in whole runs."""
    times: dict[tuple[int, bool], float] = {}
    for is_limited in (False, True):
        for processes in (1, 2):
            limits = ("--tokens-per-day", "1000000000") if is_limited else ()
            with Course("--workers", str(processes), limits=limits) as course:
                port = course.gateway_port
                asyncio.run(streamed(port, course, 20, "rate:50:1000"))
                began = time.monotonic()
                clients = asyncio.run(streamed(port, course, count, f"rate:{events}:100000"))
                times[processes, is_limited] = time.monotonic() - began
            whole = sum(client.is_whole(events + 1) for client in clients)
            took = times[processes, is_limited]
            name = "limited" if is_limited else "unlimited"
            print(f"{processes} process, {name}: {whole} of {count} answers in {took:.2f} s,"
                  f" {whole * events / took:,.0f} events/s")  # fmt: skip
        ratio = times[1, is_limited] / times[2, is_limited]
        print(f"two processes: {ratio:.2f} times the throughput of one")


MEASURES: Final[dict[str, Measure]] = {
    "streams": (streams, [200, 60, 5]),
    "leaving": (leaving, [1000, 50]),
    "latency": (latency, [20, 10, 20]),
    "refusals": (refusals, [1000]),
}
"""The measurements and their default numbers."""


def main() -> None:
    """Run one measurement and print it."""
    if sys.argv[1:2] == ["workers"]:
        given = [int(text) for text in sys.argv[2:]]
        workers(*given, *[100, 300][len(given) :])
        return
    if len(sys.argv) < 2 or sys.argv[1] not in MEASURES:
        sys.exit(__doc__)
    measure, usual = MEASURES[sys.argv[1]]
    given = [int(text) for text in sys.argv[2:]]
    with Course() as course:
        asyncio.run(measure(course, *given, *usual[len(given) :]))


if __name__ == "__main__":
    main()
