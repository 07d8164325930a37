from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.asker import database, program, rows
from tests.providers.wire import (
    END,
    delta,
    hello,
)
from tests.pty.serving import Serving
from tests.sse_server import Answer, Stall

if TYPE_CHECKING:
    from collections.abc import Sequence

WHOLE = Answer((hello(END),))
HOSTILE = "\x1b]52;c;aGk=\x07 \x1b[2J \u202e"
KEY = "sk-test-1234567890abcdef"


def read_until(process: subprocess.Popen[bytes], wanted: bytes) -> bytes:
    assert process.stdout is not None
    data = b""
    deadline = time.monotonic() + 20
    while wanted not in data:
        ready, _, _ = select.select([process.stdout], [], [], deadline - time.monotonic())
        assert ready, data
        piece = os.read(process.stdout.fileno(), 4096)
        assert piece, data
        data += piece
    return data


@pytest.mark.parametrize("as_json", [False, True])
def test_ctrl_c_keeps_the_received_text(as_json: bool) -> None:
    with Serving(Answer((delta("half an answer"), Stall()))) as server:
        process = subprocess.Popen(
            program("ask", "hi", *(["--json"] if as_json else [])),
            env={**os.environ, **server.env()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        request = server.asked()
        if as_json:
            # Nothing is printed before the end, so wait until a checkpoint has saved the text.
            until_saved("half an answer")
            came = b""
        else:
            # The text is printed while the answer is still streaming.
            came = read_until(process, b"half an answer")
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=20)
        server.saw_close(request)

    assert process.returncode == 130
    assert err == b""
    if as_json:
        assert json.loads(rest)["status"] == "cancelled"
        assert json.loads(rest)["text"] == "half an answer"
    else:
        assert came + rest == b"half an answer\n"
    assert rows()[-1] == ("assistant", "half an answer", "cancelled")


def until_saved(text: str) -> None:
    deadline = time.monotonic() + 20
    while not database().exists() or (len(rows()) < 2 or rows()[-1][1] != text):
        assert time.monotonic() < deadline


def test_a_closed_pipe_prints_no_traceback() -> None:
    words = "".join(f"word{number} " for number in range(10_000))
    flood = Answer((delta(words) * 20, END))
    with Serving(flood) as server:
        process = subprocess.Popen(
            program("ask", "hi"),
            env={**os.environ, **server.env()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        read_until(process, b"word")
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
        process.stderr.close()
        assert process.wait(20) == 1
    assert err == b""


def on_a_terminal(arguments: Sequence[str], env: dict[str, str]) -> bytes:
    """Run with a terminal as standard output; return the output."""
    parent, child = pty.openpty()
    try:
        process = subprocess.Popen(
            arguments, env=env, stdin=subprocess.DEVNULL, stdout=child, stderr=subprocess.DEVNULL
        )
        os.close(child)
        written = b""
        while True:
            try:
                data = os.read(parent, 65_536)
            except OSError:
                break
            if not data:
                break
            written += data
        assert process.wait(20) == 0
    finally:
        os.close(parent)
    return written


def test_control_characters_are_escaped_on_a_terminal_and_kept_in_a_pipe() -> None:
    # A delta boundary splits one of the sequences.
    pieces = b"".join(delta(HOSTILE[start : start + 2]) for start in range(0, len(HOSTILE), 2))
    with Serving(Answer((pieces + END,))) as server:
        env = {**os.environ, **server.env()}
        piped = subprocess.run(
            program("ask", "hi"), env=env, stdin=subprocess.DEVNULL, capture_output=True, check=True
        )
        shown = on_a_terminal(program("ask", "hi"), env)

    assert piped.stdout.decode() == f"{HOSTILE}\n"
    text = shown.decode()
    assert not set(text) & set("\x1b\x07\u202e")
    assert "␛]52;c;aGk=␇ ␛[2J" in text


def test_ask_does_not_import_textual() -> None:
    code = (
        "import sys; from tui_chat.cli.main import main; status = main(sys.argv[1:]);"
        "print(status, [name for name in ('textual', 'rich') if name in sys.modules])"
    )
    with Serving(WHOLE) as server:
        result = subprocess.run(
            [sys.executable, "-c", code, "ask", "hi"],
            env={**os.environ, **server.env()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
    assert result.stdout == "Hello.\n0 []\n"
