"""`tui-chat ask` with standard streams that are closed, full, or not UTF-8."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.mostly_slow import mostly_slow
from tests.providers.wire import END, delta, hello
from tests.pty.serving import Serving
from tests.sse_server import Answer

WHOLE = Answer((hello(END),))
COMMAND = f'"{sys.executable}" -m tui_chat ask hi'


def shell(line: str, answer: Answer = WHOLE, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a shell command line against a test server."""
    with Serving(answer) as server:
        return subprocess.run(
            ["/bin/sh", "-c", line],
            env={**os.environ, **server.env(), **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.mark.parametrize(
    ("redirection", "out"),
    [(">&-", ""), ("2>&-", "Hello.\n"), ("<&-", "Hello.\n"), ("<&- 2>&-", "Hello.\n")],
)
def test_closed_streams_do_not_fail(redirection: str, out: str) -> None:
    done = shell(f"{COMMAND} {redirection}")
    assert (done.returncode, done.stdout, done.stderr) == (0, out, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("more", ["", " --json"])
def test_a_full_disk_is_reported(more: str) -> None:
    done = shell(f"{COMMAND}{more} >/dev/full")
    assert done.returncode == 1
    assert done.stderr == "tui-chat: Cannot write to standard output: No space left on device.\n"


def test_unencodable_characters_are_escaped() -> None:
    done = shell(COMMAND, Answer((delta("a 你 b") + END,)), PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stdout, done.stderr) == (0, "a \\u4f60 b\n", "")


def test_ctrl_c_during_the_start_prints_no_traceback() -> None:
    # A module finder that raises SIGINT during one of the first imports.
    code = (
        "import os, runpy, signal, sys\n"
        "wanted = sys.argv.pop(1)\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == wanted:\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "runpy.run_module('tui_chat', run_name='__main__', alter_sys=False)\n"
    )
    for name in ("tui_chat.cli.main", "tui_chat.cli.ask"):
        done = subprocess.run(
            [sys.executable, "-c", code, name, "ask", "hi"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (128 + signal.SIGINT, "")


EVIL = "\x9b31m \x9d0;owned\x9c \x7f \u202e\u2066 \u2028 \U000e0041 \u200f" + "e" + "\u0301" * 30
RAW = frozenset("\x1b\x07\x9b\x9d\x9c\x7f\u202e\u2066\u2028\U000e0041")


def on_a_terminal(answer: Answer, *arguments: str, **env: str) -> tuple[int, str]:
    """Run the program with a pseudo-terminal as standard output; return status and output."""
    primary, secondary = os.openpty()
    with Serving(answer) as server, os.fdopen(primary, "rb", buffering=0) as screen:
        process = subprocess.Popen(
            [sys.executable, "-m", "tui_chat", *arguments],
            env={**os.environ, **server.env(), **env},
            stdin=subprocess.DEVNULL,
            stdout=secondary,
            stderr=subprocess.PIPE,
        )
        os.close(secondary)
        output = bytearray()
        with suppress(OSError):  # end of a pseudo-terminal on Linux
            while data := screen.read(65_536):
                output += data
        _, error = process.communicate()
        text = error.decode()
        assert not set(text) & RAW, text
    return process.returncode, output.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    "flags",
    mostly_slow(
        [
            ["--json"],
            ["--format", "json", "--json"],
            ["--format", "json", "--count", "2"],
            ["--format", "json", "--input", "rows.jsonl"],
        ],
        quick=2,
    ),
)
def test_json_on_a_terminal_is_escaped(
    flags: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.jsonl").write_text('{"a": 1}\n', encoding="utf-8")
    value = {EVIL: [EVIL, {"deep": EVIL}]}
    text = json.dumps(value, ensure_ascii=False)
    answer = Answer((delta(text, reasoning_content=EVIL) + END,))
    status, output = on_a_terminal(answer, "ask", "hi {a}" if "--input" in flags else "hi", *flags)
    assert status == 0
    assert not set(output) & RAW
    lines = [json.loads(line) for line in output.splitlines()]
    if flags == ["--json"]:
        assert (lines[0]["text"], lines[0]["reasoning"]) == (text, EVIL)
    else:
        assert lines == [value] * len(lines)


@pytest.mark.parametrize("flags", ["--json", "--format json --json", "--format json --count 1"])
@pytest.mark.parametrize("encoding", mostly_slow(["utf-8", "ascii", "latin-1"], quick=1))
def test_json_in_a_pipe_is_valid_in_every_encoding(flags: str, encoding: str) -> None:
    value = {"é 你 😀": [EVIL]}
    answer = Answer((delta(json.dumps(value, ensure_ascii=False)) + END,))
    with Serving(answer) as server:
        done = subprocess.run(
            [sys.executable, "-m", "tui_chat", "ask", "hi", *flags.split()],
            env={**os.environ, **server.env(), "PYTHONIOENCODING": encoding},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
    found = json.loads(done.stdout.decode(encoding))
    assert (json.loads(found["text"]) if flags == "--json" else found) == value
    if encoding == "utf-8":
        assert "你" in done.stdout.decode()


@pytest.mark.parametrize(
    "command",
    ["show --json", "list --json", "search --json evil", "export --format json",
     "export --format jsonl", "export --all --format json", "export --format md",
     "export --format html", "show", "list", "search evil"],
)  # fmt: skip
def test_saved_conversations_are_sanitized_on_a_terminal(command: str) -> None:
    answer = Answer((delta(f"evil {EVIL}", reasoning_content=EVIL) + END,))
    with Serving(answer) as server:
        subprocess.run(
            [sys.executable, "-m", "tui_chat", "ask", "--save", f"evil {EVIL}"],
            env={**os.environ, **server.env()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
    status, output = on_a_terminal(answer, *command.split())
    assert status == 0
    assert not set(output) & RAW
    if "json" in command:
        lines = output.splitlines() if "jsonl" in command else [output]
        assert "\\u009b" in output or "<9B>" in output
        assert all(json.loads(line) for line in lines)
