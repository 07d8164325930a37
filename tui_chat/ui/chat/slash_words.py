"""Answers `/words`, which other chat programs take as commands, with the key that does it here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.ui.chat.command_table import COMMANDS
from tui_chat.ui.common.key_names import key_name

if TYPE_CHECKING:
    from collections.abc import Mapping

HELP: Final = "help"

_SLASH_WORD: Final = re.compile(r"/([A-Za-z?][A-Za-z_-]*)\s*\Z")
_ALIASES: Final = {
    "?": HELP, "h": HELP, "keys": HELP, "commands": HELP,
    "clear": "new", "reset": "new", "restart": "new", "chat": "new", "newchat": "new",
    "models": "model", "profile": "model", "profiles": "model", "switch": "model",
    "endpoint": "model", "provider": "model",
    "list": "open", "history": "open", "load": "open", "resume": "open", "search": "find",
    "chats": "open", "conversations": "open", "sessions": "open",
    "save": "export", "title": "rename", "json": "format", "schema": "format",
    "copy": "copy_all", "compact": "sum_up", "summarize": "sum_up", "debug": "wire",
    "exit": "quit", "q": "quit", "bye": "quit",
}  # fmt: skip
_LIKENESS: Final = 0.8


def slash_command(text: str) -> str:
    """Return the command that a line such as `/new` means; empty when it is a text like any other.

    A path, several words, several lines and a line that begins with a blank are texts.
    """
    match = _SLASH_WORD.match(text)
    if match is None:
        return ""
    word = match[1].lower().replace("-", "_")
    known = {command.name: command.name for command in COMMANDS} | _ALIASES
    known |= {HELP: HELP, "quit": "quit"}
    if word in known:
        return known[word]
    if len(word) < 4 or Path(f"/{match[1]}").exists():
        return ""
    # Only a mistyped word pays for it.
    import difflib

    alike = difflib.get_close_matches(word, known, n=1, cutoff=_LIKENESS)
    return known[alike[0]] if alike else ""


def slash_hint(name: str, keys: Mapping[str, str]) -> str:
    """Return how a command is carried out here.

    Args:
        name: Of the command.
        keys: The keys in use, by the id of their binding.
    """
    as_text = "A blank in front of the / sends it as text."
    if name == "quit":
        return f"{keys.get('app.quit') or key_name('ctrl+q')} quits. {as_text}"
    command = next(command for command in COMMANDS if command.name == name)
    key = keys.get(f"chat.{name}")
    where = key or f"{keys.get('app.commands') or key_name('ctrl+p')}, “{command.title}”"
    return f"{where}: {command.tooltip}. {as_text}"
