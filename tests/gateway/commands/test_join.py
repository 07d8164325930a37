"""`tui-chat join`: the written files, and the protection of existing ones."""

from __future__ import annotations

import asyncio
import io
import stat
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.gateway.programs import asked
from tests.providers.wire import END, hello
from tests.sse_server import Answer
from tui_chat.cli.main import main
from tui_chat.config.settings import load_settings
from tui_chat.core.errors import ConfigError
from tui_chat.core.profile import Secret
from tui_chat.gateway.commands.join import ProfileFile, gateway_url

if TYPE_CHECKING:
    from tests.gateway.conftest import Opener

URL = "https://gate.example/v1"
FILE = b"""\xef\xbb\xbf# My own notes.\r
profile = "work"\r
\r
[profiles.work]\r
base_url = "https://api.example/v1"   # keep\r
api_key_env = "WORK_KEY"\r
\r
[keys]\r
"chat.new" = "f5\""""


def config_file(content: bytes | None = None) -> Path:
    import os

    path = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat", "config.toml")
    if content is not None:
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        path.chmod(0o644)
    return path


def joined(path: Path, name: str = "team") -> None:
    ProfileFile(path, name).write(URL, Secret("tcg-code"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_join_tests_the_code_and_adds_a_profile(
    opened: Opener, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway, _ = await opened(Answer((hello(END),)))
    url = f"http://127.0.0.1:{gateway.port}"
    assert await asyncio.to_thread(main, ["join", url, gateway.code]) == 0
    out, _ = capsys.readouterr()
    assert "test-model" in out
    assert gateway.code not in out
    path = config_file()
    code_file = path.parent / "codes" / "gateway"
    assert (mode(path), mode(code_file), mode(code_file.parent)) == (0o600, 0o600, 0o700)
    assert code_file.read_text(encoding="utf-8").strip() == gateway.code
    settings = load_settings(path, {})
    assert not settings.problems
    profile = settings.profiles["gateway"]
    assert (profile.base_url, profile.key.file) == (f"{url}/v1", str(code_file))
    assert await asked("--profile", "gateway", "Hi") == (0, "Hello.\n", "")

    # A new code for the same gateway replaces the old one, and nothing else changes.
    before = path.read_bytes()
    other = gateway.add("other")
    assert await asyncio.to_thread(main, ["join", f"{url}/v1/", other]) == 0
    assert path.read_bytes() == before
    assert code_file.read_text(encoding="utf-8").strip() == other


async def test_nothing_is_written_for_a_wrong_code(
    opened: Opener, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway, _ = await opened()
    url = f"http://127.0.0.1:{gateway.port}"
    assert await asyncio.to_thread(main, ["join", url, "wrong"]) == 1
    out = capsys.readouterr().out
    assert "does not accept this access code" in out
    assert "Nothing was written" in out
    gateway.stop()
    await gateway.stopped()
    assert await asyncio.to_thread(main, ["join", url, gateway.code]) == 1
    assert "refused" in capsys.readouterr().out
    assert not config_file().exists()


def test_existing_content_of_the_file_is_kept(tmp_path: Path) -> None:
    path = config_file(FILE)
    joined(path)
    new = path.read_bytes()
    assert new.startswith(FILE)
    assert new[len(FILE) :] == (
        b'\r\n\r\n[profiles.team]\r\nbase_url = "https://gate.example/v1"\r\n'
        b'api_key_file = "codes/team"\r\n'
    )
    assert mode(path) == 0o644
    assert path.with_name("config.toml.bak").read_bytes() == FILE
    settings = load_settings(path, {})
    assert list(settings.profiles) == ["work", "team"]
    assert settings.profile == "work"
    assert {file.name for file in path.parent.iterdir()} == {
        "config.toml",
        "config.toml.bak",
        "codes",
    }


def test_a_symbolic_link_is_kept(tmp_path: Path) -> None:
    kept = tmp_path / "dotfiles.toml"
    kept.write_text('nickname = "Ada"\n', encoding="utf-8")
    path = config_file()
    path.parent.mkdir(parents=True)
    path.symlink_to(kept)
    joined(path)
    assert path.is_symlink()
    assert tomllib.loads(kept.read_text(encoding="utf-8"))["nickname"] == "Ada"
    assert "team" in load_settings(path, {}).profiles


@pytest.mark.parametrize(
    "content",
    [
        b"nickname = Ada\n",
        b"nickname = '''Ada\n",
        b"\xff\xfen\x00",
        b"profiles = 3\n",
        b'[[profiles]]\nbase_url = "https://a.example"\n',
        b'[profiles.team]\nbase_url = "https://other.example/v1"\n',
        b'[profiles]\nteam = "x"\n',
    ],
    ids=range(7),
)
def test_a_file_that_cannot_be_extended_is_unchanged(content: bytes) -> None:
    path = config_file(content)
    with pytest.raises(ConfigError) as error:
        joined(path)
    assert str(path) in error.value.message
    assert path.read_bytes() == content
    assert [file.name for file in path.parent.iterdir()] == ["config.toml"]


@pytest.mark.parametrize("name", ["gate.example:8443", "团队", 'a "quoted" \\ one', "a.b", "../x"])
def test_unusual_profile_names(name: str) -> None:
    path = config_file(b"")
    joined(path, name)
    profile = load_settings(path, {}).profiles[name]
    assert profile.key.file is not None
    assert Path(profile.key.file).read_text(encoding="utf-8") == "tcg-code\n"
    assert Path(profile.key.file).parent == path.parent / "codes"


def test_profiles_of_like_names_keep_their_own_codes() -> None:
    path = config_file(b"")
    for name in ("a.b", "a-b", "a b"):
        joined(path, name)
    assert len(list((path.parent / "codes").iterdir())) == 3


def test_gateway_urls() -> None:
    assert gateway_url("http://gate.example:8787") == "http://gate.example:8787/v1"
    assert gateway_url(" https://gate.example/v1/ ") == "https://gate.example/v1"
    assert gateway_url("https://gate.example/team/v1/models") == "https://gate.example/team/v1"
    with pytest.raises(ConfigError, match="gateway"):
        gateway_url("gate.example")


def test_the_code_can_be_read_from_stdin(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert main(["join", "http://127.0.0.1:9"]) == 2
    assert "access code is empty" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["http://gate.example", "http://192.168.1.5:8787", "http://nas/v1"])
def test_a_code_is_not_sent_unencrypted_by_a_script(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sent: list[str] = []

    async def tried(url: str, *_: object, **__: object) -> list[object]:
        sent.append(url)
        return []

    monkeypatch.setattr("tui_chat.gateway.commands.join._fetch_models", tried)
    assert main(["join", url, "code"]) == 1
    assert "plain http" in capsys.readouterr().out
    assert not sent
    assert not config_file().exists()
    assert main(["join", url, "code", "--insecure", "--name", "a"]) == 0
    assert load_settings(config_file(), {}).profiles["a"].is_insecure
    # The consent is stored: a new code for the same gateway needs no further question.
    assert main(["join", url, "other", "--name", "a"]) == 0
    assert len(sent) == 2


@pytest.mark.parametrize(("answer", "status"), [("y\n", 0), ("\n", 1), ("no\n", 1), ("", 1)])
def test_at_a_terminal_the_user_is_asked(
    answer: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def tried(*_: object, **__: object) -> list[object]:
        return []

    typed = io.StringIO(answer)
    monkeypatch.setattr(typed, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", typed)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("tui_chat.gateway.commands.join._fetch_models", tried)
    assert main(["join", "http://gate.example", "code"]) == status
    assert "Send the access code anyway" in capsys.readouterr().out
    assert config_file().exists() is (status == 0)


def test_an_existing_profile_gets_the_consent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def tried(*_: object, **__: object) -> list[object]:
        return []

    monkeypatch.setattr("tui_chat.gateway.commands.join._fetch_models", tried)
    config_file(
        b'[profiles.team]\nbase_url = "http://gate.example/v1"\napi_key_file = "codes/team"\n'
    )
    assert main(["join", "http://gate.example", "code", "--insecure", "--name", "team"]) == 0
    assert load_settings(config_file(), {}).profiles["team"].is_insecure
