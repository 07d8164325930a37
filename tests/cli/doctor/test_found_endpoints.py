"""The doctor names the endpoints that need no configuration."""

from __future__ import annotations

import pytest

from tests.cli.doctor.doctor_run import run_doctor, write_config
from tests.providers.discovery.test_probe_servers import at, listing
from tests.providers.wire import KEY
from tests.sse_server import SseServer

pytestmark = pytest.mark.usefixtures("no_engine")


async def test_a_server_and_a_key_are_named_and_the_key_is_not_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", KEY)
    async with SseServer(models=listing("llama3.2", "qwen3")) as server:
        seen = await run_doctor(capsys, (at(server),))
        assert seen.of("found") == [
            ("ok", "--profile deepseek, with the key from DEEPSEEK_API_KEY"),
            ("ok", f"--profile ollama, at 127.0.0.1:{server.port} with 2 models"),
        ]
        assert KEY not in seen.text
        assert (len(server.listed), server.requests) == (1, [])


async def test_it_can_be_switched_off(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", KEY)
    write_config("[discover]\nlocal = false\nenv = false\n")
    async with SseServer(models=listing("llama3.2")) as server:
        seen = await run_doctor(capsys, (at(server),))
        assert seen.of("found") == []
        assert server.connections == 0
