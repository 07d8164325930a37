from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.chat_app import running_chat
from tests.cli.asker import Asker, database, program, rows
from tests.providers.wire import (
    DONE,
    END,
    completion,
    delta,
    error_answer,
    event,
    hello,
    json_answer,
)
from tests.pty.serving import Serving
from tests.sse_server import Answer, Cut
from tui_chat.cli.ask import STOPPED, _until_stopped

WHOLE = Answer((hello(END),))
HOSTILE = "\x1b]52;c;aGk=\x07 \x1b[2J \u202e"
KEY = "sk-test-1234567890abcdef"


# Questions


@pytest.mark.parametrize(
    ("argument", "stdin", "sent"),
    [
        (["2+2?"], None, "2+2?"),
        ([], "2+2?\n", "2+2?"),
        (["Explain:"], "line 1\nline 2\n", "Explain:\n\nline 1\nline 2"),
        (["hi"], " \n\n", "hi"),
        ([], "日本\n".encode() + b"\xff", "日本\n\ufffd"),
        (["  indented"], None, "  indented"),
    ],
)
def test_the_question_is_the_argument_then_standard_input(
    ask: Asker, serving: Serving, argument: list[str], stdin: str | bytes | None, sent: str
) -> None:
    assert ask("ask", *argument, stdin=stdin) == 0

    assert serving.questions == [sent]
    assert (ask.out, ask.err) == ("Hello.\n", "")


@pytest.mark.parametrize("arguments", [[], [""], ["  "]])
def test_an_empty_question_is_wrong_usage(ask: Asker, arguments: list[str]) -> None:
    assert ask("ask", *arguments, stdin="\n \n") == 2
    assert "question is empty" in ask.err
    assert ask.out == ""
    assert not database().exists()


def test_flags_are_accepted_before_and_after_the_command(ask: Asker, serving: Serving) -> None:
    assert ask("--model", "a", "ask", "hi") == 0
    assert ask("ask", "--model", "b", "hi") == 0
    assert ask("ask", "hi", "--model", "c", "--system", "Be brief.", "--no-stream") == 0
    assert ask("--system", "Be kind.", "--no-stream", "--model", "d", "ask", "hi") == 0
    assert ask("--model", "lost", "ask", "hi", "--model", "e") == 0

    asked = [request.json for request in serving.requests]
    assert [body["model"] for body in asked] == ["a", "b", "c", "d", "e"]
    assert [bool(body.get("stream")) for body in asked] == [True, True, False, False, True]
    assert asked[2]["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hi"},
    ]
    assert asked[3]["messages"][0] == {"role": "system", "content": "Be kind."}  # type: ignore[index]


def test_ask_uses_a_profile_of_the_file(ask: Asker, serving: Serving) -> None:
    config = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat")
    config.mkdir()
    (config / "config.toml").write_text(
        f'nickname = "Ada"\n[profiles.mine]\nbase_url = "{serving.base_url}"\nmodel = "m1"\n'
        'system_prompt = "You talk to {nickname}."\ntemperature = 0.5\nstream = false\n',
        encoding="utf-8",
    )

    assert ask("ask", "--profile", "mine", "hi") == 0

    body = serving.requests[0].json
    assert (body["model"], body["temperature"]) == ("m1", 0.5)
    assert not body.get("stream")
    assert body["messages"][0]["content"] == "You talk to Ada."  # type: ignore[index]


def test_an_unknown_profile_is_reported(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "--profile", "nobody", "hi") == 2
    assert "nobody" in ask.err
    assert ask.out == ""
    assert not serving.requests


def test_ask_uses_the_first_listed_model(
    ask: Asker, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_MODEL")
    assert ask("ask", "hi") == 0
    assert serving.requests[0].json["model"] == "test-model"


# The key


def test_the_key_is_sent_only_to_the_endpoint_of_the_environment(
    ask: Asker, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert ask("ask", "hi") == 0
    assert serving.requests[0].headers["authorization"] == f"Bearer {KEY}"

    with Serving(WHOLE) as other:
        assert ask("ask", "hi", "--base-url", other.base_url) == 0
        assert KEY.encode() not in other.requests[0].raw
    assert KEY not in ask.out + ask.err


@pytest.mark.parametrize("echo", [KEY, f"Bearer {KEY}", f"{KEY[:20]} is wrong"])
def test_a_key_in_a_server_message_is_redacted(
    ask: Asker, monkeypatch: pytest.MonkeyPatch, echo: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with Serving(error_answer(401, f"Incorrect API key provided: {echo}")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        assert ask("ask", "hi", "--model", "m", "--json") == 1
    log = Path(os.environ["XDG_STATE_HOME"], "tui-chat", "log", "tui-chat.log")
    written = [ask.out, ask.err, *(str(row) for row in rows())]
    written += [log.read_text(encoding="utf-8")] if log.exists() else []
    assert not [text for text in written if KEY[:16] in text]
    assert KEY.encode() not in database().read_bytes()


# Results


def body(*steps: bytes | Cut) -> Answer:
    return Answer(steps)


@pytest.mark.parametrize(
    ("answer", "status", "out", "told"),
    [
        (WHOLE, 0, "Hello.\n", ""),
        (body(delta("Hello.\n"), END), 0, "Hello.\n", ""),
        (body(delta("Hel") + delta(finish="length"), DONE), 3, "Hel\n", "cut off"),
        (body(delta("Hel") + delta(finish="content_filter"), DONE), 3, "Hel\n", "filter"),
        (body(delta("Hel"), Cut()), 3, "Hel\n", "127.0.0.1"),
        (body(delta("Hel"), Cut(resets=True)), 3, "Hel\n", "127.0.0.1"),
        (body(delta("Hel"), event({"error": {"message": "overloaded"}})), 3, "Hel\n", "overloaded"),
        (error_answer(400, "what is this?"), 1, "", "what is this?"),
        (error_answer(401, "wrong key"), 1, "", "wrong key"),
        (body(END), 1, "", "127.0.0.1"),
    ],
)
def test_the_exit_status_reflects_the_result(
    ask: Asker, answer: Answer, status: int, out: str, told: str
) -> None:
    with Serving(answer) as server:
        assert ask("ask", "hi", "--base-url", server.base_url, "--model", "m") == status
    assert ask.out == out
    assert told in ask.err
    assert bool(told) == bool(ask.err)


def test_a_retry_is_reported_on_standard_error(ask: Asker) -> None:
    busy = error_answer(429, "slow down", headers={"Retry-After": "0"})
    with Serving(busy, WHOLE) as server:
        assert ask("ask", "hi", "--base-url", server.base_url, "--model", "m") == 0
    assert ask.out == "Hello.\n"
    assert "retry 2/" in ask.err


def test_a_refused_connection_is_reported(ask: Asker) -> None:
    config = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat")
    config.mkdir()
    (config / "config.toml").write_text(
        '[profiles.gone]\nbase_url = "http://127.0.0.1:1/v1"\nmodel = "m"\nmax_retries = 0\n',
        encoding="utf-8",
    )
    assert ask("ask", "hi", "--profile", "gone") == 1
    assert "127.0.0.1" in ask.err
    assert "refused" in ask.err


# JSON output


def test_json_prints_one_object(ask: Asker) -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 4}
    script = delta("é", reasoning_content="hm") + event({"usage": usage}) + END
    with Serving(body(script)) as server:
        assert ask("ask", "hi", "--base-url", server.base_url, "--model", "m", "--json") == 0

    assert (ask.err, ask.out[-2:]) == ("", "}\n")
    assert json.loads(ask.out) == {
        "text": "é",
        "status": "complete",
        "finish_reason": "stop",
        "usage": {"input_tokens": 3, "output_tokens": 4},
        "cost": None,
        "model": "test-model",
        "reasoning": "hm",
    }


@pytest.mark.parametrize(
    ("answer", "status", "exit_status", "text", "kind"),
    [
        (body(delta("Hel"), Cut()), "interrupted", 3, "Hel", "cut_off"),
        (error_answer(400, "no"), "failed", 1, "", "request_rejected"),
    ],
)
def test_the_json_object_contains_the_error(
    ask: Asker, answer: Answer, status: str, exit_status: int, text: str, kind: str
) -> None:
    with Serving(answer) as server:
        given = ask("ask", "hi", "--base-url", server.base_url, "--model", "m", "--json")
    found = json.loads(ask.out)
    assert given == exit_status
    assert (found["text"], found["status"], found["finish_reason"]) == (text, status, None)
    assert found["error"]["kind"] == kind
    assert found["error"]["words"] in ask.err


def test_json_works_without_streaming(ask: Asker, serving: Serving) -> None:
    with Serving(json_answer(completion("Hi."))) as server:
        flags = ("--base-url", server.base_url, "--model", "m", "--no-stream", "--json")
        assert ask("ask", "hi", *flags) == 0
    found = json.loads(ask.out)
    assert (found["text"], found["usage"]["output_tokens"]) == ("Hi.", 4)


# Storage


def test_ask_saves_question_and_answer(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "hi") == 0
    assert rows() == [("user", "hi", "complete"), ("assistant", "Hello.", "complete")]


async def test_the_chat_does_not_resume_a_single_question(
    monkeypatch: pytest.MonkeyPatch, serving: Serving
) -> None:
    env = {**os.environ, **serving.env()}
    asking = await asyncio.create_subprocess_exec(
        *program("ask", "from a script"), env=env, stdin=subprocess.DEVNULL
    )
    assert await asking.wait() == 0
    async with running_chat() as chat:
        assert chat.messages.virtual_list.messages == []
        await chat.pilot.press("ctrl+o")
        await chat.seen("No conversation is saved yet.")
        await chat.pilot.press(*"script")
        await chat.seen("from a script")


@pytest.mark.parametrize("is_saved", [False, True])
def test_save_lists_a_single_question(ask: Asker, serving: Serving, is_saved: bool) -> None:
    assert ask("ask", "from a script", *(["--save"] if is_saved else [])) == 0
    assert ask("list") == 0
    assert ("from a script" in ask.out) is is_saved
    assert ("No conversation is saved yet" in ask.err) is not is_saved
    for command in (["search", "script"], ["show", "script"], ["show"]):
        assert ask(*command) == 0
        assert "from a script" in ask.out


def test_a_saved_question_keeps_its_endpoint(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "--save", "hi", "--model", "m5") == 0
    with closing(sqlite3.connect(database())) as connection:
        profile, model, settings = connection.execute(
            "SELECT profile, model, settings FROM conversations"
        ).fetchone()
    assert (profile, model) == (serving.base_url.split("/")[2], "m5")
    assert json.loads(settings)["endpoint"]["host"] == profile


@pytest.mark.parametrize(
    "flags",
    [
        ["--temporary"],
        ["--count", "2", "--format", "json"],
        ["--output", "x.csv", "--format", "json"],
    ],
)
def test_save_conflicts_with_flags_that_save_nothing(
    ask: Asker, serving: Serving, flags: list[str]
) -> None:
    assert ask("ask", "--save", "hi", *flags) == 2
    assert "--save" in ask.err
    assert not serving.requests


def test_a_temporary_question_writes_no_file(ask: Asker, serving: Serving, tmp_path: Path) -> None:
    assert ask("ask", "hi", "--temporary") == 0
    assert ask.out == "Hello.\n"
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_files_and_folders_are_private(ask: Asker, serving: Serving) -> None:
    assert ask("ask", "hi") == 0
    assert database().parent.stat().st_mode & 0o777 == 0o700
    assert database().stat().st_mode & 0o777 == 0o600


async def test_a_second_signal_does_not_interrupt_the_cleanup() -> None:
    ended: list[str] = []

    async def work() -> int:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()
        finally:
            # The received text is saved here; a second signal must not interrupt it.
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(50):
                await asyncio.sleep(0)
            ended.append("saved")
        return 0

    assert await _until_stopped(work()) == STOPPED
    assert ended == ["saved"]


# Plain http


@pytest.mark.parametrize(
    "command", [["ask", "hi"], ["doctor"], ["gateway", "serve", "--port", "0"]]
)
@pytest.mark.parametrize("secret", ["key", "header", "body"])
def test_secrets_are_not_sent_over_plain_http(
    ask: Asker, monkeypatch: pytest.MonkeyPatch, command: list[str], secret: str
) -> None:
    lines = {
        "key": 'api_key_env = "WORK_KEY"',
        "header": 'headers.X-Api-Key = "abcdefgh"',
        "body": 'extra_body.password = "abcdefgh"',
    }
    monkeypatch.setenv("WORK_KEY", KEY)
    folder = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat")
    folder.mkdir()
    text = f'profile = "w"\n[profiles.w]\nbase_url = "http://gate.example"\n{lines[secret]}\n'
    (folder / "config.toml").write_text(text, encoding="utf-8")
    (folder / "config.toml").chmod(0o600)
    if command[0] == "doctor":
        # The doctor resolves the host before the request.
        monkeypatch.setattr(
            "tui_chat.session.endpoint_check.network.ConnectionCheck.check", _no_obstacle
        )
    assert ask(*command) in (1, 2)
    assert "plain http" in ask.out + ask.err
    assert "--insecure" in ask.out + ask.err


async def _no_obstacle(_: object) -> str:
    return ""


def test_batches_send_no_key_over_plain_http(
    ask: Asker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://gate.example/v1")
    output = tmp_path / "out.jsonl"
    assert ask("ask", "hi", "--format", "json", "--count", "2", "--output", str(output)) == 1
    assert "plain http" in ask.err
    assert not output.exists()


def test_insecure_allows_plain_http(
    ask: Asker, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *given, **named: look_up("127.0.0.1", *given, **named),
    )
    url = serving.base_url.replace("127.0.0.1", "box.lan")
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert ask("ask", "hi") == 1
    assert not serving.requests
    assert ask("ask", "hi", "--insecure") == 0
    assert serving.requests[0].headers["authorization"] == f"Bearer {KEY}"
