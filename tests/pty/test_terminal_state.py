"""State of the terminal after the program ends, and the encoding of its output."""

from __future__ import annotations

import signal
import termios
from typing import TYPE_CHECKING

import pytest

from tests.mostly_slow import mostly_slow
from tests.providers.wire import END, delta
from tests.pty.program import PtyProgram
from tests.pty.serving import Serving
from tests.sse_server import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

CHAT = ["-m", "tui_chat"]


@pytest.fixture
def serving() -> Iterator[Serving]:
    with Serving(Answer((delta("天空 is blue 🌈"), END))) as server:
        yield server


def is_cooked(terminal: int) -> bool:
    """Return whether a terminal echoes, edits lines and takes signals, as a shell needs it."""
    flags = termios.tcgetattr(terminal)[3]
    wanted = termios.ECHO | termios.ICANON | termios.ISIG
    return bool(flags & wanted == wanted)


@pytest.mark.parametrize(
    "number", mostly_slow([signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP], quick=1)
)
def test_a_signal_leaves_the_terminal_as_it_was(number: signal.Signals, serving: Serving) -> None:
    with PtyProgram(CHAT, env=serving.env()) as chat:
        chat.seen("Ask anything")
        assert not is_cooked(chat._terminal)
        chat.kill(number)
        chat.ended()

        assert is_cooked(chat._terminal)
        for mode in (b"1000", b"1003", b"1006", b"2004", b"1049"):
            assert chat.written.rfind(b"\x1b[?%sl" % mode) > chat.written.rfind(b"\x1b[?%sh" % mode)


@pytest.mark.parametrize(
    "encoding", mostly_slow(["ascii", "latin-1", "ascii:strict", "utf-8"], quick=1)
)
def test_the_screen_is_utf_8_whatever_encoding_python_has(encoding: str, serving: Serving) -> None:
    env = {**serving.env(), "PYTHONIOENCODING": encoding}
    with PtyProgram(CHAT, env=env) as chat:
        chat.seen("Ask anything")
        chat.send("why 天?\r")
        chat.seen("天空 is blue")

        assert "────" in chat.text
        assert "\\u" not in chat.text
        assert b"\\u2500" not in chat.written
