"""Display names of keys, and the key that a binding has now."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.labels import N_, _
from tui_chat.ui.commands.call_table import CALL_COMMANDS
from tui_chat.ui.commands.cursor_table import CURSOR_COMMANDS
from tui_chat.ui.commands.message_table import MESSAGE_COMMANDS
from tui_chat.ui.commands.table import APP_COMMANDS, COMMANDS
from tui_chat.ui.terminal.textual_internals import keymap_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.app import App
    from textual.binding import Binding
    from textual.screen import Screen

    KeyOf = Callable[[str], str]
    """Returns the key of a binding, by its id."""

_NAMES: Final = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "enter": N_("Enter"),
    "escape": N_("Esc"),
    "tab": N_("Tab"),
    "space": N_("Space"),
    "backspace": N_("Backspace"),
    "delete": N_("Del"),
    "home": N_("Home"),
    "end": N_("End"),
    "pageup": N_("PgUp"),
    "pagedown": N_("PgDn"),
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "greater_than_sign": ">",
    "dollar_sign": "$",
    "question_mark": "?",
    "slash": "/",
    "underscore": "_",
    "backslash": "\\",
    "minus": "-",
}
_PROMPT_KEYS: Final = {
    "turn.stop": "escape",
    "prompt.send": "enter",
    "prompt.up": "up",
    "prompt.undo": "ctrl+underscore",
}
"""Default keys of the prompt that texts name; those of commands are in their tables."""

_MODIFIERS: Final = {"ctrl": "Ctrl+", "shift": "Shift+", "alt": "Alt+", "super": "Super+"}


def key_name(key: str) -> str:
    """Return the display name of a Textual key: `ctrl+j` is ^J, `pageup` is PgUp."""
    *modifiers, name = key.split("+") if key != "+" else ["+"]
    shown = _(_NAMES.get(name, "")) or (name.upper() if modifiers or _is_function(name) else name)
    if modifiers == ["ctrl"] and len(shown) == 1 and shown.isascii():
        return f"^{shown}"
    return "".join(_MODIFIERS.get(modifier, f"{modifier}+") for modifier in modifiers) + shown


def binding_name(binding: Binding) -> str:
    """Return the display name of a binding's first key."""
    return key_name(binding.key.split(",")[0].strip())


def live_bindings(screen: Screen[Any]) -> dict[str, Binding]:
    """Return the active bindings, with remapped keys, by id."""
    bindings: dict[str, Binding] = {}
    for active in screen.active_bindings.values():
        if active.enabled and active.binding.id:
            bindings.setdefault(active.binding.id, active.binding)
    return bindings


def live_keys(screen: Screen[Any]) -> dict[str, str]:
    """Return the names of the active keys, including remapped ones, by binding id."""
    return {name: binding_name(binding) for name, binding in live_bindings(screen).items()}


def key_hints(screen: Screen[Any], ids: Iterable[str]) -> str:
    """Return active keys with their descriptions, for a line of hints: `y copy   Esc close`.

    Args:
        screen: The screen of the bindings.
        ids: The ids of the bindings, in order; inactive ones are skipped.
    """
    bindings = live_bindings(screen)
    return "   ".join(
        f"{binding_name(bindings[it])} {_(bindings[it].description)}"
        for it in ids
        if it in bindings
    )


def usual_key(binding: str) -> str:
    """Return the default key of a binding.

    Args:
        binding: The id of the binding.
    """
    return key_name(_default_keys()[binding].split(",")[0])


def key_of(app: App[Any], binding: str) -> str:
    """Return the key of a binding, remapped or default.

    Args:
        app: Holds the user's key map.
        binding: The id of the binding.
    """
    changed = keymap_of(app).get(binding)
    return key_name(changed.split(",")[0].strip()) if changed else usual_key(binding)


@cache
def _default_keys() -> dict[str, str]:
    commands = (*COMMANDS, *APP_COMMANDS, *MESSAGE_COMMANDS, *CALL_COMMANDS, *CURSOR_COMMANDS)
    return {command.binding_id: command.key for command in commands} | _PROMPT_KEYS


def _is_function(name: str) -> bool:
    return len(name) > 1 and name[0] == "f" and name[1:].isdigit()
