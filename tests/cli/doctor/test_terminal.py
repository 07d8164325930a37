from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, TextIO

import pytest

from tests.cli.doctor.doctor_run import DoctorRun
from tui_chat.cli.doctor.report import Report
from tui_chat.cli.doctor.terminal import check_terminal

if TYPE_CHECKING:
    from pathlib import Path


class Screen(io.StringIO):
    """A text stream that claims to be a terminal."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return True


async def check_in(env: dict[str, str], stream: TextIO | None) -> DoctorRun:
    out = io.StringIO()
    report = Report(out, {})
    await check_terminal(env, report, stream, stream)
    return DoctorRun(out.getvalue(), 0 if report.is_passed else 1)


def program(folder: Path, name: str, text: str = "") -> str:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    file.chmod(0o755)
    return str(folder)


async def test_a_capable_terminal_passes() -> None:
    seen = await check_in({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, Screen())
    assert seen.status == 0
    assert seen.of("terminal")[1] == ("ok", "TERM xterm-256color, COLORTERM truecolor")
    assert seen.one("encoding") == ("ok", "UTF-8")
    assert seen.one("tmux") == ("ok", "no")


async def test_a_dumb_terminal_fails() -> None:
    seen = await check_in({"TERM": "dumb"}, Screen("iso-8859-1"))
    assert seen.failed == ["terminal", "encoding"]
    assert "xterm-256color" in seen.of("terminal")[1][1]
    assert "C.UTF-8" in seen.one("encoding")[1]


@pytest.mark.parametrize("stream", [io.StringIO(), None])
async def test_a_missing_terminal_is_skipped(stream: TextIO | None) -> None:
    seen = await check_in({}, stream)
    assert seen.of("terminal")[0][0] == "--"
    assert "terminal" not in seen.failed


async def test_tmux_options_are_reported(tmp_path: Path) -> None:
    answer = 'test "$3" = extended-keys && echo off || echo external'
    env = {"TERM": "tmux-256color", "TMUX": "/x,1,0", "PATH": program(tmp_path, "tmux", answer)}
    seen = await check_in(env | {"SSH_TTY": "/dev/pts/1"}, Screen())
    assert "extended-keys on" in seen.one("tmux")[1]
    assert "set-clipboard on" in seen.one("tmux")[1]
    assert seen.one("ssh")[1].startswith("yes")


@pytest.mark.parametrize("answer", ["exit 1", "sleep 20"])
async def test_a_tmux_timeout_is_ignored(
    tmp_path: Path, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_chat.cli.doctor.terminal._TMUX_TIMEOUT_S", 0.2)
    folder = program(tmp_path, "tmux", f"exec {answer}")
    env = {"TERM": "tmux-256color", "TMUX": "/x,1,0", "PATH": f"{folder}:/bin:/usr/bin"}
    assert (await check_in(env, Screen())).one("tmux") == ("ok", "yes")


async def test_usable_clipboard_tools_are_listed(tmp_path: Path) -> None:
    for name in ("xclip", "wl-copy"):
        program(tmp_path, name)
    seen = await check_in({"TERM": "xterm", "PATH": str(tmp_path), "DISPLAY": ":0"}, Screen())
    assert seen.one("clipboard")[1].endswith("installed tools: xclip")


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo terminals")
def test_a_small_window_is_reported() -> None:
    import fcntl
    import os
    import pty
    import struct
    import termios

    from tui_chat.cli.doctor.terminal import _check_size

    out = io.StringIO()
    leader, follower = pty.openpty()
    try:
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 5, 30, 0, 0))
        with os.fdopen(os.dup(follower), encoding="utf-8") as stream:
            _check_size(Report(out, {}), (stream,))
    finally:
        os.close(leader)
        os.close(follower)
    assert (
        out.getvalue()
        == "!!   size          30×5 cells are too few — Enlarge the window to at least 40×10.\n"
    )
