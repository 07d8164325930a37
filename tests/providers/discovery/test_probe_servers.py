from __future__ import annotations

import asyncio
import errno
import gzip
import json
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from tests.sse_script import Answer, Cut, Drip, Repeat, Stall
from tests.sse_server import SseServer
from tui_chat.config.vendors import LOCAL_SERVERS, LocalServer
from tui_chat.providers.discovery.probe_servers import FoundServer, probe_servers


def listing(*names: object, **changes: object) -> Answer:
    body = json.dumps({"object": "list", "data": [{"id": name} for name in names]}).encode()
    answer = Answer((body,), content_type="application/json", framing="length")
    return replace(answer, **changes)  # type: ignore[arg-type]


def at(server: SseServer, name: str = "ollama") -> LocalServer:
    return LocalServer(name, name.title(), server.port)


async def found(models: Answer, time_limit_s: float = 5.0) -> tuple[str, ...]:
    async with SseServer(models=models) as server:
        servers = await probe_servers([at(server)], time_limit_s=time_limit_s)
    return servers[0].models if servers else ()


async def test_a_server_is_found_and_only_its_models_are_asked_for() -> None:
    async with SseServer(models=listing("llama3.2:1b", "qwen3:4b")) as server:
        servers = await probe_servers([at(server)])
        assert servers == [FoundServer(at(server), ("llama3.2:1b", "qwen3:4b"))]
        assert (len(server.listed), server.requests, server.others) == (1, [], [])
        assert server.connections == 1
        request = server.listed[0]
        assert (request.method, request.path) == ("GET", "/v1/models")
        assert "authorization" not in {name.lower() for name in request.headers}
        assert not request.body


async def test_several_servers_are_asked_at_once_and_stay_in_order() -> None:
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(SseServer(models=listing(f"model-{number}")))
            for number in range(3)
        ]
        table = [at(server, f"server-{number}") for number, server in enumerate(opened)]
        servers = await probe_servers(table)
    assert [it.server for it in servers] == table
    assert [it.models for it in servers] == [("model-0",), ("model-1",), ("model-2",)]


async def test_a_closed_port_is_not_found() -> None:
    async with SseServer() as server:
        closed = at(server)
    assert await probe_servers([closed]) == []
    assert await probe_servers([]) == []


async def test_a_model_for_chats_comes_first() -> None:
    assert await found(listing("nomic-embed-text", "bge-m3", "llama3.2", "whisper-1")) == (
        "llama3.2", "nomic-embed-text", "bge-m3", "whisper-1",
    )  # fmt: skip


PAGE = b"<!doctype html><title>Router</title>"
REJECTED = {
    "a web page": Answer((PAGE,), content_type="text/html", framing="length"),
    "no models": listing(),
    "an error": listing("x", status=500),
    "a server with a key": listing("x", status=401),
    "a redirect": Answer((), status=302, headers={"Location": "http://127.0.0.1:9/"}),
    "broken JSON": Answer((b'{"data": [',), framing="length"),
    "another JSON": Answer((b'{"ok": true}',), framing="length"),
    "a number": Answer((b"3",), framing="length"),
    "deep JSON": Answer((b"[" * 200_000,), framing="length"),
    "an empty body": Answer((b"",), framing="length"),
    "a broken body": Answer((b'{"data": [{"id"', Cut())),
    "a reset": Answer((Cut(resets=True),)),
    "no head": Answer((Cut(),), framing="none"),
    "garbage": Answer((b"\x00\xff" * 500,), framing="none"),
    "a bomb": Answer(
        (gzip.compress(b" " * 50_000_000),),
        headers={"Content-Encoding": "gzip"},
        framing="length",
    ),
    "names that are no text": listing(3, None, ["x"], {"id": "y"}),
    "names with escapes": listing("\x1b]52;c;AAAA\x07", "a\nb", "x\u202e", " padded", "n" * 500),
}


@pytest.mark.parametrize("name", REJECTED)
async def test_whatever_is_no_list_of_models_is_not_found(name: str) -> None:
    assert await found(REJECTED[name]) == ()


async def test_good_names_among_bad_ones_are_kept() -> None:
    assert await found(listing("\x1b[31mred", "模型-7b", "good")) == ("模型-7b", "good")


ENDLESS = {
    "silence": Answer((Stall(),), framing="none"),
    "a silent body": Answer((b'{"data": [', Stall())),
    "a slow body": Answer((Drip(b'{"data": [' + b" " * 10_000, every_s=0.02),)),
    "slow headers": Answer(
        (Drip(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 10_000, every_s=0.02),), framing="none"
    ),
    "endless interim responses": Answer(
        (Repeat(b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.01),), framing="none"
    ),
}


@pytest.mark.parametrize("name", ENDLESS)
async def test_a_server_that_does_not_end_costs_a_limited_time(name: str) -> None:
    async with asyncio.timeout(20):
        assert await found(ENDLESS[name], time_limit_s=0.3) == ()


async def test_an_endless_body_costs_limited_memory() -> None:
    flood = Answer((Repeat(b'{"data": []}' * 1_000),))
    async with SseServer(models=flood) as server, asyncio.timeout(20):
        assert await probe_servers([at(server)], time_limit_s=15) == []
        await server.listed[0].saw_close()


async def test_a_slow_server_does_not_delay_the_others() -> None:
    async with (
        SseServer(models=ENDLESS["silence"]) as slow,
        SseServer(models=listing("quick")) as quick,
    ):
        table = [at(slow, "slow"), at(quick, "quick")]
        assert [it.models for it in await probe_servers(table, time_limit_s=0.3)] == [("quick",)]


async def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with SseServer() as proxy, SseServer(models=listing("here")) as server:
        for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert [it.models for it in await probe_servers([at(server)])] == [("here",)]
        assert proxy.connections == 0


async def test_the_usual_ports_are_asked() -> None:
    """The real table, with a server at every port that is free."""
    async with AsyncExitStack() as stack:
        opened: dict[str, SseServer] = {}
        for known in LOCAL_SERVERS:
            server = SseServer(models=listing(f"{known.id}-model"), port=known.port)
            try:
                opened[known.id] = await stack.enter_async_context(server)
            except OSError as error:
                if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                    raise
        if not opened:
            pytest.skip("all ports are taken")
        servers = {it.server.id: it for it in await probe_servers(LOCAL_SERVERS)}
        for name, server in opened.items():
            assert servers[name].models == (f"{name}-model",)
            assert len(server.listed) == server.connections == 1
