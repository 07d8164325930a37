"""The doctor never shows a key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.doctor.doctor_run import run_doctor, write_config
from tests.providers.wire import END, KEY, hello, json_answer
from tests.sse_server import Answer, SseServer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("no_engine")

HELLO = Answer((hello(END),))
SECRET_PARTS = (KEY, KEY[:14], KEY[8:22], KEY[-12:])


def profile(base_url: str, more: str = 'model = "test-model"') -> str:
    return f'profile = "p"\n[profiles.p]\nbase_url = "{base_url}"\n{more}\n'


def error_answer(status: int, message: str, **fields: Any) -> Answer:
    return json_answer({"error": {"message": message, **fields}}, status)


@pytest.mark.parametrize("source", ["env", "file", "command", "OPENAI_API_KEY"])
@pytest.mark.parametrize("is_refused", [False, True])
async def test_the_key_is_never_shown(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    source: str,
    is_refused: bool,
) -> None:
    echo = {"data": [{"id": f"model-{KEY}"}, {"id": "test-model"}]}
    answers = [error_answer(401, f"Incorrect API key provided: {KEY}.")] if is_refused else [HELLO]
    key_file = tmp_path / "key"
    key_file.write_text(f"{KEY}\n", encoding="utf-8")
    key_file.chmod(0o600)
    async with SseServer(*answers, models=json_answer(echo)) as server:
        if source == "OPENAI_API_KEY":
            monkeypatch.setenv("OPENAI_API_KEY", KEY)
            monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        else:
            monkeypatch.setenv("WORK_KEY", KEY)
            line = {
                "env": 'api_key_env = "WORK_KEY"',
                "file": f'api_key_file = "{key_file}"',
                "command": f'api_key_command = "cat {key_file}"',
            }[source]
            write_config(profile(server.base_url, line))
        seen = await run_doctor(capsys)

    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert seen.one("key")[1].startswith("found: ")
    assert not [part for part in SECRET_PARTS if part in seen.text]
    assert json.dumps(KEY)[1:-1] not in seen.text
    if is_refused:
        assert "refused the key" in seen.one("answer")[1]
        assert "***" in seen.one("answer")[1]


async def test_an_unreadable_key_skips_only_the_requests(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with SseServer(HELLO) as server:
        write_config(profile(server.base_url, 'api_key_env = "NOT_SET_ANYWHERE"'))
        seen = await run_doctor(capsys)

    assert seen.failed == ["key"]
    assert "Set NOT_SET_ANYWHERE" in seen.one("key")[1]
    assert seen.one("connect")[0] == "ok"
    assert seen.one("answer") == ("--", "skipped: the key is unreadable")
    assert not server.requests


async def test_a_token_in_the_path_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    async with SseServer(HELLO) as server:
        base_url = f"http://127.0.0.1:{server.port}/a8f7e6d5c4b3a291/v1"
        seen = await run_doctor(capsys, base_url=base_url)

    assert seen.one("endpoint")[1].startswith(f"http://127.0.0.1:{server.port}/…, ")
    assert "a8f7e6d5" not in seen.text
