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
    Command("new", "New conversation", "New conversation; again: a temporary one", "ctrl+n", "new"),
    Command(
        "open",
        "Open conversation",
        "Open a conversation; search in all of them",
        "ctrl+o",
        "open",
    ),
    Command(
        "find",
        "Find",
        "Find in this conversation; other versions too",
        "ctrl+f",
        "find",
        needs_rest=False,
    ),
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
    Command(
        "rename", "Rename", "Another title for this conversation", "f2", "rename", needs_rest=False
    ),
    Command("pin", "Pin", "List this conversation first, or not any more", needs_rest=False),
    Command("delete", "Delete conversation", "Put this conversation into the trash"),
    Command("trash", "Trash", "Bring back what was deleted"),
    Command(
        "export", "Export conversation", "Write this conversation into a file", "ctrl+s", "export"
    ),
    Command(
        "mouse",
        "Mouse for the terminal",
        "Let the terminal select with the mouse, or take the mouse back",
        "ctrl+t",
        "mouse",
        needs_rest=False,
    ),
    Command(
        "copy_all",
        "Copy conversation",
        "Copy all that is shown, as Markdown",
        needs_rest=False,
    ),
    Command(
        "temporary",
        "New temporary conversation",
        "A conversation that is never written to the disk (Ctrl+N twice)",
    ),
    Command("keep", "Keep this conversation", "Save a temporary conversation after all"),
    Command(
        "leave_out",
        "Leave the oldest turns out",
        "The older half of what is sent is not sent any more; it stays saved",
    ),
    Command(
        "sum_up",
        "Sum up the oldest turns",
        "The model sums up the older half of what is sent; that is sent in its place",
    ),
    Command("send_all", "Send everything again", "Nothing is left out of what is sent"),
    Command(
        "problems",
        "Problems of config.toml",
        "List the mistakes that were found in config.toml",
        needs_rest=False,
    ),
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
