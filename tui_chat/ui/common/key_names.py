"""Display names of keys, and the key that a binding has now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.labels import N_, _
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
    "question_mark": "?",
    "slash": "/",
    "underscore": "_",
    "backslash": "\\",
    "minus": "-",
}
_TOLD: Final = {
    "turn.stop": "escape",
    "app.commands": "ctrl+p",
    "app.help": "f1",
    "chat.format": "ctrl+g",
    "chat.export": "ctrl+s",
    "chat.model": "ctrl+l",
    "chat.new": "ctrl+n",
    "chat.open": "ctrl+o",
    "prompt.up": "up",
    "message.continue": "c",
    "message.again": "r",
    "message.previous_version": "left_square_bracket",
    "message.next_version": "right_square_bracket",
    "message.edit": "e",
    "message.undo": "u",
    "message.leave_out": "o",
    "prompt.undo": "ctrl+underscore",
    "message.fix": "x",
    "message.fold": "enter",
}
"""Default keys named in texts before they work: keys on a message that is not focused yet."""

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


def live_keys(screen: Screen[Any]) -> dict[str, str]:
    """Return the active keys, including remapped ones, by binding id."""
    keys: dict[str, str] = {}
    for active in screen.active_bindings.values():
        if active.enabled and active.binding.id:
            keys.setdefault(active.binding.id, binding_name(active.binding))
    return keys


def key_hints(screen: Screen[Any], ids: Iterable[str]) -> str:
    """Return active keys with their descriptions, for a line of hints: `y copy   Esc close`.

    Args:
        screen: The screen of the bindings.
        ids: The ids of the bindings, in order; inactive ones are skipped.
    """
    bindings: dict[str, Binding] = {}
    for active in screen.active_bindings.values():
        if active.enabled and active.binding.id:
            bindings.setdefault(active.binding.id, active.binding)
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
    return key_name(_TOLD[binding])


def key_of(app: App[Any], binding: str) -> str:
    """Return the key of a binding, remapped or default.

    Args:
        app: Holds the user's key map.
        binding: The id of the binding.
    """
    changed = keymap_of(app).get(binding)
    return key_name(changed.split(",")[0].strip()) if changed else usual_key(binding)


def _is_function(name: str) -> bool:
    return len(name) > 1 and name[0] == "f" and name[1:].isdigit()
