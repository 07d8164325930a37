from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from tui_chat.config.paths import expanded, find_paths, make_private_folder
from tui_chat.core.errors import ConfigError

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="XDG defaults")


def test_the_xdg_variables_set_the_paths() -> None:
    paths = find_paths(
        {"XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d", "XDG_STATE_HOME": "/s", "HOME": "/home/al"}
    )

    assert paths.config_file == Path("/c/tui-chat/config.toml")
    assert paths.database == Path("/d/tui-chat/conversations.db")
    assert paths.data_dir == Path("/d/tui-chat")
    assert paths.state_dir == Path("/s/tui-chat")
    assert paths.log_file == Path("/s/tui-chat/log/tui-chat.log")
    assert paths.engine_log == Path("/s/tui-chat/log/engine.log")


@linux_only
@pytest.mark.parametrize("value", ["", "relative/path", ".", "~/x"])
def test_a_relative_xdg_variable_is_ignored(value: str) -> None:
    paths = find_paths({"XDG_CONFIG_HOME": value, "HOME": "/home/al"})

    assert paths.config_file == Path("/home/al/.config/tui-chat/config.toml")


@linux_only
def test_the_defaults_are_those_of_platformdirs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name)

    paths = find_paths(os.environ)

    assert paths.config_file.parent == platformdirs.user_config_path("tui-chat")
    assert paths.data_dir == platformdirs.user_data_path("tui-chat")
    assert paths.state_dir == platformdirs.user_state_path("tui-chat")
    assert paths.log_file.parent == platformdirs.user_log_path("tui-chat")


def test_finding_paths_creates_nothing(tmp_path: Path) -> None:
    find_paths({"HOME": str(tmp_path / "nobody")})

    assert not (tmp_path / "nobody").exists()


def test_without_home_the_account_is_used() -> None:
    assert find_paths({}).config_file.is_absolute()


@pytest.mark.parametrize(
    ("text", "path"),
    [("~/key", "/home/al/key"), ("~", "/home/al"), ("key", "/etc/x/key"), ("/key", "/key")],
)
def test_configured_paths_are_expanded(text: str, path: str) -> None:
    assert expanded(text, {"HOME": "/home/al"}, Path("/etc/x")) == Path(path)


def test_a_private_folder_is_created_with_private_parents(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    folder = tmp_path / "a" / "b" / "c"

    make_private_folder(folder)
    make_private_folder(folder)

    assert [f.stat().st_mode & 0o777 for f in (folder, *folder.parents[:2])] == [0o700] * 3
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_an_open_folder_becomes_private(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)

    make_private_folder(folder)

    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match="cannot be used: Not a directory"):
        make_private_folder(tmp_path / "file" / "folder")
    with pytest.raises(ConfigError, match="cannot be used: File exists"):
        make_private_folder(tmp_path / "file")


def test_importing_the_configuration_is_cheap() -> None:
    code = (
        "import sys; before = set(sys.modules);"
        "import tui_chat.config.endpoint_choice, tui_chat.config.api_key, tui_chat.config.paths;"
        "from pathlib import Path; from tui_chat.config.settings import load_settings;"
        "load_settings(Path('/nowhere/config.toml'), {});"
        "print(*sorted({'tomllib', 'difflib', 'subprocess', 'platformdirs', 'shlex', 'asyncio',"
        "'textual', 'openai'} & (set(sys.modules) - before)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == ""
