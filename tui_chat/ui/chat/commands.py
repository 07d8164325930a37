"""Carries out the commands of the chat: what opens over it, and what takes its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from tui_chat.core.errors import StorageError
from tui_chat.import_export.export.copy_as_text import path_text
from tui_chat.ui.chat.command_table import COMMANDS
from tui_chat.ui.chat.context_actions import ContextActions
from tui_chat.ui.chat.message_actions import ActionHost
from tui_chat.ui.common.copying import CopyWanted
from tui_chat.ui.common.key_names import key_of, live_keys
from tui_chat.ui.terminal.key_queue import KeyWork
from tui_chat.ui.terminal.mouse import mouse_words, toggle_mouse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tui_chat.session.session import ChatSession
    from tui_chat.ui.chat.conversation_switcher import Conversations
    from tui_chat.ui.chat.message_actions import MessageActions
    from tui_chat.ui.chat.status_line import StatusLine
    from tui_chat.ui.find.controller import Find

_NEEDS_REST: Final = frozenset(command.name for command in COMMANDS if command.needs_rest)


class CommandHost(ActionHost, Protocol):
    """The screen, as far as commands need it."""

    def focus_prompt(self) -> None:
        """Let the person type."""


class Commands:
    """Does what the table of commands names."""

    def __init__(
        self,
        host: CommandHost,
        conversations: Conversations,
        actions: MessageActions,
        find: Find,
        status: StatusLine,
    ) -> None:
        """Prepare.

        Args:
            host: The screen.
            conversations: Opens conversations and what is shown over them.
            actions: What is done with messages.
            find: Looks for words in the open conversation.
            status: Tells of a summary that is being written.
        """
        self._host = host
        self._actions = actions
        app = host.app
        context = ContextActions(host, status, conversations.show_around)
        self._open: Final[dict[str, Callable[[], Awaitable[bool | None]]]] = {
            "new": conversations.show_new,
            "find": find.open,
            "open": lambda: conversations.choose(app),
            "trash": lambda: conversations.choose(app, "trash: "),
            "export": lambda: self._export(conversations),
            "temporary": lambda: conversations.show_new_as(is_temporary=True),
            "keep": conversations.keep,
            "leave_out": self._on_session(conversations, context.leave_out),
            "send_all": self._on_session(conversations, context.send_everything),
            "model": lambda: conversations.choose_model(app),
            "rename": lambda: conversations.rename(app),
            "pin": lambda: self._pin(conversations),
            "delete": lambda: self._delete(conversations),
            "format": lambda: conversations.choose_format(app),
        }
        self._show: Final[dict[str, Callable[[], None]]] = {
            "wire": lambda: self._show_wire(conversations),
            "undo": lambda: self._actions.do("undo"),
            "sum_up": lambda: self._sum_up(conversations, context),
            "mouse": self._hand_over_mouse,
            "problems": lambda: self._show_problems(conversations),
            "copy_all": lambda: self._copy_all(conversations),
        }

    def do(self, name: str) -> None:
        """Carry out a command."""
        if name in _NEEDS_REST and self._host.is_busy:
            stop = key_of(self._host.app, "turn.stop")
            self._host.say(f"Stop the answer first ({stop}).", "warning")
        elif name in self._show:
            self._show[name]()
        else:
            self._host.run_worker(
                self._then_back(self._open[name]),
                group=KeyWork.OPEN,
                description="open over the chat",
            )

    async def _then_back(self, command: Callable[[], Awaitable[bool | None]]) -> None:
        """Carry out a command; after it the prompt has the focus, unless a message got it."""
        is_elsewhere = None
        try:
            is_elsewhere = await command()
        except StorageError as error:
            self._host.tell_not_saved(error)
        if not is_elsewhere:
            self._host.focus_prompt()

    async def _pin(self, conversations: Conversations) -> None:
        is_pinned = await conversations.toggle_pinned()
        self._host.say("Pinned: it is listed first." if is_pinned else "Not pinned any more.")

    async def _delete(self, conversations: Conversations) -> None:
        await conversations.delete_open()
        self._host.say("The conversation is in the trash: Ctrl+O, “trash:”.")

    def _on_session(
        self, conversations: Conversations, work: Callable[[ChatSession], Awaitable[None]]
    ) -> Callable[[], Awaitable[None]]:
        async def done() -> None:
            if conversations.session is not None:
                await work(conversations.session)

        return done

    async def _export(self, conversations: Conversations) -> None:
        from tui_chat.ui.export.export_screen import ExportScreen
        from tui_chat.ui.export.exporter import SessionExporter

        session = conversations.session
        if session is None or not session.path:
            self._host.say("There is nothing to export yet.")
            return
        exporter = SessionExporter(session, conversations.services.launch)
        path = await self._host.app.push_screen_wait(ExportScreen(exporter))
        if path is not None:
            self._host.say(f"Written to {path}")

    def _sum_up(self, conversations: Conversations, context: ContextActions) -> None:
        if conversations.session is not None:
            context.sum_up(conversations.session)

    def _hand_over_mouse(self) -> None:
        has_mouse = toggle_mouse(self._host.app._driver)
        key = live_keys(self._host.app.screen).get("chat.mouse", "")
        self._host.say(mouse_words(has_mouse, key))

    def _copy_all(self, conversations: Conversations) -> None:
        path = conversations.session.path if conversations.session is not None else ()
        if path:
            self._host.app.post_message(CopyWanted(path_text(path), "conversation"))
        else:
            self._host.say("There is nothing to copy yet.")

    def _show_problems(self, conversations: Conversations) -> None:
        from tui_chat.ui.help.config_problems import ConfigProblems

        problems = conversations.services.launch.settings.problems
        if problems:
            self._host.app.push_screen(ConfigProblems(problems))
        else:
            self._host.say("No problem was found in config.toml.")

    def _show_wire(self, conversations: Conversations) -> None:
        if not conversations.show_wire(self._host.app):
            self._host.say("Nothing was sent yet in this conversation.")
