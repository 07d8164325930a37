"""Carries out the commands of the chat: what opens over it, and what takes its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, Protocol

from tui_chat.core.errors import StorageError
from tui_chat.ui.command_table import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from textual.app import App
    from textual.worker import Worker

    from tui_chat.ui.conversations import Conversations
    from tui_chat.ui.message_actions import MessageActions

_NEEDS_REST: Final = frozenset(command.name for command in COMMANDS if command.needs_rest)


class CommandHost(Protocol):
    """The screen, as far as commands need it."""

    @property
    def app(self) -> App[None]:
        """For its screens."""

    @property
    def is_busy(self) -> bool:
        """Whether a turn runs."""

    def run_worker(
        self, work: Coroutine[object, object, None], *, group: str, description: str
    ) -> Worker[None]:
        """Run something beside."""

    def say(self, words: str, severity: Literal["information", "warning"] = ...) -> None:
        """Tell something."""

    def tell_not_saved(self, error: StorageError) -> None:
        """Tell that something is not on the disk."""

    def focus_prompt(self) -> None:
        """Let the person type."""


class Commands:
    """Does what the table of commands names."""

    def __init__(
        self, host: CommandHost, conversations: Conversations, actions: MessageActions
    ) -> None:
        """Prepare.

        Args:
            host: The screen.
            conversations: Opens conversations and what is shown over them.
            actions: What is done with messages.
        """
        self._host = host
        self._actions = actions
        app = host.app
        self._open: Final[dict[str, Callable[[], Awaitable[None]]]] = {
            "new": conversations.show_new,
            "open": lambda: conversations.choose(app),
            "model": lambda: conversations.choose_model(app),
            "format": lambda: conversations.choose_format(app),
        }
        self._show: Final[dict[str, Callable[[], None]]] = {
            "wire": lambda: self._show_wire(conversations),
            "undo": lambda: self._actions.do("undo"),
        }

    def do(self, name: str) -> None:
        """Carry out a command."""
        if name in _NEEDS_REST and self._host.is_busy:
            self._host.say("Stop the answer first (Esc).", "warning")
        elif name in self._show:
            self._show[name]()
        else:
            self._host.run_worker(
                self._then_back(self._open[name]), group="open", description="open over the chat"
            )

    async def _then_back(self, command: Callable[[], Awaitable[None]]) -> None:
        try:
            await command()
        except StorageError as error:
            self._host.tell_not_saved(error)
        self._host.focus_prompt()

    def _show_wire(self, conversations: Conversations) -> None:
        if not conversations.show_wire(self._host.app):
            self._host.say("Nothing was sent yet in this conversation.")
