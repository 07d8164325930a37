"""Servers behind a scripted host process: states, secrets, cancellation, restarts."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from tui_chat.config.tool_servers import ToolServer, ToolSettings
from tui_chat.core.errors import TuiChatError
from tui_chat.core.profile import KeySource
from tui_chat.core.tools.server import ServerStatus
from tui_chat.core.tools.tool import ToolKey
from tui_chat.tools.problems import ToolProblem
from tui_chat.tools.servers import ToolServers

KEY = "tok-1234567890abcdefghij"


def _servers(*command: str, **fields: Any) -> ToolServers:
    server = ToolServer("s", command or ("ok",), **fields)
    servers = ToolServers(ToolSettings({"s": server}), {})
    servers.host = "tests.tools.scripted_host"
    return servers


async def test_states_change_and_listeners_learn_it() -> None:
    servers = _servers(allow=("echo",))
    seen: list[ServerStatus] = []
    unsubscribe = servers.subscribe(lambda: seen.append(servers.state("s").status))
    assert servers.state("s").status is ServerStatus.OFF
    state = await servers.start("s")
    assert [tool.name for tool in state.tools] == ["echo"]
    assert servers.tool(ToolKey("s", "crash")) is None
    unsubscribe()
    await servers.stop("s")
    assert servers.state("s").status is ServerStatus.OFF
    assert list(dict.fromkeys(seen)) == [ServerStatus.STARTING, ServerStatus.READY]


async def test_a_secret_of_a_server_is_in_no_result_and_no_error() -> None:
    servers = ToolServers(
        ToolSettings({"s": ToolServer("s", ("ok",), env={"T": KeySource(env="TOKEN")})}),
        {"TOKEN": KEY},
    )
    servers.host = "tests.tools.scripted_host"
    known: list[str] = []
    servers.on_secret = lambda secret: known.append(secret.reveal())
    result = await servers.call(ToolKey("s", "echo"), {"text": f"it is {KEY}."})
    assert KEY not in result.parts[0].text
    assert result.parts[0].text.startswith("it is ")
    assert known == [KEY]
    await servers.aclose()


async def test_a_server_that_dies_while_idle_is_seen_and_started_again() -> None:
    servers = _servers("dies")
    state = await servers.start("s")
    changed = asyncio.Event()
    servers.subscribe(changed.set)
    while (state := servers.state("s")).status is ServerStatus.READY:
        changed.clear()
        await changed.wait()
    assert (state.status, state.trouble) == (ServerStatus.FAILED, "The server “s” ended.")
    assert (await servers.ensure("s")).name == "s"
    await servers.aclose()


async def test_a_start_that_is_cancelled_leaves_nothing() -> None:
    servers = _servers("slow")
    starting = asyncio.get_running_loop().create_task(servers.ensure("s"))
    started = asyncio.Event()
    servers.subscribe(started.set)
    await started.wait()
    starting.cancel()
    with suppress(asyncio.CancelledError):
        await starting
    assert servers.state("s").status is ServerStatus.OFF
    await servers.aclose()


async def test_unknown_servers_and_missing_secrets_are_reported() -> None:
    servers = _servers()
    with pytest.raises(ToolProblem, match="no server “x”"):
        await servers.ensure("x")
    secret = ToolServer("s", ("ok",), env={"T": KeySource(env="NOT_SET")})
    servers = ToolServers(ToolSettings({"s": secret}), {})
    with pytest.raises(TuiChatError, match="NOT_SET"):
        await servers.ensure("s")
    assert "NOT_SET" in servers.state("s").trouble
