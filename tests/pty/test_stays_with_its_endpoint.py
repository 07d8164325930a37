"""The real program in a real terminal: what was said to one server reaches no other unasked."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.providers.wire import END, delta
from tests.pty.program import PtyProgram
from tests.pty.serving import Serving
from tests.sse_server import Answer

CHAT = ["-m", "tui_chat"]
QUIT, OPEN, AGREE, ESCAPE = "\x11", "\x0f", "\x19", "\x1b"


def sent(server: Serving) -> list[list[str]]:
    return [
        [message["content"] for message in request.json["messages"]]  # type: ignore[attr-defined]
        for request in server.requests
    ]


def conversations() -> list[tuple[str, str]]:
    path = Path(os.environ["XDG_DATA_HOME"], "tui-chat", "conversations.db")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(
            "SELECT title, settings FROM conversations ORDER BY seq"
        ).fetchall()


def test_another_server_gets_the_conversation_only_after_the_user_agreed() -> None:
    with Serving(Answer((delta("From the first."), END))) as first:
        with PtyProgram([*CHAT, "--base-url", first.base_url, "--model", "m", "my secret"]) as chat:
            chat.seen("From the first.")
            chat.seen("m · 127.0.0.1")
            # While an answer runs, quitting asks first.
            chat.seen("done")
            chat.send(QUIT)
            assert chat.ended() == 0
        assert sent(first) == [["my secret"]]
        answers = [Answer((delta(f"From the second, {n}."), END)) for n in range(3)]
        with (
            Serving(*answers) as second,
            PtyProgram(CHAT, env=second.env(), columns=100) as chat,
        ):
            chat.seen("the last one stays with 127.0.0.1")
            chat.send(OPEN)
            chat.seen("my secret")
            chat.send("\r")
            chat.seen("From the first.")
            chat.send("and more\r")
            chat.seen("2 messages of this conversation")
            chat.send(ESCAPE)
            chat.seen("Nothing was sent.")
            chat.send("\r")
            chat.seen("2 messages of this conversation")
            chat.send(AGREE)
            chat.seen("From the second, 0.")
            assert sent(second) == [["my secret", "From the first.", "and more"]]
            chat.send(QUIT)
            assert chat.ended() == 0
        assert len(first.requests) == 1
    assert [title for title, _ in conversations()] == ["my secret"]
    assert len(json.loads(conversations()[0][1])["endpoint"]["allowed"]) == 1
