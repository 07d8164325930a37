"""Copies text and reports how. Light to import: needed for the first paint."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message as TextualMessage

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

    from tui_chat.session.launch import Launch
    from tui_chat.ui.common.notifier import Severity
    from tui_chat.ui.terminal.clipboard import Clipboard


@dataclass
class CopyWanted(TextualMessage):
    """Request to copy a text to the clipboard; the app handles it."""

    text: str
    """The raw text, as it came."""
    what: str
    """A noun for the confirmation: `message`, `selection`, ..."""
    because: str = ""
    """Shown before the confirmation: why the text is copied instead of, say, opened."""


class Copying:
    """Copies in the background and reports which method worked."""

    def __init__(
        self,
        app: App[None],
        launch: Launch,
        *,
        write: Callable[[str], None],
        may_write: Callable[[], bool],
        on_copied: Callable[[str], None],
        say: Callable[[str, Severity, float], None],
    ) -> None:
        """Bind to the app.

        Args:
            app: Runs the copy in a worker.
            launch: Environment and folders.
            write: Writes to the terminal.
            may_write: Whether a text may be written to a file if every other method fails.
            on_copied: Called with each copied text, sanitized.
            say: Shows a notification.
        """
        self._app = app
        self._launch = launch
        self._write = write
        self._may_write = may_write
        self._on_copied = on_copied
        self._say = say
        self._clipboard: Clipboard | None = None

    def copy(self, wanted: CopyWanted) -> None:
        """Copy a text, replacing any copy still in progress."""
        self._app.run_worker(self._copied(wanted), group="copy", exclusive=True)

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
