"""The commands of the chat, their keys and names. Light: the first paint needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from textual.binding import Binding

from tui_chat.core.labels import N_, _


@dataclass(frozen=True, slots=True)
class Command:
    """A command that works anywhere in the chat. Its texts are looked up when they are shown."""

    name: str
    """Stable: the id of its binding is `chat.` and this name, see `[keys]`."""
    title: str
    """The name in the command palette."""
    tooltip: str
    """A description of one line."""
    key: str = ""
    """Empty for a command of the palette alone."""
    label: str = ""
    """One word for the footer."""
    needs_rest: bool = True
    """True if it is refused while a turn runs."""


COMMANDS: Final = (
    Command(
        "new",
        N_("New conversation"),
        N_("New conversation; again: temporary"),
        "ctrl+n",
        N_("new"),
    ),
    Command(
        "open",
        N_("Open conversation"),
        N_("Open or search conversations"),
        "ctrl+o",
        N_("open"),
    ),
    Command(
        "find",
        N_("Find"),
        N_("Find in this conversation"),
        "ctrl+f",
        N_("find"),
        needs_rest=False,
    ),
    Command(
        "model",
        N_("Profile and model"),
        N_("Choose profile and model"),
        "ctrl+l",
        N_("model"),
    ),
    Command(
        "local_models",
        N_("Models for this machine"),
        N_("Choose or download a model that runs here"),
        needs_rest=False,
    ),
    Command(
        "format",
        N_("Answer format"),
        N_("Choose text, JSON or a schema"),
        "ctrl+g",
        N_("format"),
    ),
    Command(
        "wire",
        N_("Wire view"),
        N_("Show the last request and response"),
        "f12",
        N_("wire"),
        needs_rest=False,
    ),
    Command(
        "rename",
        N_("Rename"),
        N_("Rename this conversation"),
        "f2",
        N_("rename"),
        needs_rest=False,
    ),
    Command(
        "pin",
        N_("Pin"),
        N_("List this conversation first, or unpin"),
        needs_rest=False,
    ),
    Command("delete", N_("Delete conversation"), N_("Move this conversation to the trash")),
    Command("trash", N_("Trash"), N_("Restore deleted conversations and messages")),
    Command(
        "export",
        N_("Export conversation"),
        N_("Export to a file"),
        "ctrl+s",
        N_("export"),
    ),
    Command(
        "mouse",
        N_("Mouse: app or terminal"),
        N_("Mouse: app or terminal"),
        "ctrl+t",
        N_("mouse"),
        needs_rest=False,
    ),
    Command(
        "copy_all",
        N_("Copy conversation"),
        N_("Copy the shown conversation as Markdown"),
        needs_rest=False,
    ),
    Command(
        "temporary",
        N_("New temporary conversation"),
        N_("A conversation that is never written to the disk"),
    ),
    Command("keep", N_("Keep this conversation"), N_("Save a temporary conversation")),
    Command(
        "leave_out",
        N_("Leave out the oldest turns"),
        N_("Stop sending the older half of the conversation; it stays saved"),
    ),
    Command(
        "sum_up",
        N_("Summarize the oldest turns"),
        N_("Send a summary in place of the older half of the conversation"),
    ),
    Command(
        "send_all",
        N_("Send everything again"),
        N_("Send the whole conversation, without a summary"),
    ),
    Command(
        "problems",
        N_("Problems of config.toml"),
        N_("List the mistakes in config.toml"),
        needs_rest=False,
    ),
    Command("undo", N_("Undo delete"), N_("Restore what was deleted last")),
)


def palette_hint(name: str, palette_key: str) -> str:
    """Return how a command is run from the palette: `Ctrl+P, “Pin”`."""
    command = next(command for command in COMMANDS if command.name == name)
    return _("{key}, “{command}”").format(key=palette_key, command=_(command.title))


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
