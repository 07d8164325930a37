from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import tomllib
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.local_model.hub.hub_server import REPOSITORY, HubScript, HubServer
from tui_chat.cli.local import run as local_run
from tui_chat.cli.main import main
from tui_chat.local_model.hub.hub_cache import HubCache, hub_cache_folder
from tui_chat.local_model.model_file import find_model

if TYPE_CHECKING:
    from collections.abc import Iterator

WEIGHTS = b"GGUF" + bytes(range(256)) * 2000
NAME = "Tiny-1B-Q4_K_M.gguf"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    monkeypatch.setattr(local_run, "memory_bytes", lambda: 8_000_000_000)
    with HubServer(HubScript({NAME: WEIGHTS, "mmproj-F16.gguf": b"GGUF small"})) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        yield server


@pytest.fixture
def config() -> Path:
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "tui-chat"
    folder.mkdir(mode=0o700)
    file = folder / "config.toml"
    file.write_text("# mine\n[engine]  # the engine\nthreads = 2\n", encoding="utf-8")
    return file


def engine(config: Path) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(config.read_text(encoding="utf-8")).get("engine", {})
    return found


def installed() -> list[str]:
    return [model.path.name for model in HubCache(hub_cache_folder(os.environ)).installed()]


def test_get_downloads_a_model_and_makes_it_the_embedded_one(
    hub: HubServer, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.script.breaks = deque()

    assert main(["local", "get", REPOSITORY]) == 0

    shown = capsys.readouterr()
    assert shown.out == ""
    assert "licence: apache-2.0" in shown.err
    assert f"{NAME} is now the embedded model" in shown.err
    set_to = engine(config)
    assert Path(set_to["model_path"]).expanduser().read_bytes() == WEIGHTS
    assert Path(set_to["mmproj_path"]).expanduser().name == "mmproj-F16.gguf"
    assert set_to["model_path"].startswith("~/.cache/huggingface/hub/models--tiny--tiny-GGUF/")
    assert config.read_text(encoding="utf-8").startswith("# mine\n[engine]  # the engine\n")


def test_use_and_remove_manage_the_installed_models(
    hub: HubServer, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["local", "get", REPOSITORY])

    assert main(["local", "remove", "tiny-1b", "--yes"]) == 2
    assert "is in use" in capsys.readouterr().err
    assert main(["local", "use", "built-in"]) == 0
    assert engine(config) == {"threads": 2}
    assert main(["local", "use", "tiny-1b"]) == 0
    assert "model_path" in engine(config)
    main(["local", "use", "built-in"])
    assert main(["local", "remove", "tiny-1b"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert installed() == [NAME]
    assert main(["local", "remove", "tiny-1b", "--yes"]) == 0
    assert installed() == []


def test_the_list_names_what_is_in_use_installed_and_offered(
    hub: HubServer, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["local", "get", REPOSITORY])
    seen = len(hub.seen)
    capsys.readouterr()

    assert main(["local"]) == 0
    text = capsys.readouterr().out
    assert "In use: tiny-1b" in text
    assert "  tiny-1b · 512 KB · sees pictures · in use" in text
    assert "qwen3.5-2b · 2B" in text
    assert "https://huggingface.co/unsloth/Qwen3.5-2B-GGUF" in text
    folder = f"Folder: {hub_cache_folder(os.environ)}"
    assert max(len(line) for line in text.splitlines() if line != folder) <= 80

    assert main(["local", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["installed"][0]["is_in_use"] is True
    assert {row["fit"] for row in found["list"]} <= {"comfortable", "tight", "too_large"}
    # The list is read from this machine alone.
    assert len(hub.seen) == seen


def test_a_model_that_needs_too_much_memory_needs_force(
    hub: HubServer,
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("tui_chat.local_model.hub.get_model.memory_bytes", lambda: 500_000_000)

    assert main(["local", "get", REPOSITORY]) == 1
    assert "add --force" in capsys.readouterr().err
    assert installed() == []
    assert main(["local", "get", REPOSITORY, "--force"]) == 0


def test_a_file_of_this_machine_is_used_where_it_is(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "模型 a.gguf"
    file.write_bytes(b"GGUF and more")

    assert main(["local", "get", str(file)]) == 0
    assert engine(config)["model_path"] == str(file)
    assert main(["local", "get", str(tmp_path / "absent.gguf")]) == 1
    assert "does not exist" in capsys.readouterr().err
    file.write_bytes(b"<html>")
    assert main(["local", "get", str(file)]) == 1
    assert "not a GGUF file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["get", "qwen3.5-2"], "Did you mean “qwen3.5-2b”?"),
        (["get", "what ever"], "owner/name"),
        (["use", "smollm3-3b"], "tui-chat local get smollm3-3b"),
        (["remove", "nothing"], "No installed model is called “nothing”"),
    ],
)
def test_a_wrong_name_is_answered_with_the_right_one(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["local", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_a_configuration_that_cannot_be_written_gets_the_line_to_add(
    hub: HubServer, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text("[engine\n", encoding="utf-8")

    assert main(["local", "get", REPOSITORY]) == 2
    assert "line 1" in capsys.readouterr().err
    assert installed() == [NAME]


def test_a_missing_package_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)

    assert main(["local", "get", "qwen3.5-2b"]) == 1
    assert 'pip install ".[models]"' in capsys.readouterr().err
    assert main(["local"]) == 0


def test_ctrl_c_keeps_the_download_and_the_same_command_continues(
    hub: HubServer, config: Path
) -> None:
    half_sent, may_continue = threading.Event(), threading.Event()

    def hold(position: int) -> None:
        if position > len(WEIGHTS) // 2:
            half_sent.set()
            may_continue.wait(60)

    hub.script.before_piece = hold
    command = [sys.executable, "-m", "tui_chat", "local", "get", REPOSITORY]
    first = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert half_sent.wait(60)
    folder = hub_cache_folder(os.environ)
    while HubCache(folder).unfinished_bytes() <= len(WEIGHTS) // 2:
        assert first.poll() is None
    first.send_signal(signal.SIGINT)
    _out, words = first.communicate(timeout=60)
    may_continue.set()
    hub.script.before_piece = None

    assert first.returncode == 130
    assert "Stopped." in words
    assert "the same command continues there" in words
    assert "Traceback" not in words
    assert engine(config) == {"threads": 2}

    assert main(command[3:]) == 0
    assert hub.ranges()[1].startswith("bytes=")
    assert installed() == [NAME]


@pytest.mark.engine
@pytest.mark.slow
def test_a_downloaded_model_answers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bundled = find_model(None)
    assert bundled is not None
    script = HubScript({"SmolLM2-135M-Instruct-Q4_1.gguf": bundled.path.read_bytes()})
    with HubServer(script) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        script.breaks = deque([0.6])
        assert main(["local", "get", REPOSITORY]) == 0
    assert "Next attempt" in capsys.readouterr().err

    answer = subprocess.run(
        [sys.executable, "-m", "tui_chat", "ask", "--json", "Say hello."],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )

    found = json.loads(answer.stdout)
    assert found["status"] == "complete"
    assert found["text"].strip()
    assert found["model"] == "smollm2-135m-instruct"
