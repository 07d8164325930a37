"""Copies through real processes in place of the clipboard tools, and through the terminal."""

from __future__ import annotations

import os
import stat
import sys
from base64 import b64decode
from typing import TYPE_CHECKING

import pytest

from tui_chat.ui.common.copying import CopyKind, copied_notice
from tui_chat.ui.terminal import clipboard
from tui_chat.ui.terminal.clipboard import (
    OSC_52_LIMIT,
    Clipboard,
    Copied,
    candidates,
    osc_52,
)
from tui_chat.ui.terminal.passthrough import screen_wrapped, tmux_wrapped

if TYPE_CHECKING:
    from pathlib import Path

XTERM = {"TERM": "xterm-256color"}
DUMB = {"TERM": "dumb"}


class Terminal:
    """Keeps what is written to it."""

    def __init__(self) -> None:
        self.written = ""

    def __call__(self, text: str) -> None:
        self.written += text

    @property
    def copied(self) -> str:
        start = self.written.index("\x1b]52;c;") + 7
        return b64decode(self.written[start : self.written.index("\x07", start)]).decode()


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


def tool(folder: Path, name: str, script: str) -> Path:
    """Make a clipboard tool of a shell script, and return the file it may write to."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return folder / "out"


def clipboard_of(tmp_path: Path, terminal: Terminal, env: dict[str, str]) -> Clipboard:
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", **env}
    return Clipboard(env, "linux", terminal, tmp_path / "state")


async def test_the_tool_and_the_terminal_are_both_used(tmp_path: Path, terminal: Terminal) -> None:
    out = tool(tmp_path, "wl-copy", f"cat > {tmp_path}/out; echo $* > {tmp_path}/args")
    copied = await clipboard_of(tmp_path, terminal, {**XTERM, "WAYLAND_DISPLAY": "w"}).copy(
        "日本 x"
    )
    assert copied.routes == ("wl-copy", "the terminal (OSC 52)")
    assert out.read_text() == terminal.copied == "日本 x"
    assert (tmp_path / "args").read_text() == "--type text/plain;charset=utf-8\n"


async def test_what_would_act_on_a_shell_is_made_visible(
    tmp_path: Path, terminal: Terminal
) -> None:
    text = "ls\x1b[200~\r\nrm -rf x\x1b[201~\x07\tok\u202e\x00"
    await clipboard_of(tmp_path, terminal, XTERM).copy(text)
    assert terminal.copied == "ls␛[200~\nrm -rf x␛[201~␇\tok<U+202E>␀"


async def test_a_tool_that_fails_gives_way_to_the_next(tmp_path: Path, terminal: Terminal) -> None:
    tool(tmp_path, "xclip", "exit 1")
    out = tool(tmp_path, "xsel", f"cat > {tmp_path}/out")
    copied = await clipboard_of(tmp_path, terminal, {**DUMB, "DISPLAY": ":0"}).copy("x")
    assert copied.routes == ("xsel",)
    assert out.read_text() == "x"
    assert terminal.written == ""


async def test_a_tool_that_hangs_is_ended_and_leaves_no_zombie(
    tmp_path: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clipboard, "TOOL_LIMIT_S", 0.3)
    tool(tmp_path, "xclip", f"echo $$ > {tmp_path}/pid; exec sleep 600")
    copied = await clipboard_of(tmp_path, terminal, {**XTERM, "DISPLAY": ":0"}).copy("x")
    assert copied.routes == ("the terminal (OSC 52)",)
    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_tool_that_stays_behind_is_not_waited_for(
    tmp_path: Path, terminal: Terminal
) -> None:
    """As wl-copy and xclip do: a process of theirs holds the clipboard, with all it inherited."""
    tool(tmp_path, "xclip", f"cat > {tmp_path}/out; sleep 20 & echo $! > {tmp_path}/pid")
    copied = await clipboard_of(tmp_path, terminal, {**XTERM, "DISPLAY": ":0"}).copy("x")
    assert copied.routes[0] == "xclip"
    os.kill(int((tmp_path / "pid").read_text()), 9)


async def test_a_tool_that_reads_nothing_is_no_failure_of_ours(
    tmp_path: Path, terminal: Terminal
) -> None:
    tool(tmp_path, "xclip", "exit 0")
    copied = await clipboard_of(tmp_path, terminal, {**DUMB, "DISPLAY": ":0"}).copy("x" * 10**6)
    assert copied.routes == ("xclip",)


async def test_too_much_for_the_terminal_goes_into_a_file(
    tmp_path: Path, terminal: Terminal
) -> None:
    board = clipboard_of(tmp_path, terminal, XTERM)
    assert (await board.copy("x" * OSC_52_LIMIT)).routes
    assert len(terminal.written) <= 100_000
    copied = await board.copy("x" * (OSC_52_LIMIT + 1))
    assert copied.path == tmp_path / "state" / "copied.txt"
    assert copied.path.stat().st_mode & 0o777 == 0o600
    assert copied.path.read_text() == "x" * (OSC_52_LIMIT + 1)
    words = copied_notice(CopyKind.MESSAGE, copied)
    assert "too large" in words
    assert str(copied.path) in words


async def test_a_terminal_without_a_clipboard_gets_a_file(
    tmp_path: Path, terminal: Terminal
) -> None:
    copied = await clipboard_of(tmp_path, terminal, DUMB).copy("x")
    assert copied.routes == ()
    assert copied.path is not None
    assert copied.path.read_text() == "x"
    assert "has no clipboard" in copied_notice(CopyKind.MESSAGE, copied)


async def test_nothing_of_a_temporary_conversation_is_written(
    tmp_path: Path, terminal: Terminal
) -> None:
    copied = await clipboard_of(tmp_path, terminal, DUMB).copy("x", may_write=False)
    assert (copied.routes, copied.path) == ((), None)
    assert not (tmp_path / "state").exists()
    assert "Not copied" in copied_notice(CopyKind.MESSAGE, copied)


async def test_a_folder_that_cannot_be_used_is_reported(tmp_path: Path, terminal: Terminal) -> None:
    (tmp_path / "state").write_text("")
    copied = await clipboard_of(tmp_path, terminal, DUMB).copy("x")
    assert copied.path is None
    assert "cannot be used" in copied_notice(CopyKind.MESSAGE, copied)


@pytest.mark.parametrize(
    ("env", "platform", "names"),
    [
        ({}, "linux", []),
        ({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}, "linux", ["wl-copy", "xclip", "xsel"]),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "a"}, "linux", []),
        ({"DISPLAY": ":0", "SSH_TTY": "a", "TMUX": "t"}, "linux", ["tmux"]),
        ({}, "darwin", ["pbcopy"]),
        ({"SSH_CLIENT": "a"}, "darwin", []),
        ({}, "win32", ["clip.exe"]),
        ({"WSL_DISTRO_NAME": "u"}, "linux", ["clip.exe"]),
    ],
)
def test_which_tools_fit(env: dict[str, str], platform: str, names: list[str]) -> None:
    assert [it.name for it in candidates(env, platform)] == names


@pytest.mark.parametrize(
    "env",
    [{**XTERM, "VTE_VERSION": "7600"}, {**XTERM, "TERM_PROGRAM": "Apple_Terminal"}, {}],
)
async def test_terminals_known_to_ignore_osc_52(
    env: dict[str, str], tmp_path: Path, terminal: Terminal
) -> None:
    copied = await clipboard_of(tmp_path, terminal, env).copy("x")
    assert terminal.written == ""
    assert copied.path is not None


async def test_multiplexers_pass_it_on(tmp_path: Path) -> None:
    sequence = osc_52("x")
    for env, written in (
        ({**XTERM, "TMUX": "t"}, sequence + tmux_wrapped(sequence)),
        ({"TERM": "screen-256color"}, screen_wrapped(sequence)),
        ({**XTERM, "STY": "1"}, screen_wrapped(sequence)),
    ):
        terminal = Terminal()
        tool(tmp_path, "tmux", "exit 1")
        copied = await clipboard_of(tmp_path, terminal, env).copy("x")
        assert copied.routes == ("the terminal (OSC 52)",)
        assert terminal.written == written


def test_the_wrapped_forms() -> None:
    assert tmux_wrapped("\x1b]52;c;eA==\x07") == "\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\"
    long = osc_52("x" * 2_000)
    pieces = screen_wrapped(long).removesuffix("\x1b\\").split("\x1b\\")
    assert all(piece.startswith("\x1bP") and len(piece) <= 768 for piece in pieces)
    assert "".join(piece[2:] for piece in pieces) == long


def test_the_words_name_the_way() -> None:
    words = copied_notice(CopyKind.MESSAGE, Copied(("wl-copy", "the terminal (OSC 52)"), 1_234, ""))
    assert words == "Copied the message (1.2 KB) through wl-copy and the terminal (OSC 52)."


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the tools here are shell scripts")
