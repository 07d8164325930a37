"""Real MCP servers behind real host processes; slow, because each imports the SDK."""

from __future__ import annotations

import asyncio
import http.server
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.tools_server import COMMAND, hostile_command
from tui_chat.config.tool_servers import ToolServer, ToolSettings
from tui_chat.core.tools.call import ResultKind
from tui_chat.core.tools.server import ServerStatus
from tui_chat.core.tools.tool import ToolKey
from tui_chat.tools.problems import ToolProblem
from tui_chat.tools.servers import ToolServers

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow
ROOT = str(Path(__file__).resolve().parents[2])


def _servers(*command: str, **fields: Any) -> ToolServers:
    server = ToolServer("s", command, folder=ROOT, **fields)
    return ToolServers(ToolSettings({"s": server}), {})


async def test_the_time_server_tells_the_time() -> None:
    servers = _servers(sys.executable, "-m", "mcp_server_time", "--local-timezone", "UTC")
    state = await servers.start("s")
    assert (state.status, state.trouble) == (ServerStatus.READY, "")
    assert [tool.name for tool in state.tools] == ["get_current_time", "convert_time"]
    result = await servers.call(ToolKey("s", "get_current_time"), {"timezone": "Asia/Shanghai"})
    assert "Asia/Shanghai" in result.parts[0].text
    wrong = await servers.call(ToolKey("s", "get_current_time"), {"timezone": "Moon"})
    assert wrong.is_error
    await servers.aclose()


class _Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<html><body><h1>Title</h1><p>Text of a page.</p></body></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        return


@pytest.fixture
def page() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


async def test_the_fetch_server_fetches_a_page(page: str) -> None:
    servers = _servers(
        sys.executable, "-m", "mcp_server_fetch", "--ignore-robots-txt", "--allow-private-ips"
    )
    result = await servers.call(ToolKey("s", "fetch"), {"url": page, "raw": True})
    assert "Text of a page." in result.parts[0].text
    state = servers.state("s")
    assert [prompt.name for prompt in state.prompts] == ["fetch"]
    await servers.aclose()


async def test_every_feature_of_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-of-ours")
    servers = _servers(*COMMAND, env={"GIVEN": "yes"})
    asked: list[Any] = []

    async def answer(server: str, question: Any) -> dict[str, Any]:
        asked.append((server, question["kind"]))
        return {"action": "decline"}

    servers.on_question = answer
    state = await servers.start("s")
    assert state.status is ServerStatus.READY
    assert state.prompts
    assert state.resources
    environment = await servers.call(ToolKey("s", "environment"), {})
    assert "GIVEN" in environment.parts[0].text
    assert "OPENAI_API_KEY" not in environment.parts[0].text
    picture = await servers.call(ToolKey("s", "picture"), {})
    assert any(part.kind is ResultKind.PICTURE and part.data for part in picture.parts)
    await servers.call(ToolKey("s", "book"), {})
    assert asked == [("s", "elicitation")]
    parts = await servers.read_resource("s", state.resources[0].uri)
    assert parts
    with pytest.raises(ToolProblem, match="ended"):
        await servers.call(ToolKey("s", "crash"), {})
    assert (await servers.ensure("s")).status is ServerStatus.READY
    await servers.aclose()


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("endless output", "too long"),
        ("silent at initialize", "did not answer in time"),
        ("silent at tools/list", "did not answer in time"),
        ("dies at initialize", "Its last line: killed by a test"),
        ("dies at start", "Its last line: cannot start: no licence"),
        ("deep schema", "ended"),
    ],
)
async def test_a_server_that_does_not_start_says_why(mode: str, words: str) -> None:
    servers = _servers(*hostile_command(mode), timeout_s=2.0)
    state = await servers.start("s")
    assert state.status is ServerStatus.FAILED
    assert words in state.trouble
    assert "\x1b" not in state.trouble + state.last_line
    await servers.aclose()


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("endless output in a call", "too long"),
        ("silent at tools/call", "did not answer in time"),
        ("dies at tools/call", "Its last line: killed by a test"),
        ("bad picture", "reports an error"),
    ],
)
async def test_a_call_that_fails_says_why(mode: str, words: str) -> None:
    servers = _servers(*hostile_command(mode), timeout_s=2.0)
    await servers.start("s")
    with pytest.raises(ToolProblem, match=words):
        await servers.call(ToolKey("s", "echo"), {"text": "x"})
    await servers.aclose()


@pytest.mark.parametrize(
    ("mode", "tools"), [("big schema", 1), ("many tools", 512), ("imitates", 3), ("noise", 1)]
)
async def test_limits_of_what_a_server_offers(mode: str, tools: int) -> None:
    servers = _servers(*hostile_command(mode))
    state = await servers.start("s")
    assert (state.status, len(state.tools)) == (ServerStatus.READY, tools)
    assert bool(state.trouble) is (mode != "noise")
    await servers.aclose()


@pytest.mark.parametrize("mode", ["big result", "many parts"])
async def test_limits_of_a_result(mode: str) -> None:
    servers = _servers(*hostile_command(mode))
    result = await servers.call(ToolKey("s", "echo"), {"text": "x"})
    assert result.is_truncated
    assert sum(len(part.text) for part in result.parts) <= 4_000_000
    assert len(result.parts) <= 200
    await servers.aclose()


_PROGRAM = """
import asyncio, sys
from tui_chat.config.tool_servers import ToolServer, ToolSettings
from tui_chat.tools.servers import ToolServers
async def main():
    server = ToolServer("s", tuple(sys.argv[2:]), folder=sys.argv[1])
    servers = ToolServers(ToolSettings({"s": server}), {})
    print((await servers.start("s")).status.name, flush=True)
    await asyncio.sleep(3600)
asyncio.run(main())
"""


def _processes_with(word: str) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if word.encode() in command and folder.name != str(threading.get_native_id()):
            found.append(int(folder.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
async def test_no_process_is_left_after_a_kill(tmp_path: Path) -> None:
    mark = f"mark-{tmp_path.name}"
    command = (*hostile_command("ignores the end"), mark)
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROGRAM, ROOT, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    assert (await program.stdout.readline()).strip() == b"READY"
    assert len(_processes_with(mark)) >= 2
    program.send_signal(signal.SIGKILL)
    await program.wait()
    async with asyncio.timeout(30):
        while _processes_with(mark):  # noqa: ASYNC110 - foreign processes have no event
            await asyncio.sleep(0.1)


_SERVER = """
import sys
from mcp.server.mcpserver import MCPServer
server = MCPServer("http")
@server.tool()
def add(a: int, b: int) -> int:
    return a + b
server.run(transport=sys.argv[1], host="127.0.0.1", port=int(sys.argv[2]))
"""


@pytest.mark.parametrize(
    ("kind", "path", "transport"), [("streamable-http", "/mcp", "http"), ("sse", "/sse", "sse")]
)
async def test_a_server_at_an_address(kind: str, path: str, transport: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", _SERVER, kind, str(port)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert program.stderr is not None
    while b"running on" not in await program.stderr.readline():
        pass
    url = f"http://127.0.0.1:{port}{path}"
    servers = ToolServers(ToolSettings({"s": ToolServer("s", url=url, transport=transport)}), {})
    result = await servers.call(ToolKey("s", "add"), {"a": 2, "b": 3})
    assert result.parts[0].text == "5"
    program.kill()
    await program.communicate()
    with pytest.raises(ToolProblem, match="ended"):
        await servers.call(ToolKey("s", "add"), {"a": 2, "b": 3})
    await servers.aclose()
