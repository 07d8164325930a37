"""`tui-chat ask` with a standard output, input or error that is closed, full, or not UTF-8."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.providers.wire import END, delta, hello
from tests.pty.serving import Serving
from tests.sse_server import Answer

WHOLE = Answer((hello(END),))
COMMAND = f'"{sys.executable}" -m tui_chat ask hi'


def shell(line: str, answer: Answer = WHOLE, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a line of the shell that asks a server."""
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
def test_closed_streams_are_no_failure(redirection: str, out: str) -> None:
    done = shell(f"{COMMAND} {redirection}")
    assert (done.returncode, done.stdout, done.stderr) == (0, out, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("more", ["", " --json"])
def test_a_full_disk_is_told(more: str) -> None:
    done = shell(f"{COMMAND}{more} >/dev/full")
    assert done.returncode == 1
    assert done.stderr == "tui-chat: Standard output cannot be written: No space left on device.\n"


def test_what_the_encoding_lacks_is_escaped() -> None:
    done = shell(COMMAND, Answer((delta("a 你 b") + END,)), PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stdout, done.stderr) == (0, "a \\u4f60 b\n", "")


def test_ctrl_c_while_it_starts_is_no_noise() -> None:
    # A finder of modules that is interrupted at one of the first imports.
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
