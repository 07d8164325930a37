"""Maps the `/commands` of other chat programs to the commands of this one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import _
from tui_chat.ui.chat.command_table import COMMANDS, palette_hint
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
    """Return the command that a line such as `/new` names; empty for any other text.

    A path, several words, several lines and a line that begins with a space are texts.
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
    # Imported only for a mistyped word.
    import difflib

    alike = difflib.get_close_matches(word, known, n=1, cutoff=_LIKENESS)
    return known[alike[0]] if alike else ""


def slash_hint(name: str, keys: Mapping[str, str]) -> str:
    """Return how a command is run here.

    Args:
        name: The name of the command.
        keys: The keys in use, by the id of their binding.
    """
    if name == "quit":
        key = keys.get("app.quit") or key_name("ctrl+q")
        return _("{key} quits. To send this as text, put a space before the /.").format(key=key)
    command = next(command for command in COMMANDS if command.name == name)
    palette = keys.get("app.commands") or key_name("ctrl+p")
    return _("{key}: {description}. To send this as text, put a space before the /.").format(
        key=keys.get(f"chat.{name}") or palette_hint(name, palette),
        description=_(command.tooltip),
    )
