"""Folders become private; commands in files that others can write do not run."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.asker import Asker
from tui_chat.config.api_key import read_key
from tui_chat.config.paths import find_paths
from tui_chat.config.permissions import close_folders, open_folders
from tui_chat.config.settings import load_settings
from tui_chat.core.errors import ConfigError

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Asker:
    return Asker(monkeypatch, capsys)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def config_with_command(tmp_path: Path) -> tuple[Path, Path]:
    """Write a configuration with a command that creates a file when it runs."""
    ran = tmp_path / "ran"
    file = find_paths(os.environ).config_file
    file.parent.mkdir(mode=0o700)
    file.write_text(
        'profile = "w"\n[profiles.w]\nbase_url = "http://127.0.0.1:9"\nmodel = "m"\n'
        f"max_retries = 0\napi_key_command = \"sh -c 'touch {ran}; echo sk-abcdef-1234'\"\n",
        encoding="utf-8",
    )
    file.chmod(0o600)
    return file, ran


def make_group_writable(file: Path) -> None:
    file.chmod(0o660)


def make_world_writable(file: Path) -> None:
    file.chmod(0o606)


def open_the_folder(file: Path) -> None:
    file.parent.chmod(0o777)


def open_the_target_folder(file: Path) -> None:
    target = file.parent.parent / "dotfiles"
    target.mkdir()
    file.rename(target / "config.toml")
    file.symlink_to(target / "config.toml")
    target.chmod(0o777)


def open_a_folder_above(file: Path) -> None:
    file.parent.parent.chmod(0o757)


def give_away(file: Path) -> None:
    os.chown(file, 12345, 12345)


def give_the_folder_away(file: Path) -> None:
    os.chown(file.parent, 12345, 12345)


WAYS = [
    make_group_writable,
    make_world_writable,
    open_the_folder,
    open_the_target_folder,
    open_a_folder_above,
    pytest.param(give_away, marks=needs_root),
    pytest.param(give_the_folder_away, marks=needs_root),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("command", ["ask hi", "doctor", "export", "gateway serve --port 0"])
def test_a_command_from_an_untrusted_file_does_not_run(
    ask: Asker, tmp_path: Path, way: object, command: str
) -> None:
    file, ran = config_with_command(tmp_path)
    assert callable(way)
    way(file)
    assert ask(*command.split()) in (1, 2)
    assert not ran.exists()
    if command != "export":
        assert "api_key_command" in ask.out + ask.err
        assert "is not run" in ask.out + ask.err


@pytest.mark.parametrize("way", WAYS)
def test_an_untrusted_file_is_reported(tmp_path: Path, way: object) -> None:
    file, ran = config_with_command(tmp_path)
    assert callable(way)
    way(file)
    settings = load_settings(file, os.environ)
    (problem,) = settings.problems
    assert "api_key_command is not run" in problem.message
    assert "chmod go-w" in problem.message
    with pytest.raises(ConfigError, match="is not run"):
        read_key(settings.profiles["w"], os.environ)
    assert not ran.exists()


def test_a_command_of_the_user_runs(tmp_path: Path) -> None:
    file, ran = config_with_command(tmp_path)
    settings = load_settings(file, os.environ)
    assert not settings.problems
    assert read_key(settings.profiles["w"], os.environ)
    assert ran.exists()


@pytest.mark.parametrize("levels", [0, 1])
def test_a_sticky_folder_is_trusted(tmp_path: Path, levels: int) -> None:
    file, _ = config_with_command(tmp_path)
    file.parents[levels].chmod(0o1777)
    assert not load_settings(file, os.environ).problems


def test_a_folder_above_that_the_group_can_write_is_trusted(tmp_path: Path) -> None:
    file, _ = config_with_command(tmp_path)
    file.parents[1].chmod(0o775)
    assert not load_settings(file, os.environ).problems


def test_the_advice_repairs_what_is_reported(tmp_path: Path) -> None:
    file, _ = config_with_command(tmp_path)
    for path, mode in ((file, 0o666), (file.parent, 0o777), (file.parents[1], 0o777)):
        path.chmod(mode)
    (problem,) = load_settings(file, os.environ).problems
    subprocess.run(shlex.split(problem.hint.partition("run: ")[2]), check=True)
    assert not load_settings(file, os.environ).problems


@needs_root
def test_a_key_file_of_another_user_is_rejected(tmp_path: Path) -> None:
    file, _ = config_with_command(tmp_path)
    key = tmp_path / "key"
    key.write_text("sk-abcdef-1234\n")
    key.chmod(0o600)
    file.write_text(
        f'[profiles.w]\nbase_url = "http://127.0.0.1:9"\napi_key_file = "{key}"\n', "utf-8"
    )
    profile = load_settings(file, os.environ).profiles["w"]
    assert read_key(profile, os.environ)
    os.chown(key, 12345, 12345)
    with pytest.raises(ConfigError, match="another user"):
        read_key(profile, os.environ)


def test_open_folders_become_private() -> None:
    paths = find_paths(os.environ)
    for folder in (
        paths.config_file.parent, paths.data_dir, paths.state_dir, paths.log_file.parent
    ):  # fmt: skip
        folder.mkdir()
        folder.chmod(0o777)
    assert len(open_folders(paths)) == 4
    assert not close_folders(paths)
    assert not open_folders(paths)
    assert mode(paths.config_file.parent) == 0o755
    assert {mode(folder) for folder in (paths.data_dir, paths.state_dir)} == {0o700}


def test_a_folder_that_stays_open_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = find_paths(os.environ)
    paths.data_dir.mkdir()
    paths.data_dir.chmod(0o777)

    def refused(self: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refused)
    (words,) = close_folders(paths)
    assert str(paths.data_dir) in words
    assert "0777" in words


@pytest.mark.parametrize("command", ["list", "ask hi"])
def test_commands_make_the_folders_private(ask: Asker, command: str) -> None:
    paths = find_paths(os.environ)
    for folder in (paths.data_dir, paths.state_dir):
        folder.mkdir()
        folder.chmod(0o777)
    ask(*command.split(), *(["--base-url", "http://127.0.0.1:9"] if "ask" in command else []))
    assert {mode(paths.data_dir), mode(paths.state_dir)} == {0o700}


def test_the_doctor_reports_open_folders_without_changing_them(ask: Asker) -> None:
    paths = find_paths(os.environ)
    for folder in (paths.config_file.parent, paths.data_dir, paths.state_dir):
        folder.mkdir()
        folder.chmod(0o777)
    ask("doctor", "--base-url", "http://127.0.0.1:9")
    for folder in (paths.config_file.parent, paths.data_dir, paths.state_dir):
        assert f"{folder} is open to other users (mode 0777)" in ask.out
        assert mode(folder) == 0o777


@pytest.mark.slow
def test_files_are_private_with_any_umask(tmp_path: Path) -> None:
    program = "import os, sys; from tui_chat.cli.main import main; os.umask(0); main(sys.argv[1:])"
    subprocess.run(
        [sys.executable, "-c", program, "ask", "hi", "--base-url", "http://127.0.0.1:9"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    paths = find_paths(os.environ)
    made = [
        path
        for folder in (paths.data_dir, paths.state_dir, paths.config_file.parent)
        for path in [folder, *folder.rglob("*")]
        if path.exists()
    ]
    assert paths.database in made
    assert {mode(path) for path in made if path.is_file()} == {0o600}
    assert {mode(path) for path in made if path.is_dir()} == {0o700}
