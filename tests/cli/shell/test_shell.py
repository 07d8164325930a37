"""Completion in real shells, its names, and the man page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tui_chat.cli.main import main

_CONFIG = """
[profiles.work]
base_url = "http://127.0.0.1:9/v1"
model = "qwen3:8b"
api_key_cmd = "touch ran; echo key"
[profiles."evil$(touch ran)"]
base_url = "http://127.0.0.1:9/v1"
model = "`touch ran`"
"""


@pytest.fixture(autouse=True)
def _config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(_CONFIG, encoding="utf-8")
    binaries = tmp_path / "bin"
    binaries.mkdir()
    command = binaries / "tui-chat"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m tui_chat "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{binaries}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.chdir(tmp_path)


def _names(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(["complete-names", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def test_names_are_read_from_files_and_are_safe_in_a_shell(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert _names(capsys, "profiles") == ["local", "work"]
    assert _names(capsys, "profiles", "--described") == ["local", "work\tqwen3:8b"]
    assert _names(capsys, "models") == ["qwen3:8b"]
    assert _names(capsys, "conversations") == []
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_profiles(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, shell: str
) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    assert main(["completion", shell]) == 0
    script = tmp_path / "script"
    script.write_text(capsys.readouterr().out, encoding="utf-8")
    work = {
        "bash": f"source {script}; COMP_WORDS=(tui-chat --profile ''); COMP_CWORD=2; "
        "_shtab_tui_chat tui-chat '' --profile; printf '%s\\n' \"${COMPREPLY[@]}\"",
        "zsh": f"zsh -n {script} && _describe() {{ print -l ${{(P)2}} }} && "
        f"eval \"$(sed -n '/^_tui_chat_profiles()/,/^}}/p' {script})\" && _tui_chat_profiles",
        "fish": f"source {script}; complete -C 'tui-chat --profile '",
    }[shell]

    done = subprocess.run([shell, "-c", work], capture_output=True, text=True, check=False)

    assert "work" in done.stdout
    assert "evil" not in done.stdout
    assert not (tmp_path / "ran").exists()


def test_the_man_page_has_every_listed_command_and_flag(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["man-page"]) == 0
    page = capsys.readouterr().out

    for word in ("ask", "open", "completion", "gateway", "\\-\\-continue", "\\-\\-profile"):
        assert word in page
    assert "complete\\-names" not in page
    if groff := shutil.which("groff"):
        words = [groff, "-man", "-Tutf8", "-k", "-wall", "-z"]
        done = subprocess.run(words, input=page, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
