"""Several processes serve one address, and keep the same limits."""

from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path

import httpx2
import pytest

from tests.gateway.programs import GatewayProgram, run, until
from tests.gateway.running import QUESTION
from tests.providers.wire import END, hello
from tests.pty.serving import Serving
from tests.sse_server import Answer

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes share a socket")


def children_of(pid: int) -> set[int]:
    return {
        int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
    }


def ended(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[0]
    except OSError:
        return True
    return state == "Z"


def test_a_dead_process_is_replaced_and_all_share_the_rate() -> None:
    with (
        Serving(Answer((hello(END),))) as server,
        GatewayProgram("--base-url", server.base_url, "--workers", "2") as gateway,
    ):
        arguments = ("codes", "add", "few", "--requests-per-minute", "6")
        code = gateway.run("gateway", *arguments).stdout.strip()
        before = children_of(gateway.pid)
        assert len(before) == 2
        assert [status(gateway, code) for _ in range(3)] == [200, 200, 200]
        victim = before.pop()
        os.kill(victim, signal.SIGKILL)
        until(lambda: ended(victim), "the end of a process")
        until(lambda: len(children_of(gateway.pid) - {victim}) == 2, "a process in its place")
        assert [status(gateway, code) for _ in range(3)] == [200, 200, 200]
        assert status(gateway, code) == 429
        left = children_of(gateway.pid)
        assert gateway.end() == 0
        assert all(ended(pid) for pid in left)


def status(gateway: GatewayProgram, code: str, **headers: str) -> int:
    """Send a request on a new connection, so that each process gets some."""
    body = {"messages": QUESTION, "stream": True, "model": "m"}
    url = f"{gateway.url}/v1/chat/completions"
    with httpx2.Client(trust_env=False, timeout=30) as client:
        return client.post(url, json=body, headers={"x-access-code": code} | headers).status_code


def test_the_embedded_model_is_not_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    result = run("gateway", "serve", "--port", "0", "--workers", "2")
    assert result.returncode == 2
    assert "embedded model" in result.stderr


def test_metrics_and_log_lines_hold_no_content() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
    with (
        Serving(Answer((hello(END),))) as server,
        GatewayProgram(
            "--base-url", server.base_url, "--metrics-port", port, "--log-json", keeps_errors=True
        ) as gateway,
    ):
        assert status(gateway, gateway.code, **{"x-request-id": "mine-1"}) == 200
        until(lambda: '"mine-1"' in gateway.errors(), "the log line")
        with httpx2.Client(trust_env=False) as client:
            metrics = client.get(f"http://127.0.0.1:{port}/metrics").text
        assert gateway.end() == 0
        errors = gateway.errors()
    (line,) = [json.loads(line) for line in errors.splitlines() if line.startswith("{")]
    assert (line["request_id"], line["code"], line["status"]) == ("mine-1", "everybody", 200)
    assert 'tui_chat_gateway_requests_total{ended="complete"' in metrics
    assert 'direction="output"' in metrics
    for text in (errors, metrics):
        assert "Hi" not in text
        assert "Hel" not in text
        assert gateway.code not in text


def test_workers_end_with_a_killed_parent() -> None:
    with (
        Serving(Answer((hello(END),))) as server,
        GatewayProgram("--base-url", server.base_url, "--workers", "2") as gateway,
    ):
        workers = children_of(gateway.pid)
        assert len(workers) == 2
        os.kill(gateway.pid, signal.SIGKILL)
        for pid in workers:
            until(lambda pid=pid: ended(pid), "the end of a worker")
