"""How keys are written for a person, and which key a binding has now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from textual.binding import Binding
    from textual.screen import Screen

_NAMES: Final = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "enter": "Enter",
    "escape": "Esc",
    "tab": "Tab",
    "space": "Space",
    "backspace": "Backspace",
    "delete": "Del",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "question_mark": "?",
    "slash": "/",
}
_MODIFIERS: Final = {"ctrl": "Ctrl+", "shift": "Shift+", "alt": "Alt+", "super": "Super+"}


def key_name(key: str) -> str:
    """Return a key of Textual's as a person reads it: `ctrl+j` is ^J, `pageup` is PgUp."""
    *modifiers, name = key.split("+") if key != "+" else ["+"]
    shown = _NAMES.get(name) or (name.upper() if modifiers or _is_function(name) else name)
    if modifiers == ["ctrl"] and len(name) == 1:
        return f"^{shown}"
    return "".join(_MODIFIERS.get(modifier, f"{modifier}+") for modifier in modifiers) + shown


def binding_name(binding: Binding) -> str:
    """Return the first key of a binding as a person reads it."""
    return key_name(binding.key.split(",")[0].strip())


def live_keys(screen: Screen[Any]) -> dict[str, str]:
    """Return the keys that work now, remapped ones too, by the id of their binding."""
    keys: dict[str, str] = {}
    for active in screen.active_bindings.values():
        if active.enabled and active.binding.id:
            keys.setdefault(active.binding.id, binding_name(active.binding))
    return keys


def _is_function(name: str) -> bool:
    return len(name) > 1 and name[0] == "f" and name[1:].isdigit()
