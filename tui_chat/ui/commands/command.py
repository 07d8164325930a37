"""One command: its names, texts and key. Light: the first paint needs it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from textual.binding import Binding

from tui_chat.core.labels import N_

if TYPE_CHECKING:
    from collections.abc import Iterable


class Scope(Enum):
    """The part of the program that carries a command out; the first part of its binding's id."""

    CHAT = "chat"
    """The chat: `ui/chat/commands.py`."""
    MESSAGE = "message"
    """The focused message, else the last one."""
    CALL = "call"
    """The focused tool call."""
    CURSOR = "cursor"
    """The cursor in a message."""
    APP = "app"
    """The app, also while a dialog is open."""


class Group(Enum):
    """The activity that a command belongs to, for the key help."""

    ASK = auto()
    READ = auto()
    MESSAGE = auto()
    CONVERSATIONS = auto()
    MODEL = auto()
    PROGRAM = auto()
    EDIT = auto()


GROUP_TITLES: Final = {
    Group.ASK: N_("Asking"),
    Group.READ: N_("Reading and finding"),
    Group.MESSAGE: N_("Working on a message"),
    Group.CONVERSATIONS: N_("Conversations"),
    Group.MODEL: N_("Model, format, context"),
    Group.PROGRAM: N_("Program"),
    Group.EDIT: N_("Editing text"),
}
"""The headings of the key help, in their order."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the program. Its texts are looked up when they are shown."""

    name: str
    """Stable: with the scope it is the id of the binding, see `[keys]`."""
    title: str
    """The name in the command palette."""
    tooltip: str
    """A description of one line."""
    key: str = ""
    """The default keys; empty for a command without a key."""
    label: str = ""
    """One word for the footer."""
    group: Group = Group.CONVERSATIONS
    scope: Scope = Scope.CHAT
    action: str = ""
    """The action of the binding; empty for a command of the chat."""
    needs_rest: bool = True
    """True if it is refused while a turn runs."""
    slash: str = ""
    """The name after the slash, if `name` with hyphens would not do."""
    aliases: tuple[str, ...] = ()
    """Other names after the slash, from other chat programs."""
    argument: str = ""
    """The name of the text that may follow the name after the slash, such as `FILE`."""
    is_listed: bool = True
    """False for a key that is of no use by its name, such as the arrows."""
    is_priority: bool = False
    """True for a key that works in every widget."""

    @property
    def binding_id(self) -> str:
        """The id of the binding."""
        return f"{self.scope.value}.{self.name}"

    @property
    def slash_name(self) -> str:
        """The name after the slash."""
        return self.slash or self.name.replace("_", "-")


def bindings_for(commands: Iterable[Command]) -> list[Binding]:
    """Return the bindings of all commands that have a key."""
    return [
        Binding(
            command.key,
            command.action or f"command('{command.name}')",
            command.label,
            id=command.binding_id,
            tooltip=command.tooltip,
            priority=command.is_priority,
        )
        for command in commands
        if command.key
    ]
