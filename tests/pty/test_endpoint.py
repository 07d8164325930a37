"""The real program in a real terminal, asking a scripted endpoint over loopback."""

from __future__ import annotations

import json
import os
import select
import sqlite3
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from tests.providers.wire import END, delta, error_answer, hello, json_answer
from tests.pty.program import PtyProgram
from tests.pty.serving import Serving
from tests.sse_server import Answer, Repeat, Stall

if TYPE_CHECKING:
    from collections.abc import Iterator

CHAT = ["-m", "tui_chat"]
ESCAPE, QUIT, NEW, OPEN, MODEL, HELP = "\x1b", "\x11", "\x0e", "\x0f", "\x0c", "\x1bOP"
WHOLE = Answer((hello(END),))

EVIL = (
    "\x1b]52;c;RVZJTA==\x07\x1b]0;EVIL\x07\x1b[2J\x9b31m\x90\u202eabc\u2066\x00\x7f[/INST][bold]b[/bold]"
    "[@click=app.quit]x[/]$text\U000e0041Z" + "\u0301" * 20
)
RAW = tuple(
    text.encode()
    for text in (
        "\x1b]52;c;RVZJTA", "\x1b]0;EVIL", "\x9b", "\x90", "\u202e", "\u2066", "\x00", "\U000e0041",
        "\x7f", "\u0301" * 9,
    )
)  # fmt: skip


def rows() -> list[tuple[str, str, str]]:
    path = Path(os.environ["XDG_DATA_HOME"], "tui-chat", "conversations.db")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(
            "SELECT role, content, status FROM messages ORDER BY id"
        ).fetchall()


def configure(text: str) -> None:
    folder = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat")
    folder.mkdir()
    (folder / "config.toml").write_text(text, encoding="utf-8")


def pasted(text: str) -> str:
    return f"\x1b[200~{text}\x1b[201~"


def quiet(program: PtyProgram, seconds: float) -> bytes:
    """Return what a program writes within some seconds."""
    deadline = monotonic() + seconds
    written = b""
    while (left := deadline - monotonic()) > 0:
        ready, _, _ = select.select([program._terminal], [], [], left)
        if ready:
            written += os.read(program._terminal, 65_536)
    return written


@pytest.fixture
def serving() -> Iterator[Serving]:
    answers = [Answer((delta(f"Answer {number}."), END)) for number in range(1, 10)]
    with Serving(*answers) as server:
        yield server


@pytest.fixture
def chat(serving: Serving) -> Iterator[PtyProgram]:
    with PtyProgram(CHAT, env=serving.env()) as program:
        program.seen("Ask anything")
        yield program


def test_everything_typed_is_sent_in_order(serving: Serving, chat: PtyProgram) -> None:
    """Keys typed faster than the screen is drawn, newlines of all terminals, CJK and emoji."""
    questions = [
        ("hello world", "hello world"),
        ("a\nb", "a\nb"),
        ("c\x1b[13;2ud", "c\nd"),
        ("e\x1b[13;3uf\x1b[13;5ug", "e\nf\ng"),
        ("h\x1b[27;2;13~i\x1b[27;5;13~j\x1b[27;3;13~k", "h\ni\nj\nk"),
        ("你好，世界👋🏽ก็ é", "你好，世界👋🏽ก็ é"),
        ("x" * 3000, "x" * 3000),
    ]
    for number, (typed, sent) in enumerate(questions, 1):
        chat.send(f"{typed}\r")
        serving.asked(number)
        assert serving.questions[-1] == sent
        chat.seen(f"Answer {number}.")
        chat.seen("done")

    assert [row[1] for row in rows() if row[0] == "user"] == [sent for _, sent in questions]
    chat.send(QUIT)
    assert chat.ended() == 0


@pytest.mark.slow
def test_pastes_are_text_whatever_is_in_them(serving: Serving, chat: PtyProgram) -> None:
    lines = "".join(f"{number} 0123456789\r\n" for number in range(3000))
    questions = [
        ("a\r\nb\tc\rd\ne", "a\nb\tc\nd\ne"),
        ("red \x1b[31mred\x1b[0m\rnot sent yet\r", "red ␛[31mred␛[0m\nnot sent yet\n"),
        ("\x07\x9b\x11\x03", "␇<9B>␑␃"),
    ]
    for number, (text, sent) in enumerate(questions, 1):
        chat.send(f"{pasted(text)}END\r")
        serving.asked(number)
        assert serving.questions[-1] == f"{sent}END"
        chat.seen(f"Answer {number}.")
        chat.seen("done")
    # A long paste is kept beside the typed text, and is sent after it.
    chat.send(f"{pasted(lines)}END\r")
    serving.asked(4)
    whole = lines.replace("\r\n", "\n")
    assert serving.questions[-1] == f"END\n\n[pasted text 1]\n```\n{whole}\n```"
    assert not [raw for raw in (b"\xc2\x9b", b"\x1b[31mred") if raw in chat.written]


def test_esc_stops_a_flood_and_what_is_typed_meanwhile_keeps_its_order() -> None:
    # More words than a repetition is noticed in.
    words = b"".join(delta(f"word{number} ") for number in range(5_000))
    flood = Answer((delta("first word ") + delta("word "), Repeat(words)))
    with Serving(flood, WHOLE) as server, PtyProgram(CHAT, env=server.env()) as chat:
        chat.seen("Ask anything")
        chat.send("go on\r")
        request = server.asked()
        chat.seen("answering")
        for letter in "the next question":
            chat.send(letter)
        chat.send(ESCAPE)
        server.saw_close(request)
        chat.seen("stopped by you")
        kept = rows()[-1]
        assert kept[1].startswith("first word word ")
        assert kept[2] == "cancelled"

        chat.send("\r")
        server.asked(2)
        assert server.questions == ["go on", "the next question"]
        # While an answer runs, quitting asks first.
        chat.seen("done")
        chat.send(QUIT)
        assert chat.ended() == 0


@pytest.mark.slow
def test_an_idle_program_writes_nothing(chat: PtyProgram) -> None:
    chat.send("hi\r")
    chat.seen("done")
    # What was still on its way comes first.
    while quiet(chat, 0.5):
        pass
    assert quiet(chat, 2.0) == b""


def test_hostile_text_never_reaches_the_terminal() -> None:
    everywhere = (
        delta(EVIL, role="assistant"),
        delta(None, reasoning_content=EVIL),
        delta(f"\n\n# {EVIL}\n\n- {EVIL}\n\n> {EVIL}\n\n`{EVIL}` [{EVIL}](http://x/{EVIL})\n\n"),
        delta(f"| a | b |\n|--|--|\n| {EVIL} | x |\n\n```{EVIL}\n{EVIL}\n```\n\n    {EVIL}\n"),
        END,
    )
    busy = error_answer(429, EVIL, headers={"Retry-After": "60"})
    models = json_answer({"object": "list", "data": [{"id": f"m{EVIL}"}, {"id": "other"}]})
    answers = (Answer(everywhere), error_answer(400, EVIL), busy)
    with Serving(*answers, models=models) as server:
        name = json.dumps(f"p{EVIL[:60]}")
        configure(
            f"profile = {name}\nnickname = {name}\n[profiles.{name}]\n"
            f"base_url = {json.dumps(server.base_url)}\nsystem_prompt = {json.dumps(EVIL)}\n"
            f'[ui]\ntheme = {name}\n[keys]\n{name} = "f5"\n'
        )
        with PtyProgram(CHAT, rows=40, columns=110) as chat:
            chat.seen("Ask anything")
            chat.send(f"{pasted(EVIL)}\r")
            server.asked(1)
            chat.seen("done")
            chat.send(f"{pasted(EVIL)}\r")
            server.asked(2)
            chat.seen("failed")
            chat.send(MODEL)
            chat.seen("Profile and model")
            chat.seen("other")
            chat.send(ESCAPE)
            chat.until(lambda: "Profile and model" not in chat.text)
            chat.send(OPEN)
            chat.seen("Search titles and messages")
            chat.send(ESCAPE)
            chat.until(lambda: "Search titles and messages" not in chat.text)
            chat.send(HELP)
            chat.seen("Reading and finding")
            chat.send(ESCAPE)
            chat.until(lambda: "Reading and finding" not in chat.text)
            chat.send(f"{pasted(EVIL)}\r")
            server.asked(3)
            chat.seen("retry 2/")
            chat.send(ESCAPE)
            chat.seen("stopped by you")
            chat.send(pasted(EVIL))
            chat.send(QUIT)
            assert chat.ended() == 0
            written = chat.written
        # Everything once more from the disk, and the draft.
        with PtyProgram(CHAT, rows=40, columns=110) as chat:
            chat.seen("stopped by you")
            chat.send(QUIT)
            assert chat.ended() == 0
            written += chat.written

    assert not [raw for raw in RAW if raw in written]
    # The program itself may clear the screen, but not in the middle of a text.
    assert b"\x1b[2J\xc2" not in written
    assert EVIL.replace("\x00", "") in rows()[1][1].replace("\x00", "")


CRASH = """
import asyncio, sys, os
from tests.fakes import FakeProvider
from tui_chat.session.launch import Launch
from tui_chat.session.log_file import log_to
from tui_chat.session.services import Services
from tui_chat.config.paths import find_paths
from tui_chat.core.profile import Secret
from tui_chat.core.stream_events import TextDelta
from tui_chat.ui.app import ChatApp
from tui_chat.ui.messages.message_view import MessageView

async def opener(profile, key):
    return FakeProvider([TextDelta("half an answer"), ZeroDivisionError("the bug")])

def broken_feed(self, event):
    local, secret = "LOCAL-VALUE", Secret("sk-very-secret-12345")
    raise ZeroDivisionError("the bug")

async def main(where):
    env = dict(os.environ)
    launch = Launch(paths=find_paths(env), env=env,
                    flags={"base_url": "http://127.0.0.1:9/v1", "model": "m"})
    log_to(launch.paths.log_file)
    async def open_services(launch, progress):
        local, secret = "LOCAL-VALUE", Secret("sk-very-secret-12345")
        services = Services(launch, opener=opener)
        await services.open()
        if where == "opening":
            raise ZeroDivisionError("the bug")
        return services
    if where == "view":
        MessageView.finish = broken_feed
    app = ChatApp(launch, open_services)
    try:
        await app.run_async()
    finally:
        await app.close_services()
    return app.return_code or 0

sys.exit(asyncio.run(main(sys.argv[1])))
"""


@pytest.mark.parametrize("where", ["opening", "worker", "view"])
def test_a_crash_is_reported_in_plain_words(where: str) -> None:
    with PtyProgram(["-c", CRASH, where], columns=240) as chat:
        if where != "opening":
            chat.seen("Ask anything")
            chat.send("my question\r")
        assert chat.ended() == 1
        chat.until(lambda: b"because of a bug" in chat.written)
        written = chat.written.decode()

    log = Path(os.environ["XDG_STATE_HOME"], "tui-chat", "log", "tui-chat.log")
    logged = log.read_text(encoding="utf-8")
    last = written.rpartition("\x1b[?1049l")[2]
    assert str(log) in last
    assert "Traceback" not in last
    for secret in ("LOCAL-VALUE", "sk-very-secret", "ZeroDivisionError"):
        assert secret not in written
    for secret in ('LOCAL-VALUE"\n', "sk-very-secret-12345\n"):
        assert secret not in logged
    assert "ZeroDivisionError: the bug" in logged
    assert "Traceback (most recent call last)" in logged
    if where != "opening":
        assert rows() == [
            ("user", "my question", "complete"),
            ("assistant", "half an answer", "failed"),
        ]


def test_without_colours_and_with_the_palette_of_the_terminal(serving: Serving) -> None:
    configure('[ui]\ntheme = "textual-ansi"\nreduced_motion = true\n')
    with PtyProgram(CHAT, env={**serving.env(), "NO_COLOR": "1"}) as chat:
        chat.seen("Ask anything")
        chat.send("hi\r")
        chat.seen("done")
        chat.send(QUIT)
        assert chat.ended() == 0


def test_reasoning_unfolds_at_a_click() -> None:
    script = delta(None, reasoning_content="the thoughts") + delta("Blue.") + END
    with Serving(Answer((script,))) as server, PtyProgram(CHAT, env=server.env()) as chat:
        chat.seen("Ask anything")
        chat.send("colour?\r")
        chat.seen("done")
        chat.seen("▸ Thought")
        row = next(n for n, line in enumerate(chat.text.splitlines(), 1) if "▸ Thought" in line)
        chat.send(f"\x1b[<0;6;{row}M\x1b[<0;6;{row}m")
        chat.seen("the thoughts")


def test_a_small_terminal_and_a_stalled_answer() -> None:
    with (
        Serving(Answer((delta("half"), Stall())), WHOLE) as server,
        PtyProgram(CHAT, env=server.env(), columns=24, rows=12) as chat,
    ):
        chat.seen("Ask anything")
        chat.send("hi\r")
        request = server.asked()
        chat.seen("half")
        chat.send(ESCAPE)
        server.saw_close(request)
        chat.seen("stopped by you")
        chat.send(QUIT)
        assert chat.ended() == 0
