"""Ctrl+Z gives the terminal to the shell, and `fg` comes back, in a real shell."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.providers.wire import END, delta
from tests.pty.program import PtyProgram
from tests.pty.serving import Serving
from tests.pty.test_endpoint import CHAT, rows
from tests.sse_server import Answer, Pause
from tui_chat.ui.terminal.suspending import NO_SHELL_WORDS, has_shell

if TYPE_CHECKING:
    from collections.abc import Iterator

SUSPEND = "\x1a"
QUIT = "\x11"
LEFT = "\x1b[?1049l"
BASH = shutil.which("bash")

needs_bash = pytest.mark.skipif(BASH is None, reason="bash")


@contextmanager
def shell(serving: Serving) -> Iterator[PtyProgram]:
    """Run bash in a terminal, with job control."""
    program = PtyProgram(
        ["-c", "import os; os.execvp('bash', ['bash', '--norc', '--noprofile', '-i'])"],
        env={**serving.env(), "PS1": "$ shell> "},
    )
    with program as terminal:
        terminal.seen("shell>")
        yield terminal


def start(terminal: PtyProgram) -> None:
    terminal.send(f"{sys.executable} -m tui_chat\r")
    terminal.seen("Ask anything")


@needs_bash
@pytest.mark.slow
def test_the_shell_takes_over_and_fg_comes_back_whole() -> None:
    with Serving(Answer((delta("An answer."), END))) as serving, shell(serving) as terminal:
        start(terminal)
        terminal.send("a question\r")
        terminal.seen("An answer.")
        terminal.send("a draft")
        terminal.seen("a draft")

        for _ in range(2):
            terminal.send(SUSPEND)
            terminal.seen("Stopped")
            assert LEFT in terminal.written.decode(errors="replace")
            terminal.send("clear; echo in the $((1 + 1))nd shell\r")
            terminal.seen("in the 2nd shell")
            terminal.send("fg\r")
            terminal.seen("An answer.")
            terminal.seen("a draft")
            terminal.until(lambda: "2nd shell" not in terminal.text)

        terminal.send(" goes on")
        terminal.seen("a draft goes on")
        terminal.send(QUIT)
        terminal.seen("shell>")
        terminal.send("exit\r")
        assert terminal.ended() == 0


@needs_bash
@pytest.mark.slow
def test_a_running_answer_is_kept_and_goes_on() -> None:
    answer = Answer((delta("First half,"), Pause(2.0), delta(" second half."), END))
    with Serving(answer) as serving, shell(serving) as terminal:
        start(terminal)
        terminal.send("a question\r")
        terminal.seen("First half,")
        terminal.send(SUSPEND)
        terminal.seen("Stopped")
        terminal.send("fg\r")
        terminal.seen("second half.")
        terminal.seen("done")
        terminal.send(QUIT)
        terminal.seen("shell>")
    assert rows()[-1][1:] == ("First half, second half.", "complete")


@pytest.mark.slow
def test_without_a_shell_it_says_so() -> None:
    with Serving() as serving, PtyProgram(CHAT, env=serving.env(), columns=120) as chat:
        chat.seen("Ask anything")
        chat.send(SUSPEND)
        chat.seen(NO_SHELL_WORDS)
        chat.send("still here")
        chat.seen("still here")
        chat.send(QUIT)
        assert chat.ended() == 0


def test_a_session_of_its_own_has_no_shell() -> None:
    program = PtyProgram(
        ["-c", "from tui_chat.ui.terminal.suspending import has_shell; print('shell', has_shell())"]
    )
    with program as alone:
        alone.seen("shell False")
    assert isinstance(has_shell(), bool)
