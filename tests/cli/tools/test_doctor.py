"""`doctor` starts each MCP server and lists its tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.doctor.doctor_run import run_doctor, write_config

if TYPE_CHECKING:
    import pytest


async def test_each_server_is_started(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_chat.tools.servers.HOST", "tests.tools.scripted_host")
    write_config('[tools.good]\ncommand = ["ok"]\n[tools.bad]\ncommand = ["refuse"]\n')
    seen = await run_doctor(capsys)
    lines = [(mark, text) for mark, name, text in seen.lines if name == "tools"]
    assert lines[0] == ("ok", "good: 7 tools")
    assert lines[1][0] == "!!"
    assert "cannot be started: not found" in lines[1][1]
    assert seen.status == 1


async def test_without_servers_there_is_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    write_config('nickname = "Ada"\n')
    seen = await run_doctor(capsys)
    assert [name for _mark, name, _text in seen.lines if name == "tools"] == []
