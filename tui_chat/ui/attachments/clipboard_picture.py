"""Reads a picture from the clipboard with the tool of the platform."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from base64 import b64decode
from binascii import Error as Base64Error
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import _

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Iterator, Mapping

LIMIT_S: Final = 5.0
"""Time limit of a tool in seconds; without a display some tools block forever."""
LARGEST: Final = 100_000_000
"""In bytes; a tool that writes more is ended."""
_TYPES: Final = ("image/png", "image/jpeg", "image/webp", "image/gif")
_SSH: Final = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
_POWERSHELL: Final = (
    "Add-Type -AssemblyName System.Windows.Forms,System.Drawing;"
    "$i=[Windows.Forms.Clipboard]::GetImage();"
    "if($i){$m=New-Object IO.MemoryStream;"
    "$i.Save($m,[Drawing.Imaging.ImageFormat]::Png);"
    "[Convert]::ToBase64String($m.ToArray())}"
)


@dataclass(frozen=True, slots=True)
class Reader:
    """A tool that writes the picture of the clipboard to its standard output."""

    arguments: tuple[str, ...]
    listing: tuple[str, ...] = ()
    """Prints the types in the clipboard; empty for a tool that fails if there is no picture."""
    is_base64: bool = False


def readers(env: Mapping[str, str], platform: str) -> Iterator[Reader]:
    """Yield the tools that fit a display, installed or not."""
    if platform == "darwin":
        if not is_remote(env):
            yield Reader(("pngpaste", "-"))
        return
    if env.get("WAYLAND_DISPLAY"):
        yield Reader(("wl-paste", "--no-newline", "--type"), ("wl-paste", "--list-types"))
    # With ssh -X this is the clipboard of the machine in front of the user.
    if env.get("DISPLAY"):
        xclip = ("xclip", "-selection", "clipboard", "-o", "-t")
        yield Reader(xclip, (*xclip, "TARGETS"))
    if platform == "win32" or env.get("WSL_DISTRO_NAME"):
        yield Reader(
            ("powershell.exe", "-NoProfile", "-STA", "-Command", _POWERSHELL), is_base64=True
        )


def is_remote(env: Mapping[str, str]) -> bool:
    """Return whether this program runs at the other end of an ssh connection."""
    return any(env.get(name) for name in _SSH)


async def clipboard_picture(env: Mapping[str, str], platform: str) -> bytes:
    """Return the picture in the clipboard; empty if there is none or no tool can read it.

    Args:
        env: The environment variables: display, ssh, search path.
        platform: As in `sys.platform`.
    """
    for reader in readers(env, platform):
        found = shutil.which(reader.arguments[0], path=env.get("PATH"))
        if found is None:
            continue
        if data := await _picture(found, reader, env):
            return data
    return b""


async def _picture(program: str, reader: Reader, env: Mapping[str, str]) -> bytes:
    arguments = reader.arguments[1:]
    if reader.listing:
        listed = await _output(program, reader.listing[1:], env)
        offered = listed.decode("ascii", "replace").split()
        wanted = next((it for it in _TYPES if it in offered), None)
        if wanted is None:
            return b""
        arguments = (*arguments, wanted)
    data = await _output(program, arguments, env)
    if not reader.is_base64:
        return data
    try:
        return b64decode(data, validate=False)
    except Base64Error:
        return b""


async def _output(program: str, arguments: tuple[str, ...], env: Mapping[str, str]) -> bytes:
    """Return the output of a tool; empty if it fails, takes too long or writes too much."""
    try:
        process = await asyncio.create_subprocess_exec(
            program,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            env=dict(env),
        )
    except OSError:
        return b""
    data = bytearray()
    try:
        async with asyncio.timeout(LIMIT_S):
            while len(data) <= LARGEST and (piece := await _read(process)):
                data += piece
            code = await process.wait() if len(data) <= LARGEST else 1
    except TimeoutError:
        return b""
    finally:
        if process.returncode is None:
            # The group: a tool may be a script whose child holds the pipe.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            # Shielded, so that the process is reaped even if the paste is cancelled.
            await asyncio.shield(process.communicate())
    return bytes(data) if code == 0 else b""


async def _read(process: Process) -> bytes:
    return await process.stdout.read(1 << 16) if process.stdout is not None else b""


def no_picture_notice(env: Mapping[str, str], platform: str) -> str:
    """Return why no picture was found, and what helps."""
    if is_remote(env) and not env.get("DISPLAY"):
        return _(
            "Over ssh, the clipboard of your own machine cannot be read for pictures. Copy the "
            "file to this machine and attach it with @."
        )
    tools = sorted({reader.arguments[0] for reader in readers(env, platform)})
    if not tools:
        return _("There is no display here, so there is no clipboard with pictures.")
    if not any(shutil.which(tool, path=env.get("PATH")) for tool in tools):
        text = _("Reading a picture from the clipboard needs one of these programs: {names}.")
        return text.format(names=", ".join(tools))
    return _("There is no picture in the clipboard.")
