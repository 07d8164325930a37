from __future__ import annotations

import pytest
from textual import events

from tui_chat.ui.terminal.attention import Attention, notification_sequence

XTERM = {"TERM": "xterm-256color"}
OSC_9 = "\x1b]9;tui-chat: Done.\x07"
OSC_99 = "\x1b]99;i=tui-chat:d=0;tui-chat\x07\x1b]99;i=tui-chat:d=1:p=body;Done.\x07"
OSC_777 = "\x1b]777;notify;tui-chat;Done.\x07"
KEY = events.Key("a", "a")


@pytest.mark.parametrize(
    ("env", "wanted"),
    [
        (XTERM, OSC_9),
        ({**XTERM, "TERM_PROGRAM": "iTerm.app"}, OSC_9),
        ({"TERM": "xterm-ghostty"}, OSC_9),
        ({"TERM": "xterm-kitty"}, OSC_99),
        ({**XTERM, "KITTY_WINDOW_ID": "1"}, OSC_99),
        ({"TERM": "foot"}, OSC_777),
        ({**XTERM, "VTE_VERSION": "7600"}, OSC_777),
        ({"TERM": "linux"}, ""),
        ({"TERM": "dumb"}, ""),
        ({}, ""),
        ({**XTERM, "INSIDE_EMACS": "29.1,eat"}, ""),
        ({"TERM": "tmux-256color", "TMUX": "t"}, f"\x1bPtmux;\x1b{OSC_9}\x1b\\"),
        ({"TERM": "screen-256color", "STY": "1"}, f"\x1bP{OSC_9}\x1b\\"),
    ],
)
def test_each_terminal_gets_the_notification_that_it_takes(
    env: dict[str, str], wanted: str
) -> None:
    assert notification_sequence("Done.", env) == wanted


def test_the_title_is_shown_until_the_user_is_back_and_given_back() -> None:
    written: list[str] = []
    attention = Attention(written.append, XTERM)
    attention.show_title("busy")
    assert written == []
    assert attention.take_title() == "\x1b[22;0t\x1b]2;busy\x07"
    attention.show_title("done", until_seen="idle")
    attention.note(events.AppBlur())
    attention.note(KEY)
    attention.note(KEY)
    assert written == ["\x1b]2;done\x07", "\x1b]2;idle\x07"]
    assert attention.give_title_back() == "\x1b]2;\x07\x1b[23;0t"
    assert attention.give_title_back() == ""
    assert Attention(written.append, {"TERM": "linux"}).take_title() == ""


def test_the_focus_is_unknown_until_the_terminal_reports_it() -> None:
    attention = Attention(lambda sequence: None, XTERM)
    seen = []
    for event in (KEY, events.AppBlur(), KEY, events.AppBlur(), events.AppFocus()):
        attention.note(event)
        seen.append(attention.has_focus)
    assert seen == [None, False, True, False, True]
