"""The virtual clock skips waiting and keeps the order of events."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.virtual_time import VirtualTimeLoop, virtual_loop

if TYPE_CHECKING:
    from collections.abc import Coroutine


def run(work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(work)


def test_a_day_passes_at_once() -> None:
    async def sleep() -> None:
        began = virtual_loop().time()
        await asyncio.sleep(86_400)
        assert virtual_loop().time() - began == pytest.approx(86_400, abs=1)

    run(sleep())


def test_the_clock_waits_for_a_thread() -> None:
    async def work() -> None:
        may_end = threading.Event()
        alarm = threading.Timer(0.05, may_end.set)
        alarm.start()
        async with asyncio.timeout(1):
            assert await asyncio.to_thread(may_end.wait)
        alarm.join()

    run(work())


def test_a_stuck_thread_can_be_ignored() -> None:
    async def work() -> None:
        may_end = threading.Event()
        loop = virtual_loop()
        loop.thread_patience_s = 0.01
        stuck = loop.run_in_executor(None, may_end.wait)
        began = loop.time()
        await asyncio.sleep(1_000)
        assert loop.time() - began == pytest.approx(1_000, abs=1)
        may_end.set()
        assert await stuck

    run(work())


def test_sent_data_is_read_before_a_deadline() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read(10)).upper())
        writer.close()

    async def ask() -> None:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            for _ in range(50):
                async with asyncio.timeout(0.05):
                    host, port = server.sockets[0].getsockname()
                    reader, writer = await asyncio.open_connection(host, port)
                    writer.write(b"hi")
                    assert await reader.read() == b"HI"
                writer.close()

    run(ask())


def test_a_deadline_passes_during_a_flood() -> None:
    async def flood() -> None:
        loop = virtual_loop()
        end = asyncio.Event()
        loop.call_later(0.1, end.set)

        def again() -> None:
            if not end.is_set():
                loop.call_soon(again)

        again()
        await end.wait()

    run(flood())
