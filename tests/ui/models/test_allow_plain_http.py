"""Plain http with a key: asked once in the chat, and the answer is kept."""

from __future__ import annotations

import os
import socket
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.chat_app import ChatHarness, launch
from tests.providers.wire import END, hello
from tests.pty.serving import Serving
from tests.sse_server import Answer
from tui_chat.config.settings import load_settings
from tui_chat.ui.app import ChatApp
from tui_chat.ui.open_services import open_services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tui_chat.session.launch import Launch

KEY = "sk-real-1234567890abcdef"


@pytest.fixture
def remote(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    """Return a server under a name that is not this machine's."""
    look_up = socket.getaddrinfo

    def resolved(host: Any, *arguments: Any, **options: Any) -> Any:
        return look_up("127.0.0.1" if host in ("box.lan", b"box.lan") else host,
                       *arguments, **options)  # fmt: skip

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with Serving(Answer((hello(END),)), Answer((hello(END),))) as server:
        yield server


def url_of(remote: Serving) -> str:
    return remote.base_url.replace("127.0.0.1", "box.lan")


def config_file() -> Path:
    return Path(os.environ["XDG_CONFIG_HOME"], "tui-chat", "config.toml")


def with_profile(remote: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORK_KEY", KEY)
    config_file().parent.mkdir(exist_ok=True)
    config_file().write_text(
        f'profile = "work"\n[profiles.work]\nbase_url = "{url_of(remote)}"\n'
        'model = "test-model"\napi_key_env = "WORK_KEY"\n',
        encoding="utf-8",
    )
    config_file().chmod(0o600)


@asynccontextmanager
async def real_chat(given: Launch) -> AsyncIterator[ChatHarness]:
    app = ChatApp(given, open_services)
    try:
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            harness = ChatHarness(app, pilot)
            await harness.until(lambda: harness.chat.is_open)
            yield harness
            await harness.chat.close_down()
    finally:
        await app.close_services()


def profile_launch() -> Launch:
    return launch(profile="work")


async def test_the_user_is_asked_once_and_the_answer_is_kept(
    remote: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_profile(remote, monkeypatch)
    async with real_chat(profile_launch()) as chat:
        await chat.submit("one")
        await chat.seen("Not encrypted")
        assert not remote.requests
        # Letters typed ahead do not answer.
        await chat.pilot.press("y", "enter", "space")
        assert not remote.requests
        await chat.pilot.press("ctrl+y")
        await chat.seen("Hello.")
        assert load_settings(config_file(), {}).profiles["work"].is_insecure
        # What the program itself wrote is no reason to restart.
        chat.app.check_config_file()
        assert not any("Restart" in it.message for it in chat.app._notifications)
        await chat.submit("two")
        await chat.until(lambda: len(remote.requests) == 2)
        await chat.idle()
    assert remote.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_esc_sends_nothing_and_says_what_to_do(
    remote: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_profile(remote, monkeypatch)
    before = config_file().read_text(encoding="utf-8")
    async with real_chat(profile_launch()) as chat:
        await chat.submit("one")
        await chat.seen("Not encrypted")
        await chat.pilot.press("escape")
        await chat.seen("Use https")
        await chat.idle()
    assert not remote.requests
    assert config_file().read_text(encoding="utf-8") == before


async def test_the_list_of_models_does_not_send_the_key(
    remote: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_profile(remote, monkeypatch)
    async with real_chat(profile_launch()) as chat:
        await chat.pilot.press("ctrl+l")
        await chat.seen("plain http")
    assert not remote.server.listed


async def test_an_endpoint_of_the_environment_is_kept_by_its_host(
    remote: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", url_of(remote))
    monkeypatch.setenv("OPENAI_MODEL", "test-model")
    async with real_chat(launch(system="Be brief.")) as chat:
        await chat.submit("one")
        await chat.seen("Not encrypted")
        await chat.pilot.press("ctrl+y")
        await chat.seen("Hello.")
    host = url_of(remote).split("/")[2]
    assert load_settings(config_file(), {}).insecure_hosts == {host}
    async with real_chat(launch(system="Be brief.")) as chat:
        await chat.submit("two")
        await chat.until(lambda: len(remote.requests) == 2)
        await chat.idle()


async def test_a_placeholder_in_the_home_network_works_as_before(
    remote: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "ollama")
    monkeypatch.setenv("OPENAI_BASE_URL", url_of(remote))
    monkeypatch.setenv("OPENAI_MODEL", "test-model")
    async with real_chat(launch(system="Be brief.")) as chat:
        await chat.submit("one")
        await chat.seen("Hello.")
    assert not config_file().exists()


async def test_a_temporary_chat_keeps_the_answer_in_memory_only(
    remote: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_profile(remote, monkeypatch)
    before = config_file().read_text(encoding="utf-8")
    async with real_chat(launch(is_temporary=True, profile="work")) as chat:
        await chat.submit("one")
        await chat.seen("Not encrypted")
        await chat.pilot.press("ctrl+y")
        await chat.seen("Hello.")
    assert config_file().read_text(encoding="utf-8") == before
