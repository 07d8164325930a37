"""The chat screen as its controllers see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.app import App
    from textual.worker import Worker

    from tui_chat.core.errors import StorageError
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.common.notifier import Severity


class ChatHost(Protocol):
    """Runs the controllers of an open chat, and shows what they report."""

    @property
    def app(self) -> App[None]:
        """The app, for its bell and its screens."""

    @property
    def session(self) -> ChatSession | None:
        """The session of the open conversation; None if there is no endpoint to ask."""

    @property
    def is_busy(self) -> bool:
        """True if a turn runs in the open session, or a question waits for one."""

    async def is_at_rest(self) -> bool:
        """Return whether no answer runs; one that only has to be saved is waited for."""

    def begin_turn(self, turn: Coroutine[object, object, object]) -> None:
        """Run a turn or a summary, so that Esc stops it."""

    def send(self, text: str) -> None:
        """Send a text as a question."""

    def run_worker(
        self,
        work: Callable[[], Coroutine[None, None, None]] | Coroutine[object, object, object],
        *,
        group: str,
        description: str,
        exclusive: bool = ...,
    ) -> Worker[object]:
        """Run a task in the background."""

    def show_notice(self, text: str, severity: Severity = ..., timeout_s: float = ...) -> None:
        """Show a notification."""

    def show_status(self, text: str) -> None:
        """Show a text in the status line while no turn runs."""

    def hide_notice(self) -> None:
        """Hide the notification about an earlier key."""

    def report_unsaved(self, error: StorageError) -> None:
        """Report that a change is not saved."""

    def show_title(self) -> None:
        """Update the title line."""

    def show_keys(self) -> None:
        """Update the footer."""

    def show_around(self) -> None:
        """Update the title, the footer, the context meter and the search."""

    def focus_prompt(self) -> None:
        """Move the focus to the prompt."""
