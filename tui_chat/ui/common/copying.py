"""What is copied, and what is told of it. Light: the first paint needs it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from textual.message import Message as TextualMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.worker import Worker

    from tui_chat.session.launch import Launch
    from tui_chat.ui.common.notifier import Severity
    from tui_chat.ui.terminal.clipboard import Clipboard


@dataclass
class CopyWanted(TextualMessage):
    """The person wants a text in the clipboard. The app does it, whatever asked for it."""

    text: str
    """The raw text, as it came."""
    what: str
    """What it is, for the words that confirm: `message`, `selection`, ..."""
    because: str = ""
    """Why it is copied where something else was wanted; it comes before the words that confirm."""


class CopyHost(Protocol):
    """The app, as far as copying needs it."""

    def run_worker(
        self, work: Coroutine[object, object, None], *, group: str, exclusive: bool
    ) -> Worker[None]:
        """Run something beside."""


class Copying:
    """Copies in the background and tells by which way."""

    def __init__(
        self,
        host: CopyHost,
        launch: Launch,
        *,
        write: Callable[[str], None],
        may_write: Callable[[], bool],
        on_copied: Callable[[str], None],
        say: Callable[[str, Severity, float], None],
    ) -> None:
        """Prepare.

        Args:
            host: The app.
            launch: Knows the environment and the folders.
            write: Writes to the terminal.
            may_write: Whether a text may go into a file when there is no other way.
            on_copied: Is given each text as it was copied, safe to show.
            say: Tells something for some seconds.
        """
        self._host = host
        self._launch = launch
        self._write = write
        self._may_write = may_write
        self._on_copied = on_copied
        self._say = say
        self._clipboard: Clipboard | None = None

    def copy(self, wanted: CopyWanted) -> None:
        """Copy a text; a copy that is still under way gives way to it."""
        self._host.run_worker(self._copied(wanted), group="copy", exclusive=True)

    async def _copied(self, wanted: CopyWanted) -> None:
        from tui_chat.ui.terminal.clipboard import Clipboard, copied_words

        if self._clipboard is None:
            launch = self._launch
            self._clipboard = Clipboard(
                launch.env, sys.platform, self._write, launch.paths.state_dir
            )
        copied = await self._clipboard.copy(wanted.text, may_write=self._may_write())
        self._on_copied(copied.text)
        severity: Severity = "information" if copied.routes else "warning"
        words = wanted.because + copied_words(wanted.what, copied)
        self._say(words, severity, 6 if copied.routes else 12)
