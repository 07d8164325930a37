"""`--offline` connects only to this machine; its error names the blocked host."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.asker import Asker, database
from tests.providers.wire import END, hello
from tests.pty.serving import Serving
from tests.sse_server import Answer
from tui_chat.cli.main import main
from tui_chat.config.offline import require_offline
from tui_chat.config.paths import find_paths
from tui_chat.core.errors import ConfigError
from tui_chat.core.profile import CancelRequest, Profile
from tui_chat.gateway.proxy.upstream import open_upstream
from tui_chat.session.launch import Launch

if TYPE_CHECKING:
    from collections.abc import Iterator

FAR = "https://api.example.com/v1"


@pytest.fixture
def serving() -> Iterator[Serving]:
    with Serving(Answer((hello(END),))) as server:
        yield server


def configure(text: str) -> None:
    folder = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat")
    folder.mkdir(exist_ok=True)
    (folder / "config.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("http://127.0.0.1:1/v1", True),
        ("http://localhost/v1", True),
        ("http://LOCALHOST./v1", True),
        ("http://[::1]:1/v1", True),
        ("http://[::ffff:127.0.0.1]/v1", True),
        ("http://127.9.9.9/v1", True),
        ("http://192.168.1.20:8080/v1", False),
        ("http://10.0.0.1/v1", False),
        ("http://[fe80::1]/v1", False),
        ("http://server.local/v1", False),
        ("http://server/v1", False),
        ("http://127.0.0.1.example.com/v1", False),
        ("http://localhost.example.com/v1", False),
        ("http://2130706433/v1", False),
        (FAR, False),
    ],
)
def test_offline_accepts_only_loopback_hosts(url: str, is_here: bool) -> None:
    profile = Profile("p", url)
    if is_here:
        assert not require_offline(profile).uses_proxies
    else:
        with pytest.raises(ConfigError, match="blocks the connection to "):
            require_offline(profile)


@pytest.mark.parametrize(
    ("url", "is_kept"),
    [("{base_url}/stop/{id}", True), ("http://127.0.0.1/x", True), (f"{FAR}/{{id}}", False)],
)
def test_offline_drops_a_remote_cancel_request(url: str, is_kept: bool) -> None:
    profile = Profile("p", "http://127.0.0.1:1/v1", cancel=CancelRequest("POST", url))
    assert (require_offline(profile).cancel is not None) is is_kept


@pytest.mark.parametrize(
    "more",
    [[], ["--json"], ["--format", "json"], ["--count", "2", "--format", "json"],
     ["--output", "a.jsonl", "--format", "json"]],
)  # fmt: skip
@pytest.mark.parametrize("way", ["flag", "env", "profile", "key"])
def test_offline_ask_fails_without_saving(
    ask: Asker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: str, more: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    flags: list[str] = []
    host = "api.example.com"
    if way == "flag":
        flags = ["--base-url", FAR]
    elif way == "env":
        monkeypatch.setenv("OPENAI_BASE_URL", FAR)
    elif way == "key":
        monkeypatch.setenv("OPENAI_API_KEY", "sk-1234567890")
        host = "api.openai.com"
    else:
        configure(f'[profiles.far]\nbase_url = "{FAR}"\n')
        flags = ["--profile", "far"]
    assert ask("ask", "--offline", "hi", *flags, *more) == 2
    assert ask.out == ""
    assert f"blocks the connection to {host}" in ask.err
    assert ask("list") == 0
    assert ask.out == ""


def test_offline_ask_bypasses_the_proxy(
    ask: Asker, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Serving(Answer((hello(END),))) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.base_url.removesuffix("/v1"))
        assert ask("--offline", "ask", "hi", "--base-url", serving.base_url) == 0
        assert ask.out == "Hello.\n"
        assert not proxy.requests
    assert database().exists()


def test_offline_doctor_names_the_blocked_host(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--offline", "--base-url", FAR]) == 1
    out = capsys.readouterr().out
    assert "blocks the connection to api.example.com" in out
    assert "DNS" not in out


def test_offline_doctor_bypasses_the_proxy(
    serving: Serving, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example.com:3128")
    assert main(["doctor", "--offline", "--base-url", serving.base_url, "--model", "m"]) in (0, 1)
    out = capsys.readouterr().out
    assert "not used: --offline" in out
    assert len(serving.requests) == 1


def test_gateway_and_join_respect_offline(capsys: pytest.CaptureFixture[str]) -> None:
    environment = dict(os.environ)
    launch = Launch(
        find_paths(environment), environment, {"base_url": FAR, "model": "m"}, is_offline=True
    )
    with pytest.raises(ConfigError, match="blocks the connection to api"):
        asyncio.run(open_upstream(launch))
    assert main(["gateway", "serve", "--offline", "--base-url", FAR, "--port", "0"]) == 2
    assert main(["--offline", "join", "https://gate.example", "code"]) == 2
    assert "gate.example" in capsys.readouterr().err
