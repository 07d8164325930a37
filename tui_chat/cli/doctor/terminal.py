"""What the terminal can do."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.cli.doctor.report import Report

_NARROWEST: Final = 40
_LOWEST: Final = 10
_TMUX_S: Final = 2.0
_CLIPBOARD_TOOLS: Final = {
    "wl-copy": "WAYLAND_DISPLAY",
    "xclip": "DISPLAY",
    "xsel": "DISPLAY",
    "pbcopy": "",
}
"""And the variable without which each of them reaches nothing."""


async def check_terminal(
    env: Mapping[str, str], report: Report, stdin: TextIO | None, stdout: TextIO | None
) -> None:
    """Tell what the chat will find. A stream that was closed is None."""
    streams = {"input": stdin, "output": stdout}
    others = [name for name, stream in streams.items() if stream is None or not stream.isatty()]
    if others:
        report.skipped(
            "terminal",
            f"standard {' and '.join(others)} of this run: a pipe or a file; the chat needs a "
            "terminal, `tui-chat ask` does not",
        )
    else:
        report.ok("terminal", "standard input and output")
    _check_kind(env, report, is_terminal=not others)
    _check_encoding(report, stdout)
    _check_size(report, (stdout, stdin))
    await _check_way(env, report)
    _check_clipboard(env, report)


def _check_kind(env: Mapping[str, str], report: Report, *, is_terminal: bool) -> None:
    term, colours = env.get("TERM", ""), env.get("COLORTERM", "")
    words = f"TERM {term or 'not set'}, COLORTERM {colours or 'not set'}"
    if term and term != "dumb":
        more = "" if colours else "; if it has all colours, COLORTERM=truecolor says so"
        report.ok("terminal", f"{words}{more}")
    elif is_terminal:
        todo = "Set TERM to what your terminal is, such as xterm-256color."
        report.wrong("terminal", f"{words}: the chat cannot be drawn", todo)
    else:
        report.skipped("terminal", words)


def _check_encoding(report: Report, stdout: TextIO | None) -> None:
    encoding = (getattr(stdout, "encoding", None) or "unknown").lower()
    if encoding.replace("_", "-") in {"utf-8", "utf8"}:
        report.ok("encoding", "UTF-8")
    else:
        todo = "Set LANG to a UTF-8 locale, such as C.UTF-8, and unset LC_ALL and PYTHONIOENCODING."
        report.wrong("encoding", f"{encoding}: most characters cannot be shown", todo)


def _check_size(report: Report, streams: tuple[TextIO | None, ...]) -> None:
    for stream in filter(None, streams):
        # Streams that are no files, and files that are no terminals.
        with suppress(OSError, ValueError, AttributeError):
            columns, rows = os.get_terminal_size(stream.fileno())
            if columns < _NARROWEST or rows < _LOWEST:
                what = f"{columns}×{rows} cells are few"
                report.wrong("size", what, f"Make it at least {_NARROWEST}×{_LOWEST}.")
            else:
                report.ok("size", f"{columns}×{rows}")
            return
    report.skipped("size", "unknown without a terminal")


async def _check_way(env: Mapping[str, str], report: Report) -> None:
    is_remote = env.get("SSH_CONNECTION") or env.get("SSH_TTY")
    report.ok("ssh", "yes: this machine is a remote one" if is_remote else "no")
    if not env.get("TMUX"):
        report.ok("tmux", "no")
        return
    hints: list[str] = []
    if await _tmux_option("extended-keys", env) == "off":
        hints.append(
            "Shift+Enter does not arrive, Ctrl+J does (`set -s extended-keys on` changes it)"
        )
    if await _tmux_option("set-clipboard", env) in {"external", "off"}:
        hints.append("what is copied stays inside (`set -s set-clipboard on` changes it)")
    report.ok("tmux", "; ".join(["yes", *hints]))


async def _tmux_option(name: str, env: Mapping[str, str]) -> str:
    """Return an option of the tmux around this program; empty when it cannot be asked."""
    program = shutil.which("tmux", path=env.get("PATH"))
    if program is None:
        return ""
    try:
        process = await asyncio.create_subprocess_exec(
            program, "show-options", "-sv", name,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=dict(env),
        )  # fmt: skip
    except OSError:
        return ""
    try:
        async with asyncio.timeout(_TMUX_S):
            output, _ = await process.communicate()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        return ""
    return output.decode("utf-8", "replace").strip()


def _check_clipboard(env: Mapping[str, str], report: Report) -> None:
    found = [
        tool
        for tool, variable in _CLIPBOARD_TOOLS.items()
        if (not variable or env.get(variable)) and shutil.which(tool, path=env.get("PATH"))
    ]
    tools = f"; tools here: {', '.join(found)}" if found else ""
    report.ok("clipboard", f"the terminal's own (OSC 52), which it must allow{tools}")
