"""Base class of the app: our driver, tidy workers, and a crash report without local variables."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import App
from textual.worker import WorkerFailed

from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.ui.terminal.textual_workarounds import (
    TidyWorkers,
    allow_no_width,
    harden_option_lists,
    slice_wrapped_lines,
)

if TYPE_CHECKING:
    from textual.driver import Driver


class TerminalApp(App[None], inherit_bindings=False):
    """An app on our terminal driver. Subclasses override `report_crash`."""

    def __init__(self) -> None:
        allow_no_width()
        harden_option_lists()
        slice_wrapped_lines()
        super().__init__(driver_class=_driver_class())
        self._workers = TidyWorkers(self)

    @property
    def can_suspend(self) -> bool:
        """True if the driver can give the terminal away and take it back."""
        return self._driver is not None and self._driver.can_suspend

    def set_pasted_text(self, text: str) -> None:
        """Set the text that Ctrl+V pastes in every field."""
        self._clipboard = text

    def write_to_terminal(self, sequence: str) -> None:
        """Write an escape sequence to the terminal."""
        if self._driver is not None:
            self._driver.write(sequence)
            self._driver.flush()

    def report_crash(self, error: BaseException | None) -> str:
        """Log an unexpected exception and return the text for the user.

        Args:
            error: The exception that ended the program.
        """
        return _("The program stopped because of a bug: {error!r}").format(error=error)

    @on(events.DeliveryComplete)
    def report_saved_file(self, event: events.DeliveryComplete) -> None:
        """Report a saved screenshot; Textual's own report is English and parses markup in paths."""
        event.prevent_default()
        self.notify(_("Saved {file}").format(file=sanitize_line(str(event.path))), markup=False)

    @on(events.DeliveryFailed)
    def report_unsaved_file(self, event: events.DeliveryFailed) -> None:
        """Report a screenshot that could not be saved."""
        event.prevent_default()
        text = _("Nothing was saved: {reason}").format(reason=sanitize_line(str(event.exception)))
        self.notify(text, severity="error", markup=False)

    def _fatal_error(self) -> None:
        # Textual's own report prints local variables: questions, answers, keys.
        error: BaseException | None = self._exception
        if isinstance(error, WorkerFailed):
            # It carries the original exception without chaining it.
            error = error.error
        self._exit_renderables.append(self.report_crash(error))
        self._close_messages_no_wait()


def _driver_class() -> type[Driver] | None:
    """Return our driver, or None for Textual's own on Windows."""
    if sys.platform == "win32":
        return None
    from tui_chat.ui.terminal.driver import TerminalDriver

    return TerminalDriver
