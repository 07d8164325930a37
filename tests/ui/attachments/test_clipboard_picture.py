"""Pictures from the clipboard, with tools in the place of the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tui_chat.ui.attachments import clipboard_picture as module
from tui_chat.ui.attachments.clipboard_picture import (
    clipboard_picture,
    no_picture_notice,
    readers,
)

if TYPE_CHECKING:
    from pathlib import Path

PNG = "PNG bytes"


def tool(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


WL_PASTE = """\
case "$*" in
  --list-types) printf 'text/plain\\nimage/jpeg\\nimage/png\\n';;
  "--no-newline --type image/png") printf 'PNG bytes';;
  *) exit 1;;
esac"""
XCLIP = """\
case "$*" in
  *TARGETS) printf 'TIMESTAMP\\nimage/png\\n';;
  *image/png) printf 'PNG bytes';;
esac"""


@pytest.mark.parametrize(
    ("name", "script", "display", "platform"),
    [
        ("wl-paste", WL_PASTE, {"WAYLAND_DISPLAY": "wayland-0"}, "linux"),
        ("xclip", XCLIP, {"DISPLAY": ":0"}, "linux"),
        ("xclip", XCLIP, {"DISPLAY": "localhost:10.0", "SSH_TTY": "/dev/pts/1"}, "linux"),
        ("pngpaste", "printf 'PNG bytes'", {}, "darwin"),
        ("powershell.exe", "printf 'UE5HIGJ5dGVz\\r\\n'", {"WSL_DISTRO_NAME": "Ubuntu"}, "linux"),
    ],
)
async def test_the_tool_of_the_platform_is_asked(
    tmp_path: Path, name: str, script: str, display: dict[str, str], platform: str
) -> None:
    tool(tmp_path, name, script)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", **display}
    assert await clipboard_picture(env, platform) == PNG.encode()


@pytest.mark.parametrize(
    "script",
    [
        "printf 'text/plain\\n'",
        "printf 'image/png\\n'; exit 1",
        "exit 127",
        "sleep 60",
        "yes",
    ],
)
async def test_text_failures_and_hanging_tools_give_no_picture(
    tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIMIT_S", 0.3)
    monkeypatch.setattr(module, "LARGEST", 100_000)
    tool(tmp_path, "wl-paste", script)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "WAYLAND_DISPLAY": "wayland-0"}
    assert await clipboard_picture(env, "linux") == b""


@pytest.mark.parametrize(
    ("env", "platform", "words"),
    [
        ({"SSH_TTY": "/dev/pts/1"}, "linux", "Over ssh"),
        ({}, "linux", "no display"),
        ({"DISPLAY": ":0", "PATH": "/nowhere"}, "linux", "xclip"),
        ({"PATH": "/nowhere"}, "darwin", "pngpaste"),
    ],
)
def test_the_notice_says_why(env: dict[str, str], platform: str, words: str) -> None:
    assert words in no_picture_notice(env, platform)


def test_over_ssh_a_mac_is_not_asked() -> None:
    assert list(readers({"SSH_TTY": "x"}, "darwin")) == []
