"""Puts text into the clipboard by every way there is, and says which ways those were."""

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
from tui_chat.core.text.quantities import byte_size
from tui_chat.core.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

OSC_52_LIMIT: Final = 74_994
"""The most bytes that OSC 52 carries: terminals take 100,000 in one sequence, base64 makes four of
three, and the sequence has a head and an end (the figure that hterm and xterm users go by)."""
TOOL_LIMIT_S: Final = 2.0
"""How long a clipboard tool may take: one that waits for a display that is gone waits for ever."""

_SSH: Final = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
# GNU screen takes device control strings of 768 bytes at most.
_SCREEN_PIECE: Final = 512


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that puts its standard input into a clipboard."""

    name: str
    """As it is told to the person."""
    arguments: tuple[str, ...]
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Copied:
    """How a text was copied."""

    routes: tuple[str, ...]
    """The ways that worked, as they are told; empty: none did."""
    size: int
    """In bytes of UTF-8."""
    text: str = field(repr=False)
    """As it was copied."""
    is_too_large: bool = False
    """Whether it is more than the terminal's own way takes."""
    path: Path | None = None
    """The file it was written to, where no other way is left."""
    problem: str = ""
    """Why it could not even be written to a file."""


class Clipboard:
    """The clipboard of the person, wherever that is: this machine, or the other end of an ssh.

    A tool knows whether it worked; a terminal does not say. So both are used where there are both.
    """

    def __init__(
        self,
        env: Mapping[str, str],
        platform: str,
        write: Callable[[str], None],
        folder: Path,
    ) -> None:
        """Prepare.

        Args:
            env: Says which display, terminal and multiplexer there are.
            platform: As in `sys.platform`.
            write: Writes to the terminal.
            folder: Where a text goes when there is no other way.
        """
        self._env = env
        self._platform = platform
        self._write = write
        self._folder = folder

    async def copy(self, text: str, *, may_write: bool = True) -> Copied:
        """Copy a text.

        Control characters are made visible in it, as on the screen: an answer may hold an escape
        sequence or a hidden line, and what is pasted into a shell must be what was read.

        Args:
            text: Any text, raw.
            may_write: Whether it may be written to a file; not for what is never to be on the disk.
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
            routes.append("the terminal (OSC 52)")
        if routes:
            return Copied(tuple(routes), size, text, is_too_large)
        if not may_write:
            problem = "It is in no file either, because nothing of this conversation is."
            return Copied((), size, text, is_too_large, problem=problem)
        try:
            path = await asyncio.to_thread(_written, text, self._folder)
        except (OSError, ConfigError) as error:
            return Copied((), size, text, is_too_large, problem=str(error))
        return Copied((), size, text, is_too_large, path)

    def _tools(self) -> Iterator[Tool]:
        """Yield the tools that may be there; the first that works is enough."""
        for tool in candidates(self._env, self._platform):
            found = shutil.which(tool.arguments[0], path=self._env.get("PATH"))
            if found is not None:
                yield Tool(tool.name, (found, *tool.arguments[1:]), tool.encoding)

    @property
    def _takes_osc_52(self) -> bool:
        """Whether the terminal may understand it; most do, and none says so."""
        env = self._env
        if env.get("TMUX"):
            return True
        if env.get("TERM") in ("linux", "dumb", "vt100", "vt220", None):
            return False
        # GNOME Terminal and its kin leave it out on purpose; so does Apple's.
        return not env.get("VTE_VERSION") and env.get("TERM_PROGRAM") != "Apple_Terminal"

    def _wrapped(self, sequence: str) -> str:
        if self._env.get("TMUX"):
            # Both: the bare one is for tmux itself (`set-clipboard on`), the wrapped one goes
            # through it to the terminal (`allow-passthrough on`).
            return sequence + tmux_wrapped(sequence)
        if self._env.get("STY") or self._env.get("TERM", "").startswith("screen"):
            return screen_wrapped(sequence)
        return sequence


def candidates(env: Mapping[str, str], platform: str) -> Iterator[Tool]:
    """Yield the clipboard tools that fit a display; whether they are installed is not looked at."""
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
        # -w hands it on to the terminal, with tmux's settings as they come.
        yield Tool("tmux", ("tmux", "load-buffer", "-w", "-"))


def osc_52(text: str) -> str:
    """Return the sequence that asks a terminal to put a text into the clipboard."""
    return f"\x1b]52;c;{b64encode(text.encode('utf-8', 'replace')).decode()}\x07"


def tmux_wrapped(sequence: str) -> str:
    """Return a sequence as tmux passes it through to its terminal."""
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"


def screen_wrapped(sequence: str) -> str:
    """Return a sequence as GNU screen passes it through to its terminal."""
    pieces = range(0, len(sequence), _SCREEN_PIECE)
    return "".join(f"\x1bP{sequence[at : at + _SCREEN_PIECE]}\x1b\\" for at in pieces)


def copied_words(what: str, copied: Copied) -> str:
    """Return what is told when something was copied: by which way, or where it is instead."""
    much = f"{what} ({byte_size(copied.size)})"
    if copied.routes:
        # A code block has a number, all else that is copied is one of its kind.
        the = "" if what[-1:].isdigit() else "the "
        return f"Copied {the}{much} through {' and '.join(copied.routes)}."
    why = "is too large for the terminal's clipboard" if copied.is_too_large else "has no clipboard"
    subject = f"The {much}" if copied.is_too_large else "This terminal"
    if copied.path is None:
        return f"Not copied. {subject} {why}. {copied.problem}"
    return f"{subject} {why}. The {what} is in {copied.path}"


async def _fed(tool: Tool, text: str) -> bool:
    """Give a tool a text; say whether it took it."""
    try:
        # No pipes but its input: wl-copy and xclip leave a process behind that would hold them.
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
            # Shielded, so that it is waited for also when nobody wants the copy any more.
            await asyncio.shield(process.wait())
    return process.returncode == 0


def _written(text: str, folder: Path) -> Path:
    make_private_folder(folder)
    path = folder / "copied.txt"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
    return path
