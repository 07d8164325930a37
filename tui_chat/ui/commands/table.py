"""The commands of the chat and of the app. Light: the first paint needs it.

A new command is a row here and an entry in `ui/chat/commands.py`, which carries it out. The command
palette, the key help, the footer and `/name` read this table.
"""

from __future__ import annotations

from typing import Final

from tui_chat.core.labels import N_, _
from tui_chat.ui.commands.command import Command, Group, Scope

COMMANDS: Final = (
    Command(
        "new",
        N_("New conversation"),
        N_("New conversation; again: temporary"),
        "ctrl+n",
        N_("new"),
        needs_rest=False,
        aliases=("clear", "reset", "restart", "chat", "newchat"),
    ),
    Command(
        "open",
        N_("Open conversation"),
        N_("Open or search conversations"),
        "ctrl+o",
        N_("open"),
        needs_rest=False,
        aliases=(
            *("list", "history", "load", "resume", "search"),
            *("chats", "conversations", "sessions"),
        ),
        argument=N_("WORDS"),
    ),
    Command(
        "side_panel",
        N_("Side panel"),
        N_("Show or hide the list of conversations at the left"),
        "f9",
        N_("panel"),
        needs_rest=False,
        aliases=("panel", "sidebar"),
    ),
    Command(
        "rename",
        N_("Rename"),
        N_("Rename this conversation"),
        "f2",
        N_("rename"),
        needs_rest=False,
        aliases=("title",),
        argument=N_("TITLE"),
    ),
    Command(
        "pin",
        N_("Pin"),
        N_("List this conversation first, or unpin"),
        needs_rest=False,
        aliases=("unpin",),
    ),
    Command(
        "export",
        N_("Export conversation"),
        N_("Export to a file"),
        "ctrl+s",
        N_("export"),
        aliases=("save", "download"),
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
        needs_rest=False,
    ),
    Command("keep", N_("Keep this conversation"), N_("Save a temporary conversation")),
    Command(
        "delete",
        N_("Delete conversation"),
        N_("Move this conversation to the trash"),
        slash="delete-conversation",
    ),
    Command(
        "trash",
        N_("Trash"),
        N_("Restore deleted conversations and messages"),
        needs_rest=False,
    ),
    Command("undo", N_("Undo delete"), N_("Restore what was deleted last"), aliases=("restore",)),
    Command(
        "attach",
        N_("Attach a file or a web page"),
        N_("Attach a file or a web page (also by @, or by dropping a file here)"),
        group=Group.ASK,
        needs_rest=False,
        argument=N_("PATH or URL"),
        aliases=("upload",),
    ),
    Command(
        "paste_picture",
        N_("Attach the picture in the clipboard"),
        N_("Attach the picture in the clipboard (also Ctrl+V)"),
        group=Group.ASK,
        needs_rest=False,
    ),
    Command(
        "send_as",
        N_("Change how an attachment is sent"),
        N_("Send the last attachment as text or as a file"),
        "f6",
        N_("as text or file"),
        Group.ASK,
        needs_rest=False,
        is_priority=True,
    ),
    Command(
        "find",
        N_("Find"),
        N_("Find in this conversation"),
        "ctrl+f",
        N_("find"),
        Group.READ,
        needs_rest=False,
        argument=N_("TEXT"),
    ),
    Command(
        "model",
        N_("Profile and model"),
        N_("Choose profile and model"),
        "ctrl+l",
        N_("model"),
        Group.MODEL,
        aliases=("models", "profile", "profiles", "switch", "endpoint", "provider"),
    ),
    Command(
        "compare",
        N_("Ask several models"),
        N_("Ask two to four models at once: the prompt, or the last question again"),
        group=Group.MODEL,
        needs_rest=False,
        argument=N_("QUESTION"),
        aliases=("several", "arena", "versus"),
    ),
    Command(
        "tools",
        N_("Tools"),
        N_("Choose the tools of this conversation"),
        "f7",
        N_("tools"),
        Group.MODEL,
        needs_rest=False,
        is_priority=True,
        aliases=("tool", "mcp"),
    ),
    Command(
        "local_models",
        N_("Models for this machine"),
        N_("Choose or download a model that runs here"),
        group=Group.MODEL,
        needs_rest=False,
        slash="local",
        aliases=("get", "pull"),
    ),
    Command(
        "format",
        N_("Answer format"),
        N_("Choose text, JSON or a schema"),
        "ctrl+g",
        N_("format"),
        Group.MODEL,
        aliases=("json", "schema"),
    ),
    Command(
        "parameters",
        N_("Settings of this conversation"),
        N_("System prompt, reasoning effort, temperature of this conversation"),
        "f3",
        N_("this conversation"),
        Group.MODEL,
        needs_rest=False,
        aliases=(
            *("settings-here", "system", "effort", "temperature", "sampling", "params"),
            *("instructions", "persona", "think", "thinking"),
        ),
    ),
    Command(
        "leave_out",
        N_("Leave out the oldest turns"),
        N_("Stop sending the older half of the conversation; it stays saved"),
        group=Group.MODEL,
    ),
    Command(
        "sum_up",
        N_("Summarize the oldest turns"),
        N_("Send a summary in place of the older half of the conversation"),
        group=Group.MODEL,
        slash="summarize",
        aliases=("compact",),
    ),
    Command(
        "send_all",
        N_("Send everything again"),
        N_("Send the whole conversation, without a summary"),
        group=Group.MODEL,
    ),
    Command(
        "prompts",
        N_("Prompt library"),
        N_("Use, write or change a saved prompt; Tab walks its fields"),
        group=Group.ASK,
        needs_rest=False,
        aliases=("prompt", "templates", "snippets"),
    ),
    Command(
        "editor",
        N_("Edit in your editor"),
        N_("The prompt, or the focused answer, in $VISUAL or $EDITOR (also Ctrl+X Ctrl+E)"),
        "f4",
        N_("editor"),
        Group.ASK,
        needs_rest=False,
        aliases=("vim", "nano"),
    ),
    Command(
        "wire",
        N_("Wire view"),
        N_("Show the last request and response"),
        "f12",
        N_("wire"),
        Group.MODEL,
        needs_rest=False,
        aliases=("debug",),
    ),
    Command(
        "mouse",
        N_("Mouse: app or terminal"),
        N_("Mouse: app or terminal"),
        "ctrl+t",
        N_("mouse"),
        Group.PROGRAM,
        needs_rest=False,
    ),
    Command(
        "settings",
        N_("Settings of the program"),
        N_("Theme, width, answer language, keys"),
        "f8",
        N_("settings"),
        Group.PROGRAM,
        needs_rest=False,
        aliases=("config", "preferences", "options", "set"),
    ),
    Command(
        "problems",
        N_("Problems of config.toml"),
        N_("List the mistakes in config.toml"),
        group=Group.PROGRAM,
        needs_rest=False,
    ),
)

APP_COMMANDS: Final = (
    Command(
        "help",
        N_("Keys"),
        N_("Show all keys and commands"),
        "f1",
        N_("keys"),
        Group.PROGRAM,
        Scope.APP,
        "help",
        aliases=("?", "h", "keys"),
    ),
    Command(
        "commands",
        N_("All commands"),
        N_("All commands"),
        "ctrl+p",
        N_("commands"),
        Group.PROGRAM,
        Scope.APP,
        "command_palette",
        is_listed=False,
        aliases=("palette",),
    ),
    Command(
        "theme",
        N_("Theme"),
        N_("Change the current theme"),
        group=Group.PROGRAM,
        scope=Scope.APP,
        action="change_theme",
        aliases=("themes", "color", "colors"),
    ),
    Command(
        "screenshot",
        N_("Screenshot"),
        N_("Save an SVG of the current screen"),
        group=Group.PROGRAM,
        scope=Scope.APP,
        action="save_screenshot",
    ),
    # Reached only when there is no selection to copy.
    Command(
        "copy",
        N_("Copy the selection"),
        N_("Copy the selection"),
        "ctrl+c",
        N_("copy"),
        Group.READ,
        Scope.APP,
        "explain_keys",
        is_listed=False,
    ),
    Command(
        "suspend",
        N_("Suspend"),
        N_("To the shell; `fg` returns"),
        "ctrl+z",
        N_("suspend"),
        Group.PROGRAM,
        Scope.APP,
        "suspend",
        is_priority=True,
    ),
    Command(
        "quit",
        N_("Quit"),
        N_("Save everything and quit"),
        "ctrl+q",
        N_("quit"),
        Group.PROGRAM,
        Scope.APP,
        "quit",
        is_priority=True,
        aliases=("exit", "q", "bye"),
    ),
)


NAMES_WITH_ARGUMENT: Final = frozenset(
    name
    for command in COMMANDS
    if command.argument
    for name in (command.slash_name, *command.aliases)
)
"""The names after the slash that may be followed by a text."""


def palette_hint(name: str, palette_key: str) -> str:
    """Return how a command is run from the palette: `Ctrl+P, “Pin”`."""
    command = next(command for command in COMMANDS if command.name == name)
    return _("{key}, “{command}”").format(key=palette_key, command=_(command.title))
