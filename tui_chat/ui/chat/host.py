"""The chat as its controllers see it: runs their work and shows what they report."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from tui_chat.core.labels import _
from tui_chat.session.turns.turn_task import is_ending
from tui_chat.ui.chat.opening import Opening
from tui_chat.ui.chat.submitting import Submitting
from tui_chat.ui.common.key_names import key_of, live_bindings
from tui_chat.ui.common.notifier import NOTICE_S, Notifier
from tui_chat.ui.help.footer_keys import footer_keys
from tui_chat.ui.terminal.gc_tuning import IdleCollector
from tui_chat.ui.terminal.input.key_queue import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.app import App
    from textual.screen import Screen
    from textual.worker import Worker

    from tui_chat.core.errors import StorageError
    from tui_chat.session.launch import Launch
    from tui_chat.session.session import ChatSession
    from tui_chat.ui.chat.column import ChatColumn
    from tui_chat.ui.chat.controllers import Controllers
    from tui_chat.ui.common.notifier import Severity
    from tui_chat.ui.open_services import ServicesOpener


class Host:
    """The one `ChatHost`.

    Attributes:
        opening: Opens the services; owns the controllers.
        submitting: Starts turns.
        collector: Collects garbage while nothing happens.
    """

    def __init__(
        self, screen: Screen[None], column: ChatColumn, launch: Launch, opener: ServicesOpener
    ) -> None:
        self._screen = screen
        self._column = column
        self._notifier = Notifier(screen, column.status)
        self.collector = IdleCollector(screen, lambda: self.is_answering)
        self.opening = Opening(self, column, launch, opener)
        self.submitting = Submitting(self, launch, column.prompt, column.status)

    @property
    def app(self) -> App[None]:
        """The app, for its bell and its screens."""
        return self._screen.app

    @property
    def session(self) -> ChatSession | None:
        """The session of the open conversation; None before it is open, or without an endpoint."""
        parts = self.opening.early_parts
        return parts.conversations.session if parts is not None else None

    @property
    def parts(self) -> Controllers | None:
        """The controllers; None before everything on the screen works."""
        return self.opening.parts

    @property
    def is_busy(self) -> bool:
        """True if a turn runs in the open session, or a question waits for one."""
        return self.submitting.is_busy

    @property
    def is_answering(self) -> bool:
        """True if a turn runs in any conversation."""
        services = self.opening.services
        return self.is_busy or (services is not None and bool(services.sessions.busy))

    async def is_at_rest(self) -> bool:
        """Return whether no answer runs; one that only has to be saved is waited for.

        A running answer is reported. Returns False if another conversation was opened meanwhile.
        """
        session = self.session
        if session is not None and is_ending(session):
            # A series of fixes goes on after a complete reply: its end is not waited for.
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    await session.task.ended()
        if not self.is_busy:
            return self.session is session
        key = key_of(self.app, "turn.stop")
        self.show_notice(_("Stop the answer first ({key}).").format(key=key), "warning")
        return False

    def begin_turn(self, turn: Coroutine[object, object, object]) -> None:
        """Run a turn, and focus the prompt unless a message has the focus."""
        if (parts := self.parts) is None or parts.messages.focused_view is None:
            self.focus_prompt()
        self.submitting.begin_turn(turn)

    def send(self, text: str) -> None:
        """Send a text as a question, even one that begins with a slash."""
        self.submitting.send(text)

    def run_worker(
        self,
        work: Callable[[], Coroutine[None, None, None]] | Coroutine[object, object, object],
        *,
        group: str,
        description: str,
        name: str = "",
        exclusive: bool = False,
    ) -> Worker[object]:
        """Run a task in the background."""
        return self._screen.run_worker(
            work, name=name, group=group, description=description, exclusive=exclusive
        )

    def focus_prompt(self) -> None:
        """Move the focus to the prompt."""
        self._column.prompt.focus()

    # Reports

    def show_notice(
        self, text: str, severity: Severity = "information", timeout_s: float = NOTICE_S
    ) -> None:
        """Show a notification, without markup."""
        self._notifier.show_notice(text, severity, timeout_s)

    def warn(self, text: str) -> None:
        """Show a warning for long enough to read a path in it."""
        self.show_notice(text, "warning", timeout_s=12)

    def show_status(self, text: str) -> None:
        """Show a text in the status line while no turn runs."""
        self._column.status.show_idle(text)
        self.show_keys()

    def hide_notice(self) -> None:
        """Hide the notification about an earlier key."""
        self._column.status.hide_notice()

    def report_unsaved(self, error: StorageError) -> None:
        """Report that a change is on the screen but not on the disk."""
        services = self.opening.services
        if services is not None and services.write_buffer.is_behind:
            text = _("Not saved: {reason} It is kept and saved as soon as possible.")
        else:
            text = _("Not saved: {reason}")
        self.show_notice(text.format(reason=error.message), "warning", timeout_s=15)
        self.show_title()

    def report_caught_up(self) -> None:
        """Report that the changes of `report_unsaved` are on the disk."""
        self.show_notice(_("Everything is saved again."))
        self.show_title()

    # Around the messages

    def show_around(self) -> None:
        """Update the title, the footer, the context meter and the search."""
        if not self._screen.is_attached:
            return
        self.collector.note()
        self.show_title()
        self.show_keys()
        prompt = self._column.prompt
        if (early := self.opening.early_parts) is not None:
            early.start.note_change()
            early.attachments.show()
            early.meter.show(prompt.draft if prompt.pastes else "", early.attachments.files)
        if (parts := self.parts) is not None:
            parts.find.note_change()
            parts.titles.note_change()
            parts.panel.note_change()
            parts.queueing.show()

    def show_title(self) -> None:
        """Update the title line."""
        session, parts = self.session, self.opening.early_parts
        if self._screen.is_attached and session is not None and parts is not None:
            self._column.box.mark_temporary(session.is_temporary)
            left, right, mark = parts.conversations.headline(session)
            self._column.title.show(left, right, mark=mark)
            parts.messages.show_unsaved()

    def show_keys(self) -> None:
        """Update the footer."""
        parts = self.parts
        view = parts.messages.focused_view if parts is not None else None
        self._column.footer.show(
            footer_keys(
                live_bindings(self._screen),
                is_running=self.submitting.task.is_running,
                is_pausing=self._column.status.is_pausing,
                in_messages=view is not None,
                is_editing=parts is not None and parts.actions.editing is not None,
                is_finding=parts is not None and parts.find.is_active,
                in_find_bar=parts is not None and parts.find.has_focus,
                offers=parts.actions.offers(view) if parts and view else (),
            )
        )
