"""Checks terminal, encoding, size, tmux and clipboard."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TextIO

from tui_chat.core.labels import _, join_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.cli.doctor.report import Report

_MIN_COLUMNS: Final = 40
_MIN_ROWS: Final = 10
_TMUX_TIMEOUT_S: Final = 2.0
_CLIPBOARD_TOOLS: Final = {
    "wl-copy": "WAYLAND_DISPLAY",
    "xclip": "DISPLAY",
    "xsel": "DISPLAY",
    "pbcopy": "",
}
"""Each tool and the environment variable that it needs."""


async def check_terminal(
    env: Mapping[str, str], report: Report, stdin: TextIO | None, stdout: TextIO | None
) -> None:
    """Report the abilities of the terminal. A closed stream is None."""
    streams = {"stdin": stdin, "stdout": stdout}
    others = [name for name, stream in streams.items() if stream is None or not stream.isatty()]
    if others:
        text = _(
            "{streams}: not a terminal in this run; the chat needs one, `tui-chat ask` does not"
        )
        report.skipped("terminal", text, streams=join_list(others))
    else:
        report.ok("terminal", _("stdin and stdout are terminals"))
    _check_type(env, report, is_terminal=not others)
    _check_encoding(report, stdout)
    _check_size(report, (stdout, stdin))
    await _check_multiplexer(env, report)
    _check_clipboard(env, report)


def _check_type(env: Mapping[str, str], report: Report, *, is_terminal: bool) -> None:
    term, colors = env.get("TERM", ""), env.get("COLORTERM", "")
    text = _("TERM {term}, COLORTERM {colors}").format(
        term=term or _("not set"), colors=colors or _("not set")
    )
    if term and term != "dumb":
        hint = _("{text}; set COLORTERM=truecolor if the terminal has 24-bit color")
        report.ok("terminal", text if colors else hint.format(text=text))
    elif is_terminal:
        hint = _("Set TERM to the type of your terminal, such as xterm-256color.")
        report.failed("terminal", _("{text}: the chat cannot be drawn"), hint, text=text)
    else:
        report.skipped("terminal", text)


def _check_encoding(report: Report, stdout: TextIO | None) -> None:
    encoding = (getattr(stdout, "encoding", None) or "unknown").lower()
    if encoding.replace("_", "-") in {"utf-8", "utf8"}:
        report.ok("encoding", "UTF-8")
    else:
        text = _("{encoding}: most characters cannot be shown")
        hint = _("Set LANG to a UTF-8 locale, such as C.UTF-8; unset LC_ALL and PYTHONIOENCODING.")
        report.failed("encoding", text, hint, encoding=encoding)


def _check_size(report: Report, streams: tuple[TextIO | None, ...]) -> None:
    for stream in filter(None, streams):
        # Ignores streams without a file descriptor and files that are not terminals.
        with suppress(OSError, ValueError, AttributeError):
            columns, rows = os.get_terminal_size(stream.fileno())
            if columns < _MIN_COLUMNS or rows < _MIN_ROWS:
                text = _("{size} cells are too few")
                hint = _("Enlarge the window to at least {minimum}.")
                size, minimum = f"{columns}×{rows}", f"{_MIN_COLUMNS}×{_MIN_ROWS}"
                report.failed("size", text, hint, size=size, minimum=minimum)
            else:
                report.ok("size", f"{columns}×{rows}")
            return
    report.skipped("size", _("unknown without a terminal"))


async def _check_multiplexer(env: Mapping[str, str], report: Report) -> None:
    is_remote = env.get("SSH_CONNECTION") or env.get("SSH_TTY")
    report.ok("ssh", _("yes: this is a remote machine") if is_remote else _("no"))
    if not env.get("TMUX"):
        report.ok("tmux", _("no"))
        return
    notes = [_("yes")]
    if await _tmux_option("extended-keys", env) == "off":
        notes.append(_("Shift+Enter does not work, Ctrl+J does (fix: `set -s extended-keys on`)"))
    if await _tmux_option("set-clipboard", env) in {"external", "off"}:
        notes.append(_("copied text stays inside tmux (fix: `set -s set-clipboard on`)"))
    report.ok("tmux", "; ".join(notes))


async def _tmux_option(name: str, env: Mapping[str, str]) -> str:
    """Return an option of the enclosing tmux; empty if tmux does not answer."""
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
        async with asyncio.timeout(_TMUX_TIMEOUT_S):
            output, _stderr = await process.communicate()
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
    text = _("through the terminal (OSC 52), if the terminal allows it")
    if found:
        text = _("{text}; installed tools: {tools}").format(text=text, tools=join_list(found))
    report.ok("clipboard", text)
