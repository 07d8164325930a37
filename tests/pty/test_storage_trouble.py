"""The real program on disks and databases that fail: words, memory, and nothing lost."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.providers.wire import END, delta
from tests.pty.program import PtyProgram
from tests.pty.serving import Serving
from tests.pty.test_endpoint import CHAT, rows
from tests.sse_server import Answer, Pause, Stall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUIT = "\x11"
# tests/storage and tests/session/saving always try the same on the store alone.
thorough = pytest.mark.skipif(
    "TUI_CHAT_TEST_THOROUGH" not in os.environ, reason="with TUI_CHAT_TEST_THOROUGH=1 only"
)
LINES = "".join(f"Line {number}: {'abcdefghij ' * 9}\n\n" for number in range(400))
# Files may not grow beyond 200 KB: as on a full disk a write fails in the middle of the session.
SMALL_DISK = [
    "-c",
    "import resource, runpy, sys; sys.argv[0] = 'tui-chat'\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))\n"
    "runpy.run_module('tui_chat', run_name='__main__')",
]
HOLD_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(f"PRAGMA locking_mode = {sys.argv[2]}")
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


def database() -> Path:
    return Path(os.environ["XDG_DATA_HOME"], "tui-chat", "conversations.db")


def answers(*texts: str) -> tuple[Answer, ...]:
    return tuple(Answer((delta(text), END)) for text in texts)


def journals() -> list[str]:
    """Return what is kept beside the database."""
    files = database().parent.glob(f"{database().name}.unsaved-*")
    return [file.read_text(encoding="utf-8") for file in files if file.suffix != ".partial"]


def unwrapped(program: PtyProgram) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[│▌▎|]", " ", program.text))


def told(program: PtyProgram, words: str) -> None:
    """Wait for words that may be wrapped."""
    program.until(lambda: words in unwrapped(program))


def asked_once(serving: Serving, count: int = 1) -> None:
    """Let one conversation be there."""
    with PtyProgram(CHAT, env=serving.env()) as chat:
        chat.seen("Ask anything")
        for number in range(1, count + 1):
            chat.send(f"kept question {number}\r")
            serving.asked(number)
            chat.until(lambda: rows()[-1][2] == "complete")
        chat.seen("done")
        chat.send(QUIT)
        assert chat.ended() == 0


@contextmanager
def locked(mode: str = "NORMAL") -> Iterator[Callable[[], None]]:
    """Keep the database locked by another process; calling what is yielded lets it go.

    Args:
        mode: NORMAL: others can read; EXCLUSIVE: nobody can.
    """
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_LOCK, str(database()), mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"

        def let_go() -> None:
            process.communicate()

        yield let_go
        process.kill()


def test_a_disk_that_is_full_leaves_the_answer_in_a_file() -> None:
    with Serving(*answers(LINES)) as serving:
        program = PtyProgram(SMALL_DISK, env=serving.env(), columns=160)
        with program as chat:
            chat.seen("Ask anything")
            chat.send("a question that must stay\r")
            chat.seen("Line 399")
            chat.seen("Not saved")
            chat.send(QUIT)
            assert chat.ended() == 0
            found = re.search(r"They are in (\S+?\.md)", chat.written.decode().replace("\r\n", ""))
    assert found is not None
    path = Path(found[1])
    text = path.read_text(encoding="utf-8")
    assert "a question that must stay" in text or ("user", "a question that must stay") in [
        row[:2] for row in rows()
    ]
    assert LINES.strip() in text
    assert path.stat().st_mode & 0o777 == 0o600


@thorough
def test_a_database_that_is_locked_in_the_middle_gets_everything_afterwards() -> None:
    answer = Answer((delta("First half,"), Pause(6), delta(" second half."), END))
    with Serving(*answers("Kept."), answer, *answers("Kept too.")) as serving:
        asked_once(serving)
        with PtyProgram(CHAT, env=serving.env()) as chat, locked() as let_go:
            chat.seen("Kept.")
            chat.send("asked while it is locked\r")
            chat.seen("First half,")
            chat.seen("Not saved")
            chat.seen("second half.")
            chat.seen("done")
            assert chat.text.count("Not saved") <= 1
            let_go()
            chat.seen("Everything is saved again")
            chat.send(QUIT)
            assert chat.ended() == 0
    assert rows()[2:] == [
        ("user", "asked while it is locked", "complete"),
        ("assistant", "First half, second half.", "complete"),
    ]


@pytest.mark.slow
def test_a_question_to_a_locked_database_survives_a_kill() -> None:
    answer = Answer((delta("First half,"), Stall()))
    with Serving(*answers("Kept."), answer) as serving:
        asked_once(serving)
        with locked(), PtyProgram(CHAT, env=serving.env(), columns=110) as chat:
            chat.seen("Kept.")
            chat.send("asked while it is locked\r")
            chat.seen("asked while it is locked")
            chat.seen("not saved yet")
            chat.seen("First half,")
            chat.send("\x1b")
            chat.seen("stopped by you")
            chat.until(lambda: any("First half," in text for text in journals()))
            chat.kill(signal.SIGKILL)
        with PtyProgram(CHAT, env=serving.env(), columns=110) as chat:
            chat.seen("First half,")
            chat.send(QUIT)
            assert chat.ended() == 0
    assert rows()[2:] == [
        ("user", "asked while it is locked", "complete"),
        ("assistant", "First half,", "cancelled"),
    ]
    assert journals() == []


@pytest.mark.slow
def test_a_database_that_is_removed_in_mid_answer_is_noticed_and_nothing_is_lost() -> None:
    answer = Answer((delta("First half,"), Pause(1), delta(" second half."), Stall()))
    with Serving(*answers("Kept."), answer) as serving:
        asked_once(serving)
        with PtyProgram(CHAT, env=serving.env(), columns=110) as chat:
            chat.seen("Kept.")
            chat.send("asked before it is removed\r")
            chat.seen("First half,")
            for file in database().parent.glob(f"{database().name}*"):
                file.unlink()
            told(chat, "was removed while tui-chat was running")
            chat.seen("second half.")
            chat.send(QUIT)
            told(chat, "again stops it, saves it and quits")
            chat.send(QUIT)
            assert chat.ended() == 0
            found = re.search(r"They are in (\S+?\.md)", chat.written.decode().replace("\r\n", ""))
    assert found is not None
    text = Path(found[1]).read_text(encoding="utf-8")
    assert "asked before it is removed" in text
    assert "First half, second half." in text


@thorough
def test_a_database_that_is_locked_at_the_start_gets_everything_at_the_end() -> None:
    with Serving(*answers("Kept.", "Answered in memory.")) as serving:
        asked_once(serving)
        with (
            locked("EXCLUSIVE") as let_go,
            PtyProgram(CHAT, env=serving.env(), columns=110) as chat,
        ):
            told(chat, "conversations stay in memory")
            chat.send("asked in memory\r")
            chat.seen("Answered in memory.")
            let_go()
            chat.send(QUIT)
            assert chat.ended() == 0
    assert [row[1] for row in rows()] == [
        "kept question 1", "Kept.", "asked in memory", "Answered in memory.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "place",
    [pytest.param("header", marks=thorough), "middle", pytest.param("log", marks=thorough)],
)
def test_a_damaged_database_is_set_aside_and_the_program_works(place: str) -> None:
    text = "A long answer. " + "".join(f"Sentence {number}. " for number in range(2000))
    with Serving(*answers(text, text, text, "After it.")) as serving:
        asked_once(serving, 3)
        path = database()
        whole = path.read_bytes()
        damaged = bytearray(whole)
        if place == "header":
            damaged[:4096] = os.urandom(4096)
        elif place == "middle":
            damaged[8192:-8192] = b"\xa5" * (len(damaged) - 16384)
        path.write_bytes(damaged)
        if place == "log":
            path.with_name(f"{path.name}-wal").write_bytes(os.urandom(100_000))
        with PtyProgram(CHAT, env=serving.env(), columns=110) as chat:
            if place == "log":
                chat.seen("A long answer.")
            else:
                told(chat, "was damaged")
            chat.send("asked after it\r")
            chat.seen("After it.")
            chat.seen("done")
            chat.send(QUIT)
            assert chat.ended() == 0
    assert [row[1] for row in rows()][-2:] == ["asked after it", "After it."]
    kept = sorted(file.name for file in path.parent.glob("*.damaged-*Z"))
    assert len(kept) == (0 if place == "log" else 1)
    if kept:
        assert path.with_name(kept[0]).read_bytes() == bytes(damaged)


@pytest.mark.slow
def test_a_database_of_a_newer_program_is_left_alone() -> None:
    with Serving(*answers("Kept.", "Answered in memory.")) as serving:
        asked_once(serving)
        with closing(sqlite3.connect(database())) as connection:
            connection.execute("PRAGMA user_version = 99")
        before = database().read_bytes()
        with PtyProgram(CHAT, env=serving.env(), columns=110) as chat:
            told(chat, "conversations stay in memory")
            assert "newer tui-chat" in unwrapped(chat)
            chat.send("asked in memory\r")
            chat.seen("Answered in memory.")
            chat.seen("done")
            chat.send(QUIT)
            assert chat.ended() == 0
            written = chat.written.decode().replace("\r\n", "")
    assert database().read_bytes() == before
    found = re.search(r"They are in (\S+?\.md)", written)
    assert found is not None
    text = Path(found[1]).read_text(encoding="utf-8")
    assert "asked in memory" in text
    assert "Answered in memory." in text
