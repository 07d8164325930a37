"""Measures reading an answer: CPU beside the SDK's own iterator, and how quickly Esc is seen.

python -m tests.bench.bench_reader [DELTAS [STOPS]]

The servers of the first part run in a process of their own, so their work is not counted.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from contextlib import AsyncExitStack, aclosing
from typing import TYPE_CHECKING, Final

from openai import AsyncOpenAI

from tests.providers.case import messages, opened
from tests.providers.stops import STANDINGS, Stopper
from tests.providers.wire import END, delta
from tests.sse_server import Answer, Raw, SseServer
from tui_chat.core.profile import Profile
from tui_chat.core.request import build_request
from tui_chat.core.stream_events import TextDelta
from tui_chat.providers.stream.reply_parser import ReplyParser

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ROUNDS: Final = 7


def _answers(deltas: int) -> dict[str, Answer]:
    events = [delta(f" word{number}") for number in range(deltas)]
    return {
        # As fast as they can be read: many events in a read.
        "at once": Answer((Raw(_chunked(*events, END)),)),
        # As servers write them: each event a chunk of its own.
        "event by event": Answer((*events, END)),
    }


def _chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)


async def _serve(deltas: int) -> None:
    servers = [SseServer(answer) for answer in _answers(deltas).values()]
    for server in servers:
        await server.__aenter__()
        print(server.base_url, flush=True)
    await asyncio.Event().wait()


async def _ours(url: str, deltas: int, stack: AsyncExitStack) -> Callable[[], Awaitable[None]]:
    profile = Profile("bench", url, model="m")
    provider = await opened(profile, "none-1234567")
    stack.push_async_callback(provider.aclose)
    request = build_request([messages()[0]], profile)

    async def read() -> None:
        count = 0
        async with aclosing(provider.stream(request)) as events:
            async for event in events:
                count += isinstance(event, TextDelta)
        assert count == deltas

    return read


async def _sdk(url: str, deltas: int, stack: AsyncExitStack) -> Callable[[], Awaitable[None]]:
    client = AsyncOpenAI(base_url=url, api_key="none-1234567", max_retries=0)
    stack.push_async_callback(client.close)

    async def read() -> None:
        count = 0
        stream = await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "Hi"}], stream=True
        )
        async with stream:
            async for chunk in stream:
                count += bool(chunk.choices and chunk.choices[0].delta.content)
        assert count == deltas

    return read


async def _cpu(read: Callable[[], Awaitable[None]]) -> float:
    began = time.process_time()
    await read()
    return time.process_time() - began


async def _compare(urls: list[str], deltas: int) -> None:
    for name, url in zip(_answers(1), urls, strict=True):
        async with AsyncExitStack() as stack:
            readers = {
                "ours": await _ours(url, deltas, stack),
                "SDK": await _sdk(url, deltas, stack),
            }
            took: dict[str, list[float]] = {reader: [] for reader in readers}
            for _ in range(ROUNDS + 1):
                for reader, read in readers.items():
                    took[reader].append(await _cpu(read) * 1_000 / deltas)
        # The first round imports and warms up.
        ours, sdk = (statistics.median(values[1:]) for values in took.values())
        print(
            f"{name:>15}: ours {ours:.4f} s, SDK {sdk:.4f} s CPU per 1,000 deltas"
            f" ({ours / sdk:.2f} of it)"
        )


def _reader_alone(deltas: int) -> None:
    body = b"".join(delta(f" word{number}") for number in range(deltas)) + END
    began = time.process_time()
    reader = ReplyParser()
    for start in range(0, len(body), 1_024):
        reader.feed(body[start : start + 1_024])
    reader.finish()
    took = (time.process_time() - began) * 1_000 / deltas
    print(f"{'bytes to deltas':>15}: {took:.4f} s CPU per 1,000 deltas")


async def _stops(count: int) -> None:
    print(f"Esc to the server seeing the close, and to a free prompt, {count} times each, in ms")
    for name, standing in STANDINGS.items():
        async with Stopper(standing) as stopper:
            stopped = [await stopper.stop_one(number + 1) for number in range(count)]
        freed = _percentiles([found.freed_s for found in stopped])
        seen = [found.seen_s for found in stopped if found.seen_s is not None]
        print(f"{name:>15}: seen {_percentiles(seen) if seen else '-':>24}   freed {freed}")


def _percentiles(seconds: list[float]) -> str:
    ordered = sorted(1_000 * value for value in seconds)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"median {statistics.median(ordered):.1f}  p95 {p95:.1f}"


def main() -> None:
    """Print all figures."""
    numbers = [int(argument) for argument in sys.argv[1:] if argument != "serve"]
    deltas, stops = (*numbers, *(1_000, 60)[len(numbers) :])[:2]
    if "serve" in sys.argv:
        asyncio.run(_serve(deltas))
        return
    command = [sys.executable, "-m", "tests.bench.bench_reader", "serve", str(deltas)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            urls = [server.stdout.readline().strip() for _ in _answers(1)]
            asyncio.run(_compare(urls, deltas))
        finally:
            server.kill()
    _reader_alone(deltas)
    asyncio.run(_stops(stops))


if __name__ == "__main__":
    main()
