"""Reads text from the clipboard or the selection with the tool of the platform."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LIMIT_S: Final = 3.0
"""Time limit of a tool in seconds; without a display some tools block forever."""
LARGEST: Final = 1_000_000
"""In bytes; the rest is left out."""


def clipboard_text(
    env: Mapping[str, str], *, is_selection: bool = False, platform: str = sys.platform
) -> str:
    """Return the text in the clipboard; empty if there is none, or no tool can read it.

    This may take seconds: call it in a thread.

    Args:
        env: The environment variables: display, search path.
        is_selection: Whether the selected text is wanted instead.
        platform: As in `sys.platform`.
    """
    for command in _tools(env, platform, is_selection=is_selection):
        program = shutil.which(command[0], path=env.get("PATH"))
        if program is None:
            continue
        try:
            process = subprocess.run(  # noqa: S603 - a fixed command without a shell
                [program, *command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=dict(env),
                timeout=LIMIT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if process.returncode == 0 and process.stdout:
            text = process.stdout[:LARGEST].decode("utf-8", "replace")
            return text.replace(os.linesep, "\n").replace("\r\n", "\n").rstrip("\n")
    return ""


def _tools(
    env: Mapping[str, str], platform: str, *, is_selection: bool
) -> Iterator[tuple[str, ...]]:
    """Yield the commands that fit a display, installed or not."""
    if platform == "darwin":
        if not is_selection:
            yield ("pbpaste",)
        return
    if env.get("WAYLAND_DISPLAY"):
        yield ("wl-paste", "--no-newline", *(("--primary",) if is_selection else ()))
    if env.get("DISPLAY"):
        name = "primary" if is_selection else "clipboard"
        yield ("xclip", "-selection", name, "-o")
        yield ("xsel", f"--{name}", "--output")
    if (platform == "win32" or env.get("WSL_DISTRO_NAME")) and not is_selection:
        yield ("powershell.exe", "-NoProfile", "-Command", "Get-Clipboard -Raw")
