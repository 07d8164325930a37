"""The commands of the chat, their keys and names. Light: the first paint needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Command:
    """Something a person can have done from anywhere in the chat."""

    name: str
    """Stable: the id of its binding is `chat.` and this, see `[keys]`."""
    title: str
    """In the list of commands."""
    tooltip: str
    """What it does, in one line."""
    key: str = ""
    """Empty: only in the list of commands."""
    label: str = ""
    """One word for the footer."""
    needs_rest: bool = True
    """Whether it must wait until no answer runs."""


COMMANDS: Final = (
    Command("new", "New conversation", "New conversation", "ctrl+n", "new"),
    Command("open", "Open conversation", "Open a conversation", "ctrl+o", "open"),
    Command(
        "model",
        "Profile and model",
        "Choose profile and model for this conversation",
        "ctrl+l",
        "model",
    ),
    Command(
        "format",
        "Form of the answers",
        "Ask for text, for JSON, or for an object of a schema",
        "ctrl+g",
        "form",
    ),
    Command("wire", "Wire view", "What went over the wire", "f12", "wire", needs_rest=False),
    Command("undo", "Undo delete", "Bring back what was deleted last"),
)


def command_bindings() -> list[Binding]:
    """Return the bindings of all commands that have a key."""
    return [
        Binding(
            command.key,
            f"command('{command.name}')",
            command.label,
            id=f"chat.{command.name}",
            tooltip=command.tooltip,
        )
        for command in COMMANDS
        if command.key
    ]
