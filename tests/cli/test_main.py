from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import tui_chat
from tests.providers.wire import END, hello
from tests.pty.program import PtyProgram
from tests.pty.serving import Serving
from tests.sse_server import Answer
from tui_chat.cli.main import main
from tui_chat.cli.parse_question import has_only_flags

if TYPE_CHECKING:
    from tui_chat.session.launch import Launch

HEAVY = ("asyncio", "openai", "textual", "rich", "sqlite3", "tui_chat.session", "tui_chat.config")


def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "tui_chat", *arguments],
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_version_prints_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"tui-chat {tui_chat.__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--help"], ["doctor", "--help"]])
def test_help_is_readable(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 0
    text = capsys.readouterr().out
    for option in ("profile", "model", "base-url", "system", "no-stream", "temporary"):
        assert f"--{option}" in text
    assert "==SUPPRESS==" not in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["ask", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys, atexit; from tui_chat.cli.main import main;"
        f"atexit.register(lambda: print([n for n in {HEAVY!r} if n in sys.modules]));"
        f"main({arguments!r})"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nonsense"],
        ["ask", "--nonsense"],
        ["--model"],
        ["--new", "--json", "list"],
        ["a question", "--json"],
        ["ask", "one", "two"],
        ["--json"],
    ],
)
def test_wrong_usage(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: tui-chat")


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["lsit"], "list"),
        (["List"], "list"),
        (["exprot", "sky", "--format", "html"], "export"),
        (["--model", "m", "docter"], "doctor"),
        (["serach", "blue", "sky"], "search"),
        (["--profile=x", "aks", "Why?"], "ask"),
        (["gatway", "serve"], "gateway"),
    ],
)
def test_a_mistyped_command_gets_the_closest_one(
    capsys: pytest.CaptureFixture[str], arguments: list[str], meant: str
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"Did you mean “{meant}”?" in err


@pytest.mark.parametrize(
    ("arguments", "question"),
    [
        (["Why is the sky blue?"], "Why is the sky blue?"),
        (["hello"], "hello"),
        (["how", "do", "I", "exit", "vim?"], "how do I exit vim?"),
        (["--", "list"], "list"),
        (["--new", "--", "-v means", "--what?"], "-v means --what?"),
        (["list all cities"], "list all cities"),
        (["--model", "list", "Hi?"], "Hi?"),
        (["Hi?", "--model", "m", "--temporary"], "Hi?"),
        (["/help"], "/help"),
        ([""], ""),
        ([], ""),
    ],
)
def test_other_words_are_the_question_of_the_chat(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], question: str
) -> None:
    launched: list[Launch] = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    def run_chat(launch: Launch) -> int:
        launched.append(launch)
        return 0

    monkeypatch.setattr("tui_chat.ui.run.run_chat", run_chat)

    assert main(arguments) == 0

    assert launched[0].question == question
    assert launched[0].is_new is ("--new" in arguments)
    assert launched[0].is_temporary is ("--temporary" in arguments)
    assert launched[0].flags.get("model") == (
        arguments[arguments.index("--model") + 1] if "--model" in arguments else None
    )


def test_help_is_a_command_too(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["help"])
    assert end.value.code == 0
    assert "usage: tui-chat" in capsys.readouterr().out


def test_the_chat_needs_a_terminal() -> None:
    result = run()
    assert (result.returncode, result.stdout) == (2, "")
    assert "terminal" in result.stderr
    assert "tui-chat ask" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_chat_needs_a_terminal_as_output() -> None:
    code = (
        "import subprocess, sys; r = subprocess.run([sys.executable, '-m', 'tui_chat'],"
        "stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True);"
        "print('code', r.returncode, r.stderr)"
    )
    with PtyProgram(["-c", code]) as terminal:
        terminal.seen("code 2")
        terminal.seen("needs a terminal")


@pytest.mark.parametrize("variable", ["HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"])
@pytest.mark.parametrize("place", ["/proc/nowhere", "a file"])
def test_a_broken_home_folder_is_reported(tmp_path: Path, variable: str, place: str) -> None:
    if place == "a file":
        place = str(tmp_path / "not-a-folder")
        Path(place).write_text("", encoding="utf-8")
    env = {variable: place}
    if variable == "HOME":
        env |= dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"), "")
    with Serving(Answer((hello(END),))) as server:
        result = run("ask", "hi", "--base-url", server.base_url, "--model", "m", **env)
    assert (result.returncode, result.stdout) == (0, "Hello.\n")
    assert "Traceback" not in result.stderr
    # An unwritable log is not reported to the user; an unsaved conversation is.
    assert (place in result.stderr) == (variable != "XDG_STATE_HOME")


def test_an_invalid_base_url_is_reported() -> None:
    result = run("ask", "hi", "--base-url", "not a url")
    assert result.returncode in (1, 2)
    assert "--base-url" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_console_script_is_the_module() -> None:
    script = Path(sys.executable).parent / "tui-chat"
    if not script.exists():
        pytest.skip("the console script is not installed")
    result = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert result.stdout == run("--version").stdout


@pytest.mark.parametrize("flags", [["--schema", "./gone.json"], ["--schema", "a wrong type"]])
def test_an_invalid_schema_is_reported_before_the_chat_opens(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.chdir(tmp_path)

    assert main(flags) == 2
    assert "schema" in capsys.readouterr().err.lower()
    assert not list(tmp_path.rglob("*.db"))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], True),
        (["--new", "--model", "ask"], True),
        (["--model=m", "--temporary"], True),
        (["--model", "m", "ask", "hi"], False),
        (["why"], False),
        (["--", "--new"], False),
        (["--help"], False),
        (["--new", "-h"], False),
    ],
)
def test_only_flags_are_parsed_without_the_commands(arguments: list[str], expected: bool) -> None:
    assert has_only_flags(arguments, ["--model"]) is expected
