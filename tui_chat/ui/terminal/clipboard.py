"""Copies text to the clipboard by every available method, and reports which ones worked."""

from __future__ import annotations

import asyncio
import os
import shutil
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tui_chat.config.paths import make_private_folder
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize
from tui_chat.ui.terminal.passthrough import passed_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

OSC_52_LIMIT: Final = 74_994
"""The most bytes that OSC 52 carries: terminals take 100,000 in one sequence, base64 makes four of
three, and the sequence has a head and an end (the figure that hterm and xterm users go by)."""
TOOL_LIMIT_S: Final = 2.0
"""Time limit of a clipboard tool in seconds; without a display some tools block forever."""

_SSH: Final = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that copies its standard input to a clipboard."""

    name: str
    """Its display name."""
    arguments: tuple[str, ...]
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Copied:
    """The result of a copy."""

    routes: tuple[str, ...]
    """Display names of the methods that worked; empty if none did."""
    size: int
    """Size in bytes of UTF-8."""
    text: str = field(repr=False)
    """The text as copied."""
    is_too_large: bool = False
    """True if the text exceeds the limit of OSC 52."""
    path: Path | None = None
    """The file it was written to if no other method worked."""
    problem: str = ""
    """The reason why it could not be written to a file either."""


class Clipboard:
    """The user's clipboard: on this machine, or at the other end of an ssh connection.

    A tool reports success; a terminal does not. Both are used if both are available.
    """

    def __init__(
        self,
        env: Mapping[str, str],
        platform: str,
        write: Callable[[str], None],
        folder: Path,
    ) -> None:
        """Detect the available methods.

        Args:
            env: The environment: display, terminal and multiplexer.
            platform: As in `sys.platform`.
            write: Writes to the terminal.
            folder: Receives the text as a file if every other method fails.
        """
        self._env = env
        self._platform = platform
        self._write = write
        self._folder = folder

    async def copy(self, text: str, *, may_write: bool = True) -> Copied:
        """Copy a text.

        Control characters are sanitized, as on the screen: an answer may contain an escape sequence
        or a hidden line, and a paste into a shell must equal the text that was read.

        Args:
            text: Raw text.
            may_write: Whether it may be written to a file; False for temporary conversations.
        """
        text = await asyncio.to_thread(sanitize, text)
        size = len(text.encode("utf-8", "replace"))
        routes: list[str] = []
        for tool in self._tools():
            if await _fed(tool, text):
                routes.append(tool.name)
                break
        is_too_large = size > OSC_52_LIMIT
        if not is_too_large and self._takes_osc_52:
            self._write(self._wrapped(osc_52(text)))
            routes.append(_("the terminal (OSC 52)"))
        if routes:
            return Copied(tuple(routes), size, text, is_too_large)
        if not may_write:
            problem = _("No file was written either: the conversation is temporary.")
            return Copied((), size, text, is_too_large, problem=problem)
        try:
            path = await asyncio.to_thread(_written, text, self._folder)
        except (OSError, ConfigError) as error:
            return Copied((), size, text, is_too_large, problem=str(error))
        return Copied((), size, text, is_too_large, path)

    def _tools(self) -> Iterator[Tool]:
        """Yield the candidate tools; the first that works suffices."""
        for tool in candidates(self._env, self._platform):
            found = shutil.which(tool.arguments[0], path=self._env.get("PATH"))
            if found is not None:
                yield Tool(tool.name, (found, *tool.arguments[1:]), tool.encoding)

    @property
    def _takes_osc_52(self) -> bool:
        """True if the terminal may support OSC 52; most do, but none reports it."""
        env = self._env
        if env.get("TMUX"):
            return True
        if env.get("TERM") in ("linux", "dumb", "vt100", "vt220", None):
            return False
        # VTE terminals (GNOME Terminal) and Apple's Terminal omit it on purpose.
        return not env.get("VTE_VERSION") and env.get("TERM_PROGRAM") != "Apple_Terminal"

    def _wrapped(self, sequence: str) -> str:
        # In tmux both: the bare one is for tmux itself (`set-clipboard on`), the wrapped one goes
        # through it to the terminal (`allow-passthrough on`).
        bare = sequence if self._env.get("TMUX") else ""
        return bare + passed_on(sequence, self._env)


def candidates(env: Mapping[str, str], platform: str) -> Iterator[Tool]:
    """Yield the clipboard tools that fit a display, installed or not."""
    if not any(env.get(name) for name in _SSH):
        if platform == "darwin":
            yield Tool("pbcopy", ("pbcopy",))
        if platform == "win32" or env.get("WSL_DISTRO_NAME"):
            yield Tool("clip.exe", ("clip.exe",), "utf-16")
        if env.get("WAYLAND_DISPLAY"):
            yield Tool("wl-copy", ("wl-copy", "--type", "text/plain;charset=utf-8"))
        if env.get("DISPLAY"):
            yield Tool("xclip", ("xclip", "-selection", "clipboard", "-in"))
            yield Tool("xsel", ("xsel", "--clipboard", "--input"))
    if env.get("TMUX"):
        # -w forwards it to the terminal, subject to tmux's settings.
        yield Tool("tmux", ("tmux", "load-buffer", "-w", "-"))


def osc_52(text: str) -> str:
    """Return the OSC 52 sequence that copies a text."""
    return f"\x1b]52;c;{b64encode(text.encode('utf-8', 'replace')).decode()}\x07"


async def _fed(tool: Tool, text: str) -> bool:
    """Feed a text to a tool; return whether it succeeded."""
    try:
        # No pipes except its input: wl-copy and xclip leave a process that would keep them open.
        process = await asyncio.create_subprocess_exec(
            *tool.arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    try:
        async with asyncio.timeout(TOOL_LIMIT_S):
            await process.communicate(text.encode(tool.encoding, "replace"))
    except TimeoutError:
        return False
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            # Shielded, so that the process is reaped even if the copy is cancelled.
            await asyncio.shield(process.wait())
    return process.returncode == 0


def _written(text: str, folder: Path) -> Path:
    make_private_folder(folder)
    path = folder / "copied.txt"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
    return path
