"""Opens a link in a graphical browser. A console browser would draw over the chat: never one."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OPENING_S: Final = 3.0
"""After this time a program that is still running counts as a browser that opened."""

_SSH: Final = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
_GRAPHICAL: Final = (
    "x-www-browser", "firefox", "firefox-esr", "chromium", "chromium-browser", "google-chrome",
    "google-chrome-stable", "brave-browser", "microsoft-edge", "vivaldi", "opera", "epiphany",
    "konqueror", "falkon",
)  # fmt: skip


class Browser:
    """The graphical browser of the user, if there is one where this program runs."""

    def __init__(self, env: Mapping[str, str], platform: str) -> None:
        """Detect the graphical browsers.

        Args:
            env: The environment variables: display and browser.
            platform: As in `sys.platform`.
        """
        self._env = env
        self._platform = platform

    async def open(self, url: str) -> bool:
        """Open a target that `safe_target` returned; return whether a program took it."""
        for command in self._commands():
            found = shutil.which(command, path=self._env.get("PATH"))
            if found is not None and await self._runs(found, url):
                return True
        return False

    def _commands(self) -> Iterator[str]:
        """Yield the programs that may open a link here, best first; maybe none is installed."""
        env = self._env
        is_remote = any(env.get(name) for name in _SSH)
        if self._platform == "darwin":
            # On the other end of an ssh it would open where nobody sits.
            yield from () if is_remote else ("open",)
            return
        if env.get("WSL_DISTRO_NAME") and not is_remote:
            yield from ("wslview", "explorer.exe")
        if not (env.get("DISPLAY") or env.get("WAYLAND_DISPLAY")):
            return
        yield from _graphical(env.get("BROWSER", ""))
        yield from ("xdg-open", *_GRAPHICAL)

    async def _runs(self, program: str, url: str) -> bool:
        """Start a program without a terminal, and return whether it works or keeps running."""
        # xdg-open falls back to console browsers unless BROWSER names others.
        env = dict(self._env)
        env["BROWSER"] = ":".join((*_graphical(env.get("BROWSER", "")), *_GRAPHICAL))
        try:
            process = await asyncio.create_subprocess_exec(
                program,
                url,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                env=env,
            )
        except OSError:
            return False
        try:
            async with asyncio.timeout(OPENING_S):
                code = await process.wait()
        except TimeoutError:
            return True
        # explorer.exe returns 1 when it has opened a link.
        return code == 0 or PurePath(program).name == "explorer.exe"


def _graphical(browsers: str) -> list[str]:
    """Return the browsers of a BROWSER variable that are known to be graphical."""
    names = [part.split()[0] for part in browsers.split(":") if part.strip()]
    return [name for name in names if PurePath(name).name in _GRAPHICAL]
