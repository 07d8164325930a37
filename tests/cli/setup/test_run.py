"""`tui-chat setup`: with flags, and in a real terminal."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.cli.asker import Asker
from tests.providers.wire import END, hello
from tests.pty.program import PtyProgram
from tests.pty.serving import Serving
from tests.sse_server import Answer
from tui_chat.config.setup.endpoint_kinds import azure_fields, endpoint_kinds
from tui_chat.core.errors import ConfigError

KEY = "sk-real-1234567890abcdef"
ROOT = str(Path(__file__).parents[3])
BEFORE = '# mine\nprofile = "old"  # stays\n\n[profiles.old]\nbase_url = "http://127.0.0.1:9/v1"\n'
KEYRINGS = {
    "keyring": "keyrings.alt.file.PlaintextKeyring",
    "none": "keyring.backends.fail.Keyring",
}


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Asker:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", KEYRINGS["none"])
    return Asker(monkeypatch, capsys)


def config_file() -> Path:
    file = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat", "config.toml")
    file.parent.mkdir(exist_ok=True)
    return file


def config() -> dict[str, Any]:
    return tomllib.loads(config_file().read_text(encoding="utf-8"))


@pytest.mark.parametrize("keyring", KEYRINGS)
def test_an_endpoint_is_tested_saved_and_used(
    keyring: str, ask: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", KEYRINGS[keyring])
    config_file().write_text(BEFORE, encoding="utf-8")
    with Serving(Answer((hello(END),))) as server:
        status = ask(
            "setup", "--url", server.base_url, "--name", "work", "--model", "test-model",
            "--key-stdin", stdin=f"{KEY}\n",
        )  # fmt: skip
        assert status == 0
        assert "ok   answer" in ask.out
        assert KEY not in ask.out + ask.err
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
        text = config_file().read_text(encoding="utf-8")
        assert text.startswith(BEFORE)
        assert KEY not in text
        profile = config()["profiles"]["work"]
        if keyring == "keyring":
            assert profile["api_key_keyring"] == "work"
            assert "in the keyring (" in ask.out
            assert "after 20 s without an answer a private file is used" in ask.out
        else:
            file = Path(str(profile["api_key_file"]))
            assert file.stat().st_mode & 0o777 == 0o600
            assert "This system has no keyring. So the key is in the file" in ask.out
        assert "--profile work" in ask.out
        assert ask("ask", "Hi", "--profile", "work") == 0
        assert server.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    assert ask("setup", "--list") == 0
    assert "* old" in ask.out
    assert "work" in ask.out
    assert ask("setup", "--remove", "work", "--yes") == 0
    assert config_file().read_text(encoding="utf-8").rstrip("\n") == BEFORE.rstrip("\n")
    assert not list(Path(os.environ["XDG_DATA_HOME"], "tui-chat").glob("keys/*"))


def test_azure_gets_its_key_header_and_version(ask: Asker) -> None:
    with Serving(Answer((hello(END),))) as server:
        assert ask(
            "setup", "--vendor", "azure", "--url", server.base_url, "--deployment", "my gpt",
            "--api-version", "2024-10-21", "--key-stdin", stdin=KEY,
        ) == 0  # fmt: skip
        request = server.requests[0]
        assert request.path == (
            "/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21"
        )
        assert request.headers["api-key"] == KEY
        assert "authorization" not in request.headers
        assert server.server.listed[0].path.endswith("/models?api-version=2024-10-21")
    assert config()["profiles"]["azure"]["model"] == "my gpt"
    assert config()["profile"] == "azure"


@pytest.mark.parametrize(
    ("resource", "host"),
    [
        ("my-team", "https://my-team.openai.azure.com"),
        ("https://t.openai.azure.com/", "https://t.openai.azure.com"),
        ("https://t.openai.azure.com/openai/deployments/d/chat/completions?api-version=1",
         "https://t.openai.azure.com"),
    ],
)  # fmt: skip
def test_the_azure_resource_may_be_a_name_or_a_copied_url(resource: str, host: str) -> None:
    fields = azure_fields(resource, "d", "2024-10-21")
    assert fields["base_url"] == f"{host}/openai/deployments/d"


@pytest.mark.parametrize(
    "given", [("", "d", "1"), ("r", " ", "1"), ("r", "d", "1?x"), ("a b", "d", "1")]
)
def test_azure_needs_all_three(given: tuple[str, str, str]) -> None:
    with pytest.raises(ConfigError):
        azure_fields(*given)


def test_a_failed_check_saves_nothing(ask: Asker) -> None:
    refused = Answer(status=401)
    with Serving(refused, models=refused) as server:
        command = ("setup", "--url", server.base_url, "--name", "x", "--key-stdin")
        assert ask(*command, stdin=KEY) == 1
        assert "!!   " in ask.out
        assert "Nothing was saved. --no-check" in ask.out
        assert not config_file().exists()
        sent = len(server.server.listed)
        assert ask(*command, "--no-check", stdin=KEY) == 0
        assert len(server.server.listed) == sent
    assert list(config()["profiles"]) == ["x"]


WRONG = [
    (["--vendor", "openia"], "Did you mean openai?"),
    (["--vendor", "deepseek"], "Add --key-stdin, --key-env VARIABLE or --no-key"),
    (["--vendor", "azure", "--no-key"], "--url URL"),
    ([], "Add --vendor NAME"),
    (["--url", "localhost:1"], "Did you mean http://localhost:1?"),
    (["--url", "http://127.0.0.1:1", "--name", "old", "--no-check"], "“old” already"),
    (["--url", "http://127.0.0.1:1", "--name", KEY, "--no-check"], "looks like a key"),
    (["--url", "http://127.0.0.1:1", "--key-env", KEY, "--no-check"], "not the key itself"),
    (["--url", "http://127.0.0.1:1", "--key-stdin", "--no-check"], "Standard input has no key"),
    (["--url", "http://127.0.0.1:1", "--key-stdin", "--no-check", "Bearer x"], "a space"),
    (["--remove", "nothing"], "setup --list"),
]


@pytest.mark.parametrize(("flags", "words"), WRONG)
def test_a_wrong_call_changes_nothing_and_says_what_to_do(
    flags: list[str], words: str, ask: Asker
) -> None:
    config_file().write_text(BEFORE, encoding="utf-8")
    *flags, stdin = flags if flags[-1:] == ["Bearer x"] else [*flags, ""]
    assert ask("setup", *flags, stdin=stdin) == 2
    assert words in ask.err
    assert KEY not in ask.err
    assert config_file().read_text(encoding="utf-8") == BEFORE


def test_a_broken_file_is_reported_before_the_key_is_stored(ask: Asker) -> None:
    config_file().write_text("[ui\n", encoding="utf-8")
    assert ask("setup", "--vendor", "openai", "--key-stdin", "--no-check", stdin=KEY) == 2
    assert "line 1" in ask.err
    assert not Path(os.environ["XDG_DATA_HOME"], "tui-chat", "keys").exists()


def test_plain_http_to_another_machine_needs_consent(ask: Asker) -> None:
    command = ("setup", "--url", "http://box.lan/v1", "--key-stdin", "--no-check")
    assert ask(*command, stdin=KEY) == 1
    assert "plain http" in ask.out
    assert not config_file().exists()
    assert ask(*command, "--insecure", stdin=KEY) == 0
    assert config()["profiles"]["box.lan"]["insecure"] is True


def test_replacing_keeps_other_settings(ask: Asker) -> None:
    config_file().write_text(BEFORE + "context_tokens = 5  # five\n", encoding="utf-8")
    flags = ("--name", "old", "--model", "m", "--key-env", "A_KEY", "--no-check", "--replace")
    assert ask("setup", "--url", "http://127.0.0.1:8/v1", *flags) == 0
    assert config_file().read_text(encoding="utf-8") == BEFORE.replace(":9/", ":8/") + (
        'context_tokens = 5  # five\nmodel = "m"\napi_key_env = "A_KEY"\n'
    )


def test_every_kind_has_a_name_and_an_id_of_its_own() -> None:
    kinds = endpoint_kinds()
    assert len({kind.id for kind in kinds}) == len(kinds)
    assert len({kind.label for kind in kinds}) == len(kinds)
    assert {"openai", "openrouter", "azure", "ollama", "other"} <= {kind.id for kind in kinds}


def test_a_terminal_is_asked_and_never_echoes_the_key() -> None:
    with (
        Serving(Answer((hello(END),))) as server,
        PtyProgram(
            ["-m", "tui_chat", "setup"],
            env={"PYTHON_KEYRING_BACKEND": KEYRINGS["keyring"], "PYTHONPATH": ROOT},
            columns=100,
            rows=60,
        ) as terminal,
    ):
        terminal.seen("Endpoint:")
        terminal.send("nonsense\r")
        terminal.seen("a part of the name.")
        terminal.send("other\r")
        terminal.seen("Base URL:")
        terminal.send("localhost\r")
        terminal.seen("Did you mean http://localhost?")
        terminal.send(f"{server.base_url}\r")
        terminal.seen("Name of the profile [")
        terminal.send("中文\r")
        terminal.seen("not shown; empty for none")
        terminal.send(f"{KEY}\r")
        terminal.seen("Model [")
        terminal.send("1\r")
        terminal.seen("Saved profile “中文”")
        assert terminal.ended() == 0
        assert KEY.encode() not in terminal.written
    assert config()["profiles"]["中文"]["api_key_keyring"] == "中文"
    assert config()["profile"] == "中文"
