"""`tui-chat tools`: lists, tests and imports servers."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.asker import Asker

KEY = "sk-proj-1234567890abcdefghijklmnop"


def _file() -> Path:
    file = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat", "config.toml")
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


@pytest.fixture(autouse=True)
def _scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_chat.tools.servers.HOST", "tests.tools.scripted_host")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


def _configure(text: str) -> None:
    _file().write_text(text)
    _file().chmod(0o600)


def test_servers_are_listed_without_starting_them(ask: Asker) -> None:
    _configure('[tools.s]\ncommand = ["refuse", "--x"]\nallow = ["echo"]\n')
    assert ask("tools") == 0
    assert ask.out == "s: refuse --x\n  only: echo\n"
    assert ask("tools", "--json") == 0
    (server,) = json.loads(ask.out)["servers"]
    assert (server["name"], server["status"], server["tools"]) == ("s", "off", [])


def test_without_servers_the_listing_says_what_to_do(ask: Asker) -> None:
    assert ask("tools") == 0
    assert "Add a table [tools.NAME] to config.toml." in ask.err


def test_a_server_is_tested(ask: Asker) -> None:
    _configure('[tools.s]\ncommand = ["ok"]\nallow = ["echo"]\n[tools.r]\ncommand = ["refuse"]\n')
    assert ask("tools", "test", "s") == 0
    assert ask.out == "s: Scripted · 1 tool\n  echo  A tool. · says: only reads\n"
    assert ask("tools", "test", "r") == 1
    assert "cannot be started: not found" in ask.err
    assert ask("tools", "test", "x") == 2
    assert "There is no server “x”" in ask.err


def test_servers_are_imported_with_their_secrets_apart(ask: Asker, tmp_path: Path) -> None:
    _configure('# mine\n[tools.old]\ncommand = ["x"]\n')
    servers: dict[str, Any] = {
        "git": {
            "command": "uvx",
            "args": ["mcp-server-git"],
            "env": {"GITHUB_TOKEN": KEY, "TZ": "UTC", "OTHER_KEY": "${env:MY_KEY}"},
            "alwaysAllow": ["everything"],
        },
        "web": {"type": "sse", "url": "https://example.org/sse", "headers": {
            "Authorization": f"Bearer {KEY}"}},
        "old": {"command": "y"},
        "leaky": {"command": "z", "args": ["--key", KEY]},
        "empty": {},
    }  # fmt: skip
    source = tmp_path / "claude.json"
    source.write_text(json.dumps({"mcpServers": servers}))
    assert ask("tools", "import", str(source)) == 0
    assert "git: added, off until you choose it" in ask.out
    assert "old: skipped, config.toml has a server of this name" in ask.out
    assert "leaky: skipped, its command or address contains a key" in ask.out
    assert "empty: skipped, it has no command and no address" in ask.out
    text = _file().read_text()
    assert KEY not in text + ask.out + ask.err
    assert text.startswith("# mine")
    tools = tomllib.loads(text)["tools"]
    assert set(tools) == {"old", "git", "web"}
    git, web = tools["git"], tools["web"]
    assert git["command"] == ["uvx", "mcp-server-git"]
    assert git["env"]["TZ"] == "UTC"
    assert git["env"]["OTHER_KEY"] == {"api_key_env": "MY_KEY"}
    (stored,) = git["env"]["GITHUB_TOKEN"].values()
    assert Path(stored).read_text(encoding="utf-8").strip() == KEY
    assert (web["url"], web["transport"]) == ("https://example.org/sse", "sse")
    assert ask("tools") == 0
    assert ask.err == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [("no", "not JSON"), ("{}", "no servers"), ('{"mcpServers": {}}', "no servers")],
)
def test_a_file_without_servers_is_reported(
    ask: Asker, tmp_path: Path, content: str, words: str
) -> None:
    (tmp_path / "x.json").write_text(content)
    assert ask("tools", "import", "x.json") == 2
    assert words in ask.err
    assert ask("tools", "import", "missing.json") == 2
    assert not _file().exists()
