"""`ask --tools`: only approved tools run, and the command says which was not."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.asker import Asker, answers, rows
from tests.providers.wire import DONE, END, delta, hello
from tests.sse_server import Answer

if TYPE_CHECKING:
    from tests.pty.serving import Serving

CALLING = Answer(
    (
        delta(
            tool_calls=[
                {
                    "index": 0,
                    "id": "a",
                    "function": {"name": "s__echo", "arguments": '{"text": "hi"}'},
                }
            ]
        )
        + delta(finish="tool_calls")
        + DONE,
    )
)
TALKING = Answer((hello(END),))


@pytest.fixture(autouse=True)
def _configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_chat.tools.servers.HOST", "tests.tools.scripted_host")
    file = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat", "config.toml")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('[tools.s]\ncommand = ["ok"]\n', encoding="utf-8")
    file.chmod(0o600)


def _sent(serving: Serving, number: int) -> dict[str, Any]:
    return serving.server.requests[number].json


@answers(CALLING, TALKING)
def test_an_approved_tool_runs(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "Go.", "--tools", "s", "--approve", "echo") == 0
    assert ask.out == "Hello.\n"
    assert "tool s/echo: done" in ask.err
    last = _sent(serving, -1)["messages"][-1]
    assert last == {"role": "tool", "tool_call_id": "a", "content": "hi"}
    assert rows("SELECT state, server, name FROM tool_calls") == [("done", "s", "echo")]


@pytest.mark.parametrize("approved", [[], ["--approve", "fail"], ["--approve", "t/echo"]])
@answers(CALLING, TALKING)
def test_a_tool_that_is_not_approved_ends_the_command(
    ask: Asker, serving: Serving, approved: list[str]
) -> None:
    assert ask("ask", "Go.", "--tools", "s", *approved) == 1
    assert "called s/echo, which is not approved. To let it run: --approve s/echo" in ask.err
    assert len(serving.server.requests) == 1
    assert rows("SELECT state FROM tool_calls") == [("refused",)]


@answers(CALLING, CALLING, TALKING)
def test_json_has_the_calls_and_rounds_are_limited(ask: Asker, serving: Serving) -> None:
    arguments = ("--tools", "s/echo", "--approve", "s/echo", "--max-rounds", "1", "--json")
    assert ask("ask", "Go.", *arguments) == 0
    printed = json.loads(ask.out)
    (call,) = printed["tool_calls"]
    assert (call["state"], call["approved_by"]) == ("done", "command_line")
    assert call["result"] == [{"kind": "text", "text": "hi"}]
    assert printed["finish_reason"] == "tool_rounds"
    offered = [tool["function"]["name"] for tool in _sent(serving, 0)["tools"]]
    assert offered == ["s__echo"]
    assert _sent(serving, 1)["tool_choice"] == "none"


@answers(TALKING)
def test_without_the_flag_no_tool_is_offered(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "Go.") == 0
    assert "tools" not in serving.server.requests[0].json


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tools", "x"], "There is no server “x” in config.toml."),
        (["--tools", "ss/echo"], "Did you mean `s`?"),
        (["--approve", "echo"], "--approve and --max-rounds need --tools."),
        (["--max-rounds", "0", "--tools", "s"], "--max-rounds must be from 1 to 100."),
        (["--tools", "s", "--count", "2", "--format", "json"], "--tools is for a single question"),
    ],
)
def test_wrong_flags_are_reported(
    ask: Asker, serving: Serving, arguments: list[str], words: str
) -> None:
    assert ask("ask", "Go.", *arguments) == 2
    assert words in ask.err
    assert serving.server.requests == []
