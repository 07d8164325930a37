"""Two real programs in two terminals, on one database."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.providers.wire import END, delta
from tests.pty.program import PtyProgram
from tests.pty.serving import Serving
from tests.pty.test_endpoint import CHAT, quiet
from tests.sse_server import Answer, Pause, Stall

ELSEWHERE = "answering in another window"
ANSWERS = (
    Answer((delta("Answer one."), END)),
    Answer((delta("First half,"), Pause(2.5), delta(" second half."), END)),
    Answer((delta("Never whole"), Stall())),
)


def one(sql: str) -> str:
    path = Path(os.environ["XDG_DATA_HOME"], "tui-chat", "conversations.db")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return str(connection.execute(sql).fetchone()[0])


def both_until(first: PtyProgram, second: PtyProgram, text: str, sql: str) -> None:
    """Let two programs work until a text is in what a statement selects."""

    def is_there() -> bool:
        second._read(0.01)
        return text in one(sql)

    first.until(is_there)


@pytest.mark.slow
def test_a_conversation_that_is_open_twice() -> None:
    with Serving(*ANSWERS) as serving, PtyProgram(CHAT, env=serving.env()) as first:
        first.seen("Ask anything")
        first.send("question one\r")
        first.seen("Answer one.")
        first.seen("done")
        with PtyProgram(CHAT, env=serving.env()) as second:
            second.seen("Answer one.")

            first.send("question two\r")
            second.seen("question two")
            second.seen(ELSEWHERE)
            second.seen("First half,")
            second.seen("second half.")
            second.until(lambda: ELSEWHERE not in second.text)
            first.seen("done")

            assert quiet(second, 2.5) == b""

            first.send("draft of the first")
            second.send("draft of the second")
            drafts = "SELECT draft FROM conversations"
            both_until(first, second, "draft of the first", drafts)
            both_until(first, second, "draft of the second", drafts)
            second.kill(signal.SIGKILL)

        with PtyProgram(CHAT, env=serving.env()) as third:
            # A draft belongs to its window; only that of the killed one is taken over.
            third.seen("draft of the second")
            assert "draft of the first" not in third.text
            first.send("\r")
            third.seen("Never whole")
            third.seen(ELSEWHERE)
            first.kill(signal.SIGKILL)
            third.seen("interrupted, kept")
            assert one("SELECT count(*) FROM messages WHERE status = 'interrupted'") == "1"
            third.send("\x11")
            assert third.ended() == 0
    assert one("PRAGMA integrity_check") == "ok"
