"""The real program in a real terminal: drafts, long pastes, copying, temporary conversations."""

from __future__ import annotations

import os
import signal
import sqlite3
from base64 import b64encode
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.providers.wire import END, delta
from tests.pty.program import PtyProgram
from tests.pty.serving import Serving
from tests.sse_server import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

CHAT = ["-m", "tui_chat"]
ESCAPE, QUIT, NEW, UNDO, MOUSE, UP, CTRL_UP = (
    "\x1b", "\x11", "\x0e", "\x1f", "\x14", "\x1b[A", "\x1b[1;5A",
)  # fmt: skip


@pytest.fixture
def serving() -> Iterator[Serving]:
    answers = [Answer((delta(f"Answer {number}."), END)) for number in range(1, 10)]
    with Serving(*answers) as server:
        yield server


def drafts() -> list[str]:
    path = Path(os.environ["XDG_DATA_HOME"], "tui-chat", "conversations.db")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return [row[0] for row in connection.execute("SELECT draft FROM conversations")]


def pasted(text: str) -> str:
    return f"\x1b[200~{text}\x1b[201~"


@pytest.mark.slow
def test_a_draft_with_a_paste_survives_kill_9_and_is_sent_whole(serving: Serving) -> None:
    log = "".join(f"line {number} 日本\n" for number in range(4_000))
    with PtyProgram(CHAT, env=serving.env()) as chat:
        chat.seen("Ask anything")
        chat.send("an earlier question\r")
        chat.seen("Answer 1.")
        chat.send("What is 这个?")
        chat.send(pasted(log))
        chat.seen("pasted text 1 · 67 KB · 4,000 lines")
        chat.until(lambda: any(log in draft for draft in drafts()))
        chat.kill(signal.SIGKILL)
        chat.ended()

    with PtyProgram(CHAT, env=serving.env()) as chat:
        chat.seen("pasted text 1 · 67 KB · 4,000 lines")
        chat.seen("What is 这个?")
        chat.send("\r")
        serving.asked(2)
        assert serving.questions[-1] == f"What is 这个?\n\n[pasted text 1]\n```\n{log}\n```"
        chat.seen("Answer 2.")
        chat.seen("more lines")
        chat.seen("Ask anything")
        # What was asked before the restart is walked through, too.
        chat.send(CTRL_UP)
        chat.seen("pasted text 1")
        chat.send(CTRL_UP)
        chat.seen("› an earlier question")
        chat.send(QUIT)
        assert chat.ended() == 0


def test_escape_twice_clears_the_prompt_and_undo_brings_it_back(serving: Serving) -> None:
    with PtyProgram(CHAT, env=serving.env()) as chat:
        chat.seen("the environment")
        chat.send("half a thought")
        chat.seen("› half a thought")
        chat.send(ESCAPE)
        chat.seen("Esc again clears the prompt")
        chat.send(ESCAPE)
        chat.seen("› Ask anything")
        chat.send("other")
        chat.seen("› other")
        chat.send(UNDO + UNDO)
        chat.seen("› half a thought")
        chat.send(QUIT)
        assert chat.ended() == 0


@pytest.mark.slow
def test_a_megabyte_is_pasted_typed_after_and_sent(serving: Serving) -> None:
    line = "0123456789" * 100_000
    with PtyProgram(CHAT, env=serving.env()) as chat:
        chat.seen("Ask anything")
        chat.send("q")
        # A terminal takes what the program has not read yet; a pipe of a test does not.
        for start in range(0, len(line), 50_000):
            chat.send(("\x1b[200~" if not start else "") + line[start : start + 50_000])
        chat.send("\x1b[201~ after")
        chat.seen("pasted text 1 · 1.0 MB · 1 line")
        chat.seen("q after")
        chat.send("\r")
        serving.asked(1)
        assert serving.questions[-1] == f"q after\n\n[pasted text 1]\n```\n{line}\n```"
        chat.seen("Answer 1.")
        chat.seen("more")
        chat.seen("done")
        chat.send(QUIT)
        assert chat.ended() == 0


def test_a_copy_goes_to_the_tool_and_to_the_terminal(serving: Serving, tmp_path: Path) -> None:
    tool = tmp_path / "wl-copy"
    tool.write_text(f"#!/bin/sh\ncat > {tmp_path}/copied\n")
    tool.chmod(0o700)
    env = {
        **serving.env(),
        "WAYLAND_DISPLAY": "wayland-9",
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
    }
    with PtyProgram(CHAT, env=env) as chat:
        chat.seen("Ask anything")
        chat.send("hello\r")
        chat.seen("Answer 1.")
        chat.seen("done")
        chat.send(UP)
        chat.seen("Esc prompt")
        chat.send("y")
        chat.seen("wl-copy and")
        assert (tmp_path / "copied").read_text() == "Answer 1."
        assert b"\x1b]52;c;" + b64encode(b"Answer 1.") + b"\x07" in chat.written
        chat.send("Y")
        chat.until(lambda: "## You" in (tmp_path / "copied").read_text())
        chat.send(QUIT)
        assert chat.ended() == 0


def test_the_mouse_goes_to_the_terminal_and_comes_back(serving: Serving) -> None:
    with PtyProgram(CHAT, env=serving.env()) as chat:
        chat.seen("the environment")
        assert b"\x1b[?1003h" in chat.written
        chat.send(MOUSE)
        chat.seen("belongs to the terminal")
        assert chat.written.rindex(b"\x1b[?1003l") > chat.written.rindex(b"\x1b[?1003h")
        chat.send(MOUSE)
        chat.seen("works in tui-chat again")
        assert chat.written.rindex(b"\x1b[?1003h") > chat.written.rindex(b"\x1b[?1003l")
        chat.send(QUIT)
        assert chat.ended() == 0


SECRET = "correct horse battery staple"


def files_with(text: str) -> list[str]:
    home = Path(os.environ["HOME"])
    found = []
    for path in home.rglob("*"):
        if path.is_file() and text.encode() in path.read_bytes():
            found.append(str(path.relative_to(home)))
    return found


def test_a_temporary_conversation_is_in_no_file(serving: Serving) -> None:
    with PtyProgram(CHAT, env=serving.env()) as chat:
        chat.seen("the environment")
        chat.send("an open question\r")
        chat.seen("done")
        chat.send(NEW)
        chat.seen("^N again: temporary")
        chat.send(NEW)
        chat.seen("(temporary, not saved)")
        chat.send(f"{SECRET}\r")
        chat.seen("Answer 2.")
        chat.seen("done")
        chat.send(f"{SECRET} in a draft")
        chat.seen("in a draft")
        chat.send(NEW)
        chat.seen("lost when you leave it")
        assert SECRET in chat.text
        chat.send(NEW)
        chat.until(lambda: SECRET not in chat.text)
        # Nor is it among the earlier questions.
        chat.send("x" + CTRL_UP)
        chat.seen("› an open question")
        chat.send(QUIT)
        assert chat.ended() == 0

    assert files_with("an open question")
    assert files_with(SECRET) == []
    assert serving.questions[-1] == SECRET


def test_quitting_a_temporary_conversation_is_asked_about_and_keeping_saves_it(
    serving: Serving,
) -> None:
    with PtyProgram(CHAT, env=serving.env()) as chat:
        chat.seen("the environment")
        chat.send("\x10")
        chat.seen("Search for commands")
        chat.send("new temporary")
        chat.seen("never written")
        chat.send("\r")
        chat.seen("(temporary, not saved)")
        chat.send(f"{SECRET}\r")
        chat.seen("done")
        chat.send(QUIT)
        chat.seen("lost when you leave it")
        assert files_with(SECRET) == []
        chat.send("\x10")
        chat.seen("Search for commands")
        chat.send("keep this")
        chat.seen("Save a temporary conversation")
        chat.send("\r")
        chat.seen("kept from now on")
        chat.send(QUIT)
        assert chat.ended() == 0

    assert files_with(SECRET)


def test_keys_in_one_write_go_where_the_key_before_them_leads(serving: Serving) -> None:
    with PtyProgram(CHAT, env=serving.env()) as chat:
        chat.seen("Ask anything")
        chat.send("first\r")
        chat.seen("Answer 1.")
        chat.send(f"{UP}{UP}e draft\r")
        serving.asked(2)
        assert serving.questions[-1] == "first draft"
        chat.seen("Answer 2.")
        chat.send(f"{NEW}second\r")
        serving.asked(3)
        assert serving.questions[-1] == "second"
        chat.seen("Answer 3.")
        chat.seen("done")
        chat.send(QUIT)
        assert chat.ended() == 0
