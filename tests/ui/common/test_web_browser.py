"""Opens links with real programs in place of the browsers."""

from __future__ import annotations

import asyncio
import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from tui_chat.ui.common import web_browser as browser
from tui_chat.ui.common.web_browser import Browser

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://a.example/?b=c&d='e'"
X11 = {"DISPLAY": ":0"}
WAYLAND = {"WAYLAND_DISPLAY": "wayland-0"}


def program(folder: Path, name: str, script: str = 'printf "%s" "$1" > "$0.out"') -> Path:
    """Make a program of a shell script, and return the file it writes its argument to."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return folder / f"{name}.out"


@pytest.mark.parametrize(
    ("name", "env", "platform"),
    [
        ("xdg-open", X11, "linux"),
        ("xdg-open", WAYLAND, "linux"),
        ("xdg-open", X11 | {"SSH_CONNECTION": "1"}, "linux"),
        ("firefox", X11, "linux"),
        ("chromium", X11 | {"BROWSER": "w3m:chromium"}, "linux"),
        ("wslview", {"WSL_DISTRO_NAME": "Debian"}, "linux"),
        ("open", {}, "darwin"),
    ],
)
async def test_a_graphical_browser_is_given_the_address(
    name: str, env: dict[str, str], platform: str, tmp_path: Path
) -> None:
    out = program(tmp_path, name)

    assert await Browser(env | {"PATH": f"{tmp_path}:/bin:/usr/bin"}, platform).open(URL)

    assert out.read_text() == URL


@pytest.mark.parametrize("name", ["w3m", "lynx", "links", "elinks", "www-browser", "xdg-open"])
@pytest.mark.parametrize("env", [{}, {"SSH_TTY": "/dev/pts/1"}])
async def test_without_a_display_nothing_is_started(
    name: str, env: dict[str, str], tmp_path: Path
) -> None:
    out = program(tmp_path, name)
    env = env | {"PATH": str(tmp_path), "BROWSER": f"{name}:{tmp_path / name} %s"}

    assert not await Browser(env, "linux").open(URL)

    assert not out.exists()


@pytest.mark.parametrize("browser_variable", ["w3m", "lynx:w3m", "%s w3m", "foo -x"])
async def test_a_console_browser_is_never_started_on_a_display(
    browser_variable: str, tmp_path: Path
) -> None:
    out = program(tmp_path, "w3m")
    # What xdg-open does on its own: it tries what BROWSER names.
    seen = program(tmp_path, "xdg-open", 'printf "%s" "$BROWSER" > "$0.out"; exit 3')
    env = X11 | {"PATH": str(tmp_path), "BROWSER": browser_variable}

    assert not await Browser(env, "linux").open(URL)

    assert not out.exists()
    assert "firefox" in seen.read_text()
    assert not {"w3m", "lynx", "links", "www-browser"} & set(seen.read_text().split(":"))


async def test_it_has_no_terminal(tmp_path: Path) -> None:
    out = program(tmp_path, "xdg-open", '(: < /dev/tty) 2>/dev/null && exit 1; exec cat > "$0.out"')

    assert await Browser(X11 | {"PATH": f"{tmp_path}:/bin:/usr/bin"}, "linux").open(URL)

    assert out.read_text() == ""


async def test_one_that_fails_gives_way_to_the_next(tmp_path: Path) -> None:
    program(tmp_path, "xdg-open", "exit 4")
    out = program(tmp_path, "firefox")

    assert await Browser(X11 | {"PATH": f"{tmp_path}:/bin:/usr/bin"}, "linux").open(URL)

    assert out.read_text() == URL


async def test_one_that_keeps_running_has_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "OPENING_S", 0.01)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    program(tmp_path, "xdg-open", f"exec cat {fifo}")
    started: list[asyncio.subprocess.Process] = []
    start = asyncio.create_subprocess_exec

    async def recorded(*arguments: Any, **options: Any) -> asyncio.subprocess.Process:
        started.append(await start(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", recorded)
    env = X11 | {"PATH": f"{tmp_path}:/bin:/usr/bin"}
    assert await Browser(env, "linux").open(URL)

    # Lets it end; its transport must not outlive the loop of this test.
    os.close(os.open(fifo, os.O_WRONLY))
    assert await started[0].wait() == 0


async def test_on_the_other_end_of_an_ssh_a_mac_opens_nothing(tmp_path: Path) -> None:
    out = program(tmp_path, "open")

    env = {"PATH": str(tmp_path), "SSH_CONNECTION": "1"}
    assert not await Browser(env, "darwin").open(URL)

    assert not out.exists()
