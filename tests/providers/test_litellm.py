"""Errors that pass through a real LiteLLM proxy; skipped where `litellm` is not installed."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from tests.providers.case import Asked, ask
from tests.providers.wire import END, error_answer, hello
from tests.pty.serving import Serving
from tests.sse_server import Answer
from tui_chat.core.profile import KeySource, Profile, Secret
from tui_chat.core.stream_events import Retrying
from tui_chat.providers import open_provider

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PROGRAM = shutil.which("litellm")
_CONFIG = """
model_list:
  - model_name: m
    litellm_params:
      {{model: openai/m, api_base: "http://127.0.0.1:{port}/v1", api_key: sk-x, max_retries: 0}}
router_settings: {{num_retries: 0, disable_cooldowns: true}}
litellm_settings: {{num_retries: 0}}
general_settings: {{master_key: {key}}}
"""
_MASTER_KEY = "sk-7f3c9a1e5b8d4c2f9e6a0b7d3c5f1e8a"
"""LiteLLM does not start with a weak one."""
_MAX_ATTEMPTS = 240

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(_PROGRAM is None, reason="litellm is not installed"),
    pytest.mark.timeout(300),
]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait_until_ready(port: int) -> None:
    for _attempt in range(_MAX_ATTEMPTS):
        try:
            with urlopen(f"http://127.0.0.1:{port}/health/liveliness", timeout=5):
                return
        except OSError:
            # The proxy takes many seconds to import its modules.
            time.sleep(0.5)
    pytest.fail("litellm did not start")


@pytest.fixture
def upstream() -> Iterator[Serving]:
    answers = (
        error_answer(401, "Incorrect API key provided: sk-x", code="invalid_api_key"),
        error_answer(429, "Rate limit reached for requests", headers={"Retry-After": "1"}),
        Answer((hello(END),)),
        error_answer(400, "This model's maximum context length is 10 tokens"),
    )
    with Serving(*answers) as server:
        yield server


@pytest.fixture
def proxy(upstream: Serving, tmp_path: Path) -> Iterator[int]:
    """Run the proxy in front of a scripted server; return its port."""
    config, port = tmp_path / "config.yaml", _free_port()
    config.write_text(_CONFIG.format(port=upstream.server.port, key=_MASTER_KEY), encoding="utf-8")
    assert _PROGRAM is not None
    command = [_PROGRAM, "--config", str(config), "--port", str(port), "--host", "127.0.0.1"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=tmp_path)
    try:
        _wait_until_ready(port)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _ask(port: int, *, model: str = "m", key: str = _MASTER_KEY) -> Asked:
    # In a loop of its own: the clock of the tests' loop does not wait for another process.
    return asyncio.run(_asked(port, model, key))


async def _asked(port: int, model: str, key: str) -> Asked:
    profile = Profile(
        "lite", f"http://127.0.0.1:{port}/v1", model=model, key=KeySource(env="K"), max_retries=1
    )
    provider = await open_provider(profile, Secret(key))
    try:
        return await ask(provider, profile)
    finally:
        await provider.aclose()


def test_errors_through_the_proxy_keep_their_meaning(proxy: int) -> None:
    wrong_model = _ask(proxy, model="other")
    assert "does not have this model" in (wrong_model.reply.error_text or "")
    assert _ask(proxy, key="sk-wrong").reply.error_kind == "key_refused"

    behind = _ask(proxy)
    assert behind.reply.error_kind == "key_refused"
    assert not [event for event in behind.events if isinstance(event, Retrying)]
    assert _ask(proxy).reply.content == "Hello."
    assert _ask(proxy).reply.error_kind == "context_too_long"
