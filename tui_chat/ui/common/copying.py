"""Copies text and reports how. Light to import: needed for the first paint."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from textual.message import Message as TextualMessage

from tui_chat.core.labels import N_, _
from tui_chat.core.text.quantities import byte_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

    from tui_chat.session.launch import Launch
    from tui_chat.ui.common.notifier import Severity
    from tui_chat.ui.terminal.clipboard import Clipboard, Copied


class CopyKind(Enum):
    """A kind of copied text; the value is the confirmation."""

    MESSAGE = N_("Copied the message ({size}) through {routes}.")
    CONVERSATION = N_("Copied the conversation ({size}) through {routes}.")
    SELECTION = N_("Copied the selection ({size}) through {routes}.")
    ADDRESS = N_("Copied the address ({size}) through {routes}.")
    CODE_BLOCK = N_("Copied code block {number} ({size}) through {routes}.")
    BODY = N_("Copied the body ({size}) through {routes}.")
    RAW_REPLY = N_("Copied the raw answer ({size}) through {routes}.")
    OBJECT = N_("Copied the object ({size}) through {routes}.")
    PARTIAL_OBJECT = N_("Copied the object so far ({size}) through {routes}.")
    NODE = N_("Copied the node ({size}) through {routes}.")
    NODE_TEXT = N_("Copied the text of the node ({size}) through {routes}.")
    NODE_PATH = N_("Copied the path ({size}) through {routes}.")


@dataclass
class CopyWanted(TextualMessage):
    """Request to copy a text to the clipboard; the app handles it."""

    text: str
    """The raw text, as it came."""
    kind: CopyKind
    number: int = 0
    """The number of a code block."""
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
        show_notice: Callable[[str, Severity, float], None],
    ) -> None:
        """Bind to the app.

        Args:
            app: Runs the copy in a worker.
            launch: Environment and folders.
            write: Writes to the terminal.
            may_write: Whether a text may be written to a file if every other method fails.
            on_copied: Called with each copied text, sanitized.
            show_notice: Shows a notification.
        """
        self._app = app
        self._launch = launch
        self._write = write
        self._may_write = may_write
        self._on_copied = on_copied
        self._show_notice = show_notice
        self._clipboard: Clipboard | None = None

    def copy(self, wanted: CopyWanted) -> None:
        """Copy a text, replacing any copy still in progress."""
        self._app.run_worker(self._copied(wanted), group="copy", exclusive=True)

    async def _copied(self, wanted: CopyWanted) -> None:
        from tui_chat.ui.terminal.clipboard import Clipboard

        if self._clipboard is None:
            launch = self._launch
            self._clipboard = Clipboard(
                launch.env, sys.platform, self._write, launch.paths.state_dir
            )
        copied = await self._clipboard.copy(wanted.text, may_write=self._may_write())
        self._on_copied(copied.text)
        severity: Severity = "information" if copied.routes else "warning"
        text = f"{wanted.because} {copied_notice(wanted.kind, copied, wanted.number)}".strip()
        self._show_notice(text, severity, 6 if copied.routes else 12)


def copied_notice(kind: CopyKind, copied: Copied, number: int = 0) -> str:
    """Return the confirmation of a copy: the methods used, or the file written instead.

    Args:
        kind: The kind of text.
        copied: The result of the copy.
        number: The number of a code block.
    """
    size = byte_size(copied.size)
    if copied.routes:
        first, *others = copied.routes
        routes = (
            _("{first} and {second}").format(first=first, second=others[0]) if others else first
        )
        return _(kind.value).format(number=number, size=size, routes=routes)
    if copied.is_too_large:
        reason = _("The text ({size}) is too large for the terminal's clipboard.").format(size=size)
    else:
        reason = _("This terminal has no clipboard.")
    if copied.path is None:
        not_copied = _("Not copied. {reason} {problem}")
        return not_copied.format(reason=reason, problem=copied.problem)
    return _("{reason} The text is in {file}").format(reason=reason, file=copied.path)
