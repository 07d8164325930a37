"""Opens the services and makes the controllers, after the first paint."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from textual.containers import Vertical

from tui_chat.ui.labels import start_notices
from tui_chat.ui.terminal.gc_tuning import keep_loaded

if TYPE_CHECKING:
    from tui_chat.session.launch import Launch
    from tui_chat.session.services import Services
    from tui_chat.ui.chat.column import ChatColumn
    from tui_chat.ui.chat.controllers import Controllers
    from tui_chat.ui.chat.host import Host
    from tui_chat.ui.open_services import ServicesOpener


class Opening:
    """Owns the controllers, and knows whether everything on the screen works."""

    def __init__(
        self, host: Host, column: ChatColumn, launch: Launch, opener: ServicesOpener
    ) -> None:
        self._host = host
        self._column = column
        self._launch = launch
        self._opener = opener
        self._later: list[str] = []
        self._parts: Controllers | None = None
        self._is_open = asyncio.Event()

    @property
    def is_open(self) -> bool:
        """True if everything on the screen works."""
        return self._is_open.is_set()

    @property
    def early_parts(self) -> Controllers | None:
        """The controllers while the last conversation is opened already."""
        return self._parts

    @property
    def parts(self) -> Controllers | None:
        """The controllers; None before everything on the screen works."""
        return self._parts if self.is_open else None

    @property
    def services(self) -> Services | None:
        """The services; None before they are open."""
        return self._parts.services if self._parts is not None else None

    async def opened(self) -> None:
        """Wait until everything on the screen works."""
        await self._is_open.wait()

    def report_later(self, text: str) -> None:
        """Show a warning as soon as everything is open."""
        if self.is_open:
            self._host.warn(text)
        else:
            self._later.append(text)

    async def open(self) -> None:
        """Load the modules, open the services and show the last conversation."""
        # First, and small: it keeps a question that is sent while the rest is loaded.
        import_module("tui_chat.session.saving.early_question")
        late = await asyncio.to_thread(import_module, "tui_chat.ui.preload")
        host, column = self._host, self._column
        messages = late.MessageList(
            lambda: host.session,
            lambda it: self.services is not None and self.services.write_buffer.is_unsaved(it),
        )
        await column.query_one("#messages", Vertical).mount(messages)
        services: Services = await self._opener(self._launch, host.show_status)
        self._parts = parts = late.controllers(host, services, column, messages)
        services.plain_http.question = late.consent_question(host.app)
        services.accounting.ask_with(late.limit_question(host.app))
        await parts.conversations.show_last()
        if not host.is_busy:
            parts.start.note_change()
        host.run_worker(parts.external_changes.watch(), group="watch", description="watch")
        services.write_buffer.on_caught_up = host.report_caught_up
        services.write_buffer.on_change = host.show_title
        services.write_buffer.on_failure = host.report_unsaved
        self._is_open.set()
        column.note_draft()
        # A question that was sent early goes first: mounting the panel takes as long as a frame.
        if not (host.is_busy or self._launch.question):
            parts.panel.begin()
        parts.queueing.show()
        notices = start_notices(self._launch.settings.problems, services.notices)
        for text in [*notices, *self._later]:
            host.warn(text)
        services.on_notice = host.warn
        if question := self._launch.question:
            column.prompt.set_draft(question)
            host.send(question)
        await services.warm_up()
        parts.panel.begin()
        await asyncio.to_thread(import_module, "tui_chat.ui.preload_screens")
        keep_loaded()
        await parts.start.discover()
