"""The table [tools]: what is valid, and what is reported with file, key and the nearest one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tui_chat.config.settings import load_settings
from tui_chat.config.tool_servers import ToolServer, shown_target
from tui_chat.core.errors import ConfigError
from tui_chat.core.profile import KeySource
from tui_chat.tools.configuration import host_configuration, host_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tui_chat.config.settings import Settings

KEY = "sk-proj-1234567890abcdefghijklmnop"


def _read(tmp_path: Path, text: str, mode: int = 0o600) -> Settings:
    file = tmp_path / "config.toml"
    file.write_text(text)
    file.chmod(mode)
    return load_settings(file, {"HOME": str(tmp_path)})


def test_a_file_without_the_table_loads_nothing(tmp_path: Path) -> None:
    assert _read(tmp_path, 'nickname = "Ada"\n').tools is None


def test_servers_are_read(tmp_path: Path) -> None:
    settings = _read(
        tmp_path,
        """
        [tools]
        rounds = 3
        result_limit = 1000
        [tools.time]
        command = ["uvx", "mcp-server-time"]
        env = { TZ = "UTC", TOKEN = { api_key_env = "MY_TOKEN" } }
        allow = "now"
        timeout = 5
        folder = "~/x"
        sampling = "ask"
        [tools.web]
        url = "https://example.org/mcp"
        headers = { Authorization = { api_key_env = "MY_TOKEN" }, X-Team = "a" }
        """,
    )
    assert settings.problems == ()
    assert settings.tools is not None
    assert (settings.tools.rounds, settings.tools.result_limit) == (3, 1000)
    time, web = settings.tools.servers.values()
    assert time.command == ("uvx", "mcp-server-time")
    assert time.env == {"TZ": "UTC", "TOKEN": KeySource(env="MY_TOKEN")}
    assert (time.allow, time.timeout_s, time.may_sample) == (("now",), 5.0, True)
    assert time.folder == str(tmp_path / "x")
    config, secrets = host_configuration(web, {"MY_TOKEN": KEY})
    assert config["headers"] == {"Authorization": f"Bearer {KEY}", "X-Team": "a"}
    assert [secret.reveal() for secret in secrets] == [KEY]
    assert KEY not in repr(web)
    assert host_environment(web, {"HTTPS_PROXY": "p", "SECRET": "s"}) == {"HTTPS_PROXY": "p"}
    assert host_environment(time, {"HTTPS_PROXY": "p"}) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('comand = ["x"]', "Did you mean `command`?"),
        ('command = "uvx mcp-server-time"', "one string with spaces"),
        ("command = []", "empty or too long"),
        ('command = ["x"]\nurl = "https://a"', "second way to reach the server besides command"),
        ('url = "ftp://a"', "not an address of a server"),
        ('url = "http://example.org/mcp"', "not encrypted"),
        ('url = "https://u:p@example.org"', "contains a password"),
        ("timeout = 5", "is missing"),
        ('command = ["x"]\ntimeout = 0', "out of range"),
        ('command = ["x"]\nsampling = "yes"', "Use one of ask, off"),
        ('command = ["x"]\ntransport = "carrier pigeon"', "Use one of http, sse"),
        (f'command = ["x"]\nenv = {{ A = "{KEY}" }}', "keys must not be stored in this file"),
        ('command = ["x"]\nenv = { A = { api_key = "x" } }', "keys must not be stored"),
        ('url = "https://a"\nheaders = { Host = "b" }', "header cannot contain"),
    ],
)
def test_mistakes_are_reported(tmp_path: Path, text: str, words: str) -> None:
    settings = _read(tmp_path, f"[tools.s]\n{text}\n")
    assert words in " ".join(problem.message for problem in settings.problems)
    assert KEY not in str(settings.problems)


def test_top_level_mistakes_name_the_nearest_key(tmp_path: Path) -> None:
    settings = _read(tmp_path, "[tools]\nround = 3\n")
    assert "Did you mean `rounds`?" in settings.problems[0].message


def test_a_file_that_others_may_write_to_starts_no_server(tmp_path: Path) -> None:
    settings = _read(tmp_path, '[tools.s]\ncommand = ["x"]\n', 0o666)
    assert settings.tools is not None
    server = settings.tools.servers["s"]
    with pytest.raises(ConfigError, match="is not started"):
        host_configuration(server, {})


def test_a_missing_secret_names_the_server(tmp_path: Path) -> None:
    server = ToolServer("s", ("x",), env={"A": KeySource(env="NOT_THERE")})
    with pytest.raises(ConfigError, match=r"tools\.s"):
        host_configuration(server, {})


def test_the_shown_target_has_no_secrets() -> None:
    assert shown_target(ToolServer("s", ("x", "--key", KEY))) == "x --key …"
    assert shown_target(ToolServer("s", url=f"https://a/mcp?key={KEY}")) == "https://a/mcp"
