"""Signals end the program as Ctrl+Q does: nothing is lost, nothing is left on the terminal."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.mostly_slow import mostly_slow
from tests.providers.wire import delta
from tests.pty.program import PtyProgram
from tests.pty.serving import Serving
from tests.pty.test_endpoint import CHAT
from tests.sse_server import Answer, Stall

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def drafts() -> list[str]:
    path = Path(os.environ["XDG_DATA_HOME"], "tui-chat", "conversations.db")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return [draft for (draft,) in connection.execute("SELECT draft FROM conversations")]


@pytest.mark.parametrize("number", mostly_slow(ENDING, quick=1))
def test_the_last_keys_of_a_draft_are_kept(number: signal.Signals) -> None:
    with (
        Serving(Answer((delta("Never whole"), Stall()))) as serving,
        PtyProgram(CHAT, env={**serving.env(), "PYTHONWARNINGS": "always"}) as chat,
    ):
        chat.seen("Ask anything")
        chat.send("a question\r")
        chat.seen("Never whole")
        chat.send("the last ")
        chat.seen("the last")
        chat.send("keys")
        chat.seen("keys")
        chat.kill(number)
        assert chat.ended() == 0
        assert b"RuntimeWarning" not in chat.written
        assert b"Traceback" not in chat.written
    assert drafts() == ["the last keys"]


@pytest.mark.parametrize("number", mostly_slow(ENDING, quick=1))
def test_a_signal_while_a_key_acts_leaves_no_warning(number: signal.Signals) -> None:
    with (
        Serving() as serving,
        PtyProgram(CHAT, env={**serving.env(), "PYTHONWARNINGS": "always"}) as chat,
    ):
        chat.seen("Ask anything")
        chat.send("a draft\x0f\x1b[A\x1b[B\x1b\x0c")
        chat.kill(number)
        chat.kill(number)
        assert chat.ended() == 0
        assert b"RuntimeWarning" not in chat.written
        assert b"Traceback" not in chat.written
