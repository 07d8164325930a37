from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual import events

from tests.chat_app import launch, running_chat
from tests.fakes import FakeProvider, Hold, answer
from tests.providers.wire import END, delta, error_answer
from tests.pty.program import PtyProgram
from tests.pty.serving import Serving
from tests.sse_server import Answer
from tui_chat.core.errors import ServerFailed
from tui_chat.ui.chat.turns.answer_alert import is_unwatched

if TYPE_CHECKING:
    from tests.chat_app import ChatHarness

BLUR, FOCUS = "\x1b[O", "\x1b[I"
NOTIFIED = b"\x1bPtmux;\x1b\x1b]99;"


@pytest.mark.parametrize(
    ("has_focus", "seconds", "wanted"),
    [
        (False, 0.1, True),
        (True, 60, False),
        (None, 10.1, True),
        (None, 9.9, False),
    ],
)
def test_the_user_is_called_who_looks_elsewhere(
    has_focus: bool | None, seconds: float, wanted: bool
) -> None:
    assert is_unwatched(seconds, has_focus=has_focus) is wanted


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal")
def test_the_terminal_gets_the_title_the_notification_and_the_bell() -> None:
    hostile = "Done \x1b]9;evil\x07."
    answers = (Answer((delta(hostile), END)), error_answer(400, "no \x1b]9;evil\x07"))
    with Serving(*answers) as serving:
        env = {**serving.env(), "TMUX": "/tmp/none,1,0", "KITTY_WINDOW_ID": "1"}  # noqa: S108
        with PtyProgram(["-m", "tui_chat"], env=env) as chat:
            chat.seen("127.0.0.1")
            assert b"\x1b[22;0t\x1b]2;tui-chat\x07" in chat.written
            chat.send(FOCUS + "watched\r" + BLUR)
            chat.until(lambda: b"p=body;The answer is complete." in chat.written)
            assert "\x1b]2;● tui-chat: answering\x07".encode() in chat.written
            assert "\x1b]2;✓ tui-chat: answered\x07".encode() in chat.written
            chat.send(FOCUS)
            chat.until(lambda: chat.written.endswith(b"\x1b]2;tui-chat\x07"))

            before = len(chat.written)
            chat.send("again\r" + BLUR)
            chat.until(lambda: b"p=body;The answer failed.\x07\x1b\\\x07" in chat.written[before:])
            assert NOTIFIED in chat.written[before:]
            assert b"evil\x07" not in chat.written
            chat.send("\x11")
            chat.ended()
            assert chat.written.rfind(b"\x1b]2;\x07\x1b[23;0t") > before


async def blur(chat: ChatHarness) -> None:
    chat.app.post_message(events.AppBlur())
    await chat.until(lambda: chat.app.attention.has_focus is False)


async def test_one_call_ends_a_wait_and_the_setting_chooses_it() -> None:
    given = launch()
    given = replace(given, env={**given.env, "TERM": "xterm-256color"})
    holds = [Hold() for _ in range(4)]
    scripts = [[hold, *answer("Told.")] for hold in holds]
    provider = FakeProvider(scripts[0], [ServerFailed("No.")], *scripts[1:])
    async with running_chat(provider, given=given) as chat:
        written: list[str] = []
        chat.app.attention._write = written.append
        # The second question waits behind the first answer: one call for both.
        await chat.submit("first")
        await holds[0].reached.wait()
        await chat.submit("second")
        await blur(chat)
        holds[0].go.set()
        await chat.idle()
        assert written == ["\x1b]9;tui-chat: The answer failed.\x07\x07"]

        for hold, notify, wanted in zip(holds[1:3], ("bell", "off"), (["\x07"], []), strict=True):
            given.paths.config_file.parent.mkdir(parents=True, exist_ok=True)
            given.paths.config_file.write_text(f'[ui]\nnotify = "{notify}"\n', encoding="utf-8")
            given.reload_settings()
            written.clear()
            await chat.submit(notify)
            await hold.reached.wait()
            await blur(chat)
            hold.go.set()
            await chat.idle()
            assert written == wanted

        # The user who stops an answer is there.
        given.paths.config_file.unlink()
        given.reload_settings()
        await chat.submit("third")
        await holds[3].reached.wait()
        await chat.pilot.press("escape")
        await blur(chat)
        await chat.idle()
        assert written == []
