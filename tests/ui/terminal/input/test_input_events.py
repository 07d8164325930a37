"""Bytes of a terminal as events: keys, pastes, replies, in any split into reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from tests.ui.terminal.input_fuzz import ESCAPE_S, Clock, fuzz, key_arrives
from tui_chat.ui.terminal.input.input_events import InputParser
from tui_chat.ui.terminal.input.input_tokens import BURST_S, PASTE_END, PASTE_START

REPLIES = (
    "\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
    "\x1b]11;rgb:1e1e/1e1e/2e2e\x07",
    "\x1b]10;rgb:ffff/ffff/ffff\x1b\\",
    "\x1b]52;c;aGVsbG8=\x1b\\",
    "\x1b[?62;22;52c",
    "\x1b[>41;388;0c",
    "\x1b[0n",
    "\x1b[24;80R",
    "\x1b[1;80R",
    "\x1b[1;1R",
    "\x1b[?1u",
    "\x1b[?2026;2$y",
    "\x1b[8;24;80t",
    "\x1b[I",
    "\x1b[O",
    "\x1bP>|XTerm(388)\x1b\\",
    "\x1bP1+r544e=787465726d\x1b\\",
    "\x1b_Gi=31;OK\x1b\\",
)


class Terminal:
    """A terminal that sends reads to a parser."""

    def __init__(self, erase: str = "\x7f") -> None:
        self.clock = Clock()
        self.parser = InputParser(self.clock, ESCAPE_S, erase)
        self.events: list[object] = []

    def send(self, *reads: str, pause_s: float = 0.0) -> None:
        for data in reads:
            self.events += self.parser.feed(data)
            self.wait(pause_s)

    def wait(self, seconds: float) -> None:
        until = self.clock.now + seconds
        while (due := self.parser.due) is not None and due <= until:
            self.clock.now = due
            self.events += self.parser.tick()
        self.clock.now = until

    @property
    def keys(self) -> list[str]:
        return [event.key for event in self.events if isinstance(event, events.Key)]

    @property
    def typed(self) -> str:
        """All text that a field would receive."""
        parts = []
        for event in self.events:
            if isinstance(event, events.Paste):
                parts.append(event.text)
            elif isinstance(event, events.Key) and event.is_printable:
                parts.append(event.character or "")
        return "".join(parts)

    @property
    def pastes(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, events.Paste)]


def keys(*reads: str) -> list[str]:
    terminal = Terminal()
    terminal.send(*reads)
    terminal.wait(5)
    return terminal.keys


# Nothing stops input


@pytest.mark.parametrize("seed", range(3))
def test_no_bytes_stop_input(seed: int) -> None:
    assert sum(fuzz(seed, 30_000)) > 0


@pytest.mark.parametrize(
    "data",
    [
        "\x1b[1;1:3A",
        "\x1b[97;1:3u",
        "\x1b[97:65;2u",
        "\x1b[99999999u",
        "\x1b[55296u",
        f"\x1b[{'9' * 5000}u",
        f"\x1b[1;{'9' * 5000}A",
        "\x1b[48;24;80;0;0t\x1b[<0;3;3M",
        f"\x1b[<0;{'9' * 400};1M",
        "\x1b]11;rgb",
        "\x1bP",
        "\x1b[200~",
        "\x1b[200~never ended",
        "\x1b[",
        "\x1bO",
        "\x1b",
    ],
)
def test_a_sequence_that_is_broken_takes_no_key_away(data: str) -> None:
    terminal = Terminal()
    terminal.send(data, pause_s=1.5)
    key_arrives(terminal.parser, terminal.clock, 0)


def test_a_control_key_acts_within_a_broken_string() -> None:
    assert keys("\x1b]11;rgb", "\x11") == ["ctrl+q"]


def test_a_size_that_no_terminal_has_is_ignored() -> None:
    terminal = Terminal()
    terminal.send("\x1b[48;0;0;0;0t\x1b[48;99999;99999;1;1t\x1b[48;24;80;480;1600t")
    assert [type(event) for event in terminal.events] == [events.Resize]


def test_a_paste_on_a_slow_line_stays_a_paste() -> None:
    terminal = Terminal()
    terminal.send(f"{PASTE_START}first line\r", pause_s=2)
    terminal.send("a second line\rand more text", f"\rend{PASTE_END}", "x")
    assert "".join(terminal.pastes) == "first line\ra second line\rand more text\rend"
    assert terminal.keys == ["x"]


# Keys


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("\x1bd", "alt+d"),
        ("\x1bD", "alt+shift+d"),
        ("\x1b/", "alt+slash"),
        ("\x1bé", "alt+é"),
        ("\x1b1", "alt+1"),
        ("\x1bb", "ctrl+left"),
        ("\x1bf", "ctrl+right"),
        ("\x1b\r", "alt+enter"),
        ("\x1b\x7f", "alt+backspace"),
        ("\x1b\b", "alt+backspace"),
        ("\x1b[1;3A", "alt+up"),
        ("\x1b[1;3D", "alt+left"),
        ("\x1b[1;9C", "alt+right"),
        ("\x1b[3;3~", "alt+delete"),
        ("\x1b[3;5~", "ctrl+delete"),
        ("\x1b[3^", "ctrl+delete"),
        ("\x1f", "ctrl+underscore"),
        ("\x19", "ctrl+y"),
        ("\x1a", "ctrl+z"),
        ("\x1b[Z", "shift+tab"),
        ("\x1b[[A", "f1"),
        ("\x1bOP", "f1"),
        ("\x1bOA", "up"),
        ("\x1b[1;2R", "shift+f3"),
        ("\x1b[13;2u", "shift+enter"),
        ("\x1b[27;2;13~", "shift+enter"),
        ("\x1b[27;5;106~", "ctrl+j"),
        ("\x1b[100;3u", "alt+d"),
        ("\x1b[100;4u", "alt+shift+d"),
        ("\x1b[97;1:1;97u", "a"),
        ("\x1b[97;1:2;97u", "a"),
        ("\x1b[97:65;2u", "A"),
        ("\x1b[97;;97u", "a"),
        ("\x1b[27u", "escape"),
        ("\x1b[127;5u", "ctrl+backspace"),
        ("\x1b[1;129A", "up"),
        ("\x1b[57414u", "enter"),
    ],
)
def test_a_key_by_its_bytes(sent: str, expected: str) -> None:
    found = Terminal()
    found.send(sent)
    assert found.keys == [expected]
    # The same at the border of a read, except where Esc may be a key of its own.
    if sent[:2] in ("\x1b[", "\x1bO"):
        assert keys(*sent) == [expected]


def test_keys_with_alt_type_nothing() -> None:
    terminal = Terminal()
    for letter in "acdefghijklmnopqrstuvwxyzACDEF.,;:-'":
        terminal.send(f"\x1b{letter}")
    assert terminal.typed == ""


def test_esc_and_a_letter_in_another_read_are_two_keys() -> None:
    assert keys("\x1b", "d") == ["escape", "d"]
    assert keys("\x1b", "\r") == ["escape", "enter"]


def test_esc_alone_is_decided_after_its_delay() -> None:
    terminal = Terminal()
    terminal.send("\x1b", pause_s=ESCAPE_S)
    assert terminal.keys == ["escape"]


def test_esc_right_before_a_control_key_is_a_key() -> None:
    assert keys("\x1b\x11") == ["escape", "ctrl+q"]
    assert keys("\x1b\x1b") == ["escape", "escape"]
    assert keys("\x1b\x1b[A") == ["escape", "up"]


def test_release_events_are_no_keys() -> None:
    assert keys("\x1b[97;1:3u", "\x1b[1;1:3A", "\x1b[13;1:3u", "\x1b[3;1:3~") == []


@pytest.mark.parametrize(
    ("erase", "expected"), [("\x7f", ["ctrl+backspace", "backspace"]), ("\b", ["backspace"] * 2)]
)
def test_backspace_is_what_the_terminal_calls_its_erase_key(
    erase: str, expected: list[str]
) -> None:
    terminal = Terminal(erase)
    terminal.send("\b", "\x7f")
    assert terminal.keys == expected


def test_text_of_an_input_method_comes_whole() -> None:
    terminal = Terminal()
    terminal.send("\x1b[0;;20320:22909u")
    assert terminal.typed == "你好"


# Replies of the terminal


@pytest.mark.parametrize("pause_s", [0.0, 0.02, 0.05])
@pytest.mark.parametrize("reply", REPLIES)
def test_a_reply_is_never_typed(reply: str, pause_s: float) -> None:
    for cut in range(1, len(reply)):
        terminal = Terminal()
        terminal.send(reply[:cut], reply[cut:], pause_s=pause_s)
        terminal.wait(2)
        assert terminal.typed == "", repr((reply[:cut], reply[cut:]))
        key_arrives(terminal.parser, terminal.clock, 0)
    terminal = Terminal()
    terminal.send(*reply, pause_s=pause_s)
    terminal.wait(2)
    assert terminal.typed == ""


def test_brackets_that_are_typed_after_esc_are_text() -> None:
    for text in ("[", "]", "[x", "]a", "P", "Px", "_"):
        terminal = Terminal()
        terminal.send("\x1b", *text, pause_s=0.08)
        terminal.wait(1)
        assert terminal.typed == text
        assert terminal.keys[0] == "escape"


# Pastes


def test_a_paste_with_colours_is_one_paste_and_no_key() -> None:
    terminal = Terminal()
    terminal.send(f"{PASTE_START}\x1b[31mred\x1b[0m\rnext{PASTE_END}")
    assert terminal.pastes == ["\x1b[31mred\x1b[0m\rnext"]
    assert terminal.keys == []


@given(st.text(alphabet="a\x1b[201~\r", max_size=40), st.data())
def test_any_split_of_a_paste_gives_the_same_text(body: str, data: st.DataObject) -> None:
    body = body.replace(PASTE_END, "")
    whole = f"x{PASTE_START}{body}{PASTE_END}y"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True) if a < b]
    terminal = Terminal()
    terminal.send(*pieces)
    assert "".join(terminal.pastes) == body
    assert terminal.keys == ["x", "y"]


@pytest.mark.parametrize(
    "reads", [["a\rb\rc"], ["a\r", "b\rc"], ["a\rb", "\rc"], ["a\rb\r", "c"], ["a\r\nb\rc"]]
)
def test_lines_without_paste_marks_are_a_paste(reads: list[str]) -> None:
    terminal = Terminal()
    terminal.send(*reads, pause_s=BURST_S / 2)
    terminal.wait(1)
    assert terminal.pastes == ["".join(reads)]
    assert terminal.keys == []


def test_typing_and_enter_is_no_paste() -> None:
    assert keys("hi", "\r") == ["h", "i", "enter"]
    assert keys("hi\r") == ["h", "i", "enter"]
    assert keys("one\ntwo\r") == [*"one", "ctrl+j", *"two", "enter"]
    assert keys("\rnext") == ["enter", *"next"]
