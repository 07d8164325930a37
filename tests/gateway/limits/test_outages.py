"""The gateway while its PostgreSQL server is away, and with nodes that die."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.gateway.programs import GatewayProgram
from tests.gateway.running import QUESTION, Gateway
from tests.gateway.store.databases import postgres_database, postgres_server
from tests.local_model.processes import until
from tests.providers.wire import END, delta, hello
from tests.pty.serving import Serving
from tests.sse_server import Answer, Repeat, SseServer, Until
from tui_chat.gateway.codes.access_codes import CodeLimits
from tui_chat.gateway.store.records import open_records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORD = delta("word ")


@pytest.fixture
def address() -> Iterator[str]:
    with postgres_database() as found:
        yield found


def pg_ctl(*arguments: str) -> None:
    server = postgres_server()
    command = [str(server.bin_path / "pg_ctl"), "-D", str(server.pgdata), "-w", *arguments]
    subprocess.run(command, check=True, user=server.system_user, capture_output=True, timeout=60)


@pytest.mark.slow
async def test_a_stopped_database_refuses_requests_and_loses_no_usage(
    tmp_path: Path, address: str
) -> None:
    release = asyncio.Event()
    answers = (Answer((delta("Hel"), Until(release), delta("lo."), END)), Answer((hello(END),)))
    async with (
        SseServer(*answers) as server,
        Gateway(server, tmp_path, database=address) as gateway,
    ):
        code = gateway.add("ada", tokens_per_day=10_000)
        body = {"model": "m", "messages": QUESTION, "stream": True}
        async with gateway.client.stream(
            "POST", "/v1/chat/completions", json=body, headers={"x-access-code": code}
        ) as running:
            pieces = running.aiter_bytes()
            await anext(pieces)
            await asyncio.to_thread(pg_ctl, "stop", "-m", "immediate")
            try:
                refused = await gateway.ask(code, stream=True)
                assert refused.status_code == 503
                assert refused.json()["error"]["code"] == "records_unavailable"
                assert (await gateway.client.get("/readyz")).status_code == 503
                # The running stream ends as it should; its usage waits.
                release.set()
                rest = b"".join([piece async for piece in pieces])
                assert rest.endswith(END)
            finally:
                await asyncio.to_thread(postgres_server().ensure_postgres_running)
        await gateway.ready()
        assert (await gateway.ask(code, stream=True)).status_code == 200
        rows = await gateway.entries(2)
        assert [row[5] for row in rows] == ["complete", "complete"]
        assert gateway.query("SELECT count(*) FROM requests") == [(0,)]


@pytest.mark.slow
async def test_a_flood_ends_with_an_error_while_the_database_is_away(
    tmp_path: Path, address: str
) -> None:
    async with (
        SseServer(Answer((Repeat(WORD),))) as server,
        Gateway(server, tmp_path, database=address) as gateway,
    ):
        code = gateway.add("ada", tokens_per_day=10**9)
        body = {"model": "m", "messages": QUESTION, "stream": True}
        async with gateway.client.stream(
            "POST", "/v1/chat/completions", json=body, headers={"x-access-code": code}
        ) as running:
            pieces = running.aiter_bytes()
            await anext(pieces)
            await asyncio.to_thread(pg_ctl, "stop", "-m", "immediate")
            try:
                last = b"".join([piece async for piece in pieces])[-2000:]
            finally:
                await asyncio.to_thread(postgres_server().ensure_postgres_running)
        assert b"records_unavailable" in last
        await gateway.ready()
        ((_, _, output_tokens, _, _, ended),) = await gateway.entries(1)
        assert (ended, output_tokens > 0) == ("failed", True)


async def test_a_revoked_code_ends_streams_of_another_node_within_a_second(
    tmp_path: Path, address: str
) -> None:
    async with (
        SseServer(Answer((delta("Hel"), Until(asyncio.Event())))) as server,
        Gateway(server, tmp_path, database=address) as gateway,
    ):
        code = gateway.add("ada")
        body = {"model": "m", "messages": QUESTION, "stream": True}
        async with gateway.client.stream(
            "POST", "/v1/chat/completions", json=body, headers={"x-access-code": code}
        ) as running:
            pieces = running.aiter_bytes()
            await anext(pieces)
            other = await asyncio.to_thread(open_records, tmp_path, address)
            await other.run(lambda: other.codes.revoke("ada"))
            rest = b"".join([piece async for piece in pieces])
            await asyncio.to_thread(other.close)
        assert b"access_code_ended" in rest


@pytest.mark.slow
def test_two_nodes_keep_the_limit_when_one_is_killed(tmp_path: Path, address: str) -> None:
    """200 streams on two processes; one of them is killed in the middle."""
    limit, streams = 20_000, 200
    records = open_records(tmp_path, address)
    code = records.codes.add(
        "ada", CodeLimits(tokens_per_day=limit, concurrent_requests=1000)
    ).reveal()
    flags = ("--database", address)
    with (
        Serving(Answer((Repeat(WORD),))) as server,
        GatewayProgram("--base-url", server.base_url, *flags) as first,
        GatewayProgram("--base-url", server.base_url, *flags) as second,
    ):
        received = asyncio.run(_flood([first.url, second.url], code, streams, second))

        def rows(sql: str) -> list[tuple[Any, ...]]:
            with records.transactions.read() as transaction:
                return transaction.execute(sql)

        def is_settled() -> bool:
            return rows("SELECT count(*) FROM requests") == [(0,)]

        asyncio.run(until(is_settled, "the settlement of the dead node's requests"))
        used, count = rows("SELECT sum(input_tokens + output_tokens), count(*) FROM ledger")[0]
        endings = dict(rows("SELECT ended, count(*) FROM ledger GROUP BY ended"))
        assert rows("SELECT tokens FROM periods WHERE length(period) = 10")[0][0] == used
        # Requests that did not reach the dead node are in no ledger; all others are.
        assert streams // 2 <= count <= streams
        assert endings.get("lost", 0) > 0
        assert used <= limit + 2 * streams
        # A dead node's streams are counted up to their last slice.
        assert received <= used + 256 * endings["lost"]
    records.close()


async def _flood(urls: list[str], code: str, streams: int, victim: GatewayProgram) -> int:
    """Run streams on all nodes, kill one, and return the tokens that were received."""
    tokens = 0
    body = {"model": "m", "messages": QUESTION, "stream": True}
    headers = {"x-access-code": code}
    limits = httpx2.Limits(max_connections=None)

    async def one(client: httpx2.AsyncClient, number: int) -> None:
        nonlocal tokens
        url = f"{urls[number % len(urls)]}/v1/chat/completions"
        try:
            async with client.stream("POST", url, json=body, headers=headers) as answer:
                async for piece in answer.aiter_bytes():
                    tokens += 2 * piece.count(b'"word "')
                    if tokens > 4_000 and victim.is_running():
                        os.kill(victim.pid, signal.SIGKILL)
        except httpx2.HTTPError:
            assert number % len(urls) == 1, json.dumps(sys.exc_info()[1].__class__.__name__)

    async with httpx2.AsyncClient(trust_env=False, timeout=120, limits=limits) as client:
        await asyncio.gather(*(one(client, number) for number in range(streams)))
    return tokens
