"""Validates [keys] and the theme of config.toml.

The chat reports the problems after its first paint, `tui-chat doctor` with the configuration.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from textual.keys import Keys
from textual.theme import BUILTIN_THEMES

from tui_chat.config.problems import ConfigProblem, key_label, nearest, quoted
from tui_chat.config.toml_source import read_toml
from tui_chat.core.labels import _
from tui_chat.ui.commands.table import COMMANDS
from tui_chat.ui.config_check.default_keys import FOCUS_GROUPS, default_keys
from tui_chat.ui.settings.user_themes import load_user_themes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tui_chat.session.launch import Launch

_MODIFIERS: Final = ("ctrl", "shift", "alt", "super", "hyper", "meta")
_NAMED_KEYS: Final = frozenset(
    {key.value for key in Keys} | {"space", "slash", "backslash", "at", "minus", "plus"}
    | {"underscore", "less_than_sign", "greater_than_sign", "upper_a"}
)  # fmt: skip
_ALIASES: Final = {
    "esc": "escape", "return": "enter", "del": "delete", "pgup": "pageup", "pgdn": "pagedown",
    "page_up": "pageup", "page_down": "pagedown", "ins": "insert", "bksp": "backspace",
}  # fmt: skip
_Problem = tuple[tuple[str, str], str, str]
"""Path, summary with the placeholder `{key}` filled in, and hint."""


def ui_problems(launch: Launch) -> list[ConfigProblem]:
    """Return the invalid entries of [keys] and [ui], in file order, and the broken themes."""
    file = launch.paths.config_file
    themes, problems = load_user_themes(launch.paths.themes_dir)
    names = [*BUILTIN_THEMES, *(theme.name for theme in themes)]
    found = [*_theme_problems(launch.ui.theme, names), *_key_problems(launch.keys)]
    if not found:
        return problems
    text = read_toml(file)
    in_file = sorted(
        (
            ConfigProblem(file, text.line_of(path), ".".join(path), summary, hint)
            for path, summary, hint in found
        ),
        key=lambda problem: problem.line or 0,
    )
    return [*in_file, *problems]


def _theme_problems(theme: str | None, names: Sequence[str]) -> Iterator[_Problem]:
    if theme and theme not in names:
        path = ("ui", "theme")
        guess = nearest(theme, names)
        hint = (
            _("Did you mean “{theme}”? Ctrl+P, Theme lists all themes.")
            if guess
            else _("Ctrl+P, Theme lists all themes.")
        )
        summary = _("{key}: there is no theme “{theme}”.")
        yield (
            path,
            summary.format(key=key_label(path), theme=quoted(theme)),
            hint.format(theme=guess),
        )


def _key_problems(keys: Mapping[str, str]) -> Iterator[_Problem]:
    defaults = default_keys(cls for group in FOCUS_GROUPS for cls in group)
    keyless = {f"chat.{command.name}" for command in COMMANDS if not command.key}
    for action, names in keys.items():
        path = ("keys", action)
        label = key_label(path)
        if action in keyless:
            summary = _("{key} is a command without a key.").format(key=label)
            yield path, summary, _("Ctrl+P runs it.")
        elif action not in defaults:
            guess = nearest(action, defaults)
            hint = _("Did you mean `{action}`?") if guess else _("F1 in the chat lists all keys.")
            summary = _("{key} is not an action with a key.").format(key=label)
            yield path, summary, hint.format(action=guess)
        for name in names.split(","):
            if (advice := key_advice(name)) is not None:
                summary = _("{key}: “{name}” is not a key.")
                yield path, summary.format(key=label, name=quoted(name)), advice
    yield from _clashes(keys)


def _clashes(keys: Mapping[str, str]) -> Iterator[_Problem]:
    """Yield each pair of actions that share a key in one group, once."""
    reported: set[frozenset[str]] = set()
    for group in FOCUS_GROUPS:
        defaults = default_keys(group)
        taken: dict[str, str] = {}
        # Actions with user-defined keys come last, so that they are the ones reported.
        for action in sorted(defaults, key=lambda name: name in keys):
            for name in keys.get(action, defaults[action]).split(","):
                other = taken.setdefault(name.strip(), action)
                pair = frozenset((action, other))
                if other != action and pair not in reported and action in keys:
                    reported.add(pair)
                    path = ("keys", action)
                    summary = _("{key} and `{other}` share the key {name}: only one works.")
                    yield (
                        path,
                        summary.format(key=key_label(path), other=other, name=quoted(name)),
                        _("Choose another key for one of them."),
                    )


def key_advice(name: str) -> str | None:
    """Return a suggestion for an invalid key name; None for a valid one."""
    *modifiers, key = name.split("+") if name != "+" else ["+"]
    if all(modifier in _MODIFIERS for modifier in modifiers) and _is_key(key):
        return None
    lower = [_MODIFIERS[0] if it.lower() in ("c", "control", "strg", "^") else it.lower()
             for it in modifiers]  # fmt: skip
    folded = key.lower() if modifiers or len(key) > 1 else key
    guess = _ALIASES.get(folded, _character_name(folded))
    if all(modifier in _MODIFIERS for modifier in lower) and _is_key(guess):
        return _("Did you mean “{name}”?").format(name="+".join([*lower, guess]))
    return _("Examples: {examples}.").format(examples='"ctrl+o", "f5", "slash"')


def _is_key(key: str) -> bool:
    if key in _NAMED_KEYS or (len(key) == 1 and key.isalnum()):
        return True
    try:
        character = unicodedata.lookup(key.replace("_", " "))
    except KeyError:
        return False
    # `lookup` also accepts aliases of control characters such as ESC, which have no name.
    return bool(len(character) == 1 and unicodedata.name(character, ""))


def _character_name(key: str) -> str:
    """Return Textual's name of a punctuation key: `/` is slash, `[` is left_square_bracket."""
    if len(key) != 1 or key.isalnum():
        return key
    name = unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
    short = {
        "solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at",
        "hyphen_minus": "minus", "plus_sign": "plus", "low_line": "underscore",
    }  # fmt: skip
    return short.get(name, name)
