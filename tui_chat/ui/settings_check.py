"""Checks the parts of config.toml that only the user interface understands: [keys] and the theme.

The chat reports them after its first paint, `tui-chat doctor` among the rest of the configuration.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from textual.binding import Binding
from textual.keys import Keys
from textual.theme import BUILTIN_THEMES

from tui_chat.config.problems import ConfigProblem, nearest, place, quoted
from tui_chat.config.toml_source import read_toml
from tui_chat.ui.app import ChatApp
from tui_chat.ui.chat.command_table import COMMANDS
from tui_chat.ui.chat.screen import ChatScreen
from tui_chat.ui.common.modal import Modal
from tui_chat.ui.conversations.picker import ConversationPicker, QueryInput
from tui_chat.ui.export.export_screen import ExportScreen
from tui_chat.ui.find.find_bar import FindBar, FindInput
from tui_chat.ui.inspector.error_details import ErrorDetails
from tui_chat.ui.inspector.wire_view import WireView
from tui_chat.ui.messages.link_picker import LinkPicker
from tui_chat.ui.messages.message_list import MessageList
from tui_chat.ui.models.plain_http import PlainHttp
from tui_chat.ui.models.profile_picker import ProfilePicker
from tui_chat.ui.models.send_elsewhere import SendElsewhere
from tui_chat.ui.objects.format_picker import FormatPicker
from tui_chat.ui.objects.node_tree import NodeTree
from tui_chat.ui.objects.workbench import Workbench
from tui_chat.ui.prompt.editing_area import EditingArea
from tui_chat.ui.prompt.prompt_input import PromptInput
from tui_chat.ui.text_view.line_view import LineView

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from textual.dom import DOMNode

    from tui_chat.session.launch import Launch

_EVERYWHERE: Final[tuple[type[DOMNode], ...]] = (ChatApp, ChatScreen)
# What has the focus beside what: keys of one group reach the same user.
_GROUPS: Final[tuple[tuple[type[DOMNode], ...], ...]] = (
    (*_EVERYWHERE, PromptInput, EditingArea),
    (*_EVERYWHERE, MessageList),
    (*_EVERYWHERE, FindBar, FindInput),
    (Modal, ConversationPicker, QueryInput),
    (Modal, ExportScreen),
    (Modal, FormatPicker),
    (Modal, LinkPicker),
    (Modal, SendElsewhere),
    (Modal, PlainHttp),
    (Modal, ProfilePicker),
    (WireView, LineView),
    (ErrorDetails, LineView),
    (Workbench, NodeTree),
)
_MODIFIERS: Final = ("ctrl", "shift", "alt", "super", "hyper", "meta")
_NAMED_KEYS: Final = frozenset(
    {key.value for key in Keys} | {"space", "slash", "backslash", "at", "minus", "plus"}
    | {"underscore", "less_than_sign", "greater_than_sign", "upper_a"}
)  # fmt: skip
_SPOKEN: Final = {
    "esc": "escape", "return": "enter", "del": "delete", "pgup": "pageup", "pgdn": "pagedown",
    "page_up": "pageup", "page_down": "pagedown", "ins": "insert", "bksp": "backspace",
}  # fmt: skip


def ui_problems(launch: Launch) -> list[ConfigProblem]:
    """Return what in [keys] and [ui] does not work, in the order of the file."""
    file = launch.paths.config_file
    found = [*_theme_problems(launch.ui.theme), *_key_problems(launch.keys)]
    if not found:
        return []
    text = read_toml(file)
    return sorted(
        (
            ConfigProblem(file, text.line_of(path), ".".join(path), f"{place(path)} {what}", todo)
            for path, what, todo in found
        ),
        key=lambda problem: problem.line or 0,
    )


_Found = tuple[tuple[str, str], str, str]


def _theme_problems(theme: str | None) -> Iterator[_Found]:
    if theme and theme not in BUILTIN_THEMES:
        meant = nearest(theme, BUILTIN_THEMES)
        todo = f"Did you mean “{meant}”? " if meant else ""
        yield (
            ("ui", "theme"),
            f"names “{quoted(theme)}”: there is no theme of that name.",
            f"{todo}Ctrl+P, Theme lists them.",
        )


def _key_problems(keys: Mapping[str, str]) -> Iterator[_Found]:
    usual = _usual_keys(cls for group in _GROUPS for cls in group)
    keyless = {f"chat.{command.name}" for command in COMMANDS if not command.key}
    for action, names in keys.items():
        path = ("keys", action)
        if action in keyless:
            yield path, "is a command without a key.", "Ctrl+P runs it."
        elif action not in usual:
            meant = nearest(action, usual)
            todo = f"Did you mean `{meant}`?" if meant else "F1 in the chat lists all keys."
            yield path, "is not an action that has a key.", todo
        for name in names.split(","):
            if (advice := _key_advice(name)) is not None:
                yield path, f"names “{quoted(name)}”, which is not a key.", advice
    yield from _clashes(keys)


def _clashes(keys: Mapping[str, str]) -> Iterator[_Found]:
    """Yield the actions that share a key within reach of each other, each pair once."""
    told: set[frozenset[str]] = set()
    for group in _GROUPS:
        usual = _usual_keys(group)
        taken: dict[str, str] = {}
        # The actions with keys of the user last: they are the ones to name first.
        for action in sorted(usual, key=lambda name: name in keys):
            for name in keys.get(action, usual[action]).split(","):
                other = taken.setdefault(name.strip(), action)
                pair = frozenset((action, other))
                if other != action and pair not in told and action in keys:
                    told.add(pair)
                    yield (
                        ("keys", action),
                        f"and `{other}` share one key, {quoted(name)}: only one of them works.",
                        "Give one of them another key.",
                    )


def _usual_keys(classes: Iterable[type[DOMNode]]) -> dict[str, str]:
    """Return the keys of all actions of some classes as they come, by action."""
    found: dict[str, str] = {}
    for cls in classes:
        for binding in vars(cls).get("BINDINGS", ()):
            if isinstance(binding, Binding) and binding.id:
                found.setdefault(binding.id, binding.key)
    return found


def _key_advice(name: str) -> str | None:
    """Return what to do about a name that is not a key's; None if it is one."""
    *modifiers, key = name.split("+") if name != "+" else ["+"]
    right = [modifier for modifier in modifiers if modifier in _MODIFIERS]
    if right == modifiers and _is_key(key):
        return None
    lower = [_MODIFIERS[0] if it.lower() in ("c", "control", "strg", "^") else it.lower()
             for it in modifiers]  # fmt: skip
    spoken = key.lower() if modifiers or len(key) > 1 else key
    meant = _SPOKEN.get(spoken, _character_name(spoken))
    if all(modifier in _MODIFIERS for modifier in lower) and _is_key(meant):
        return f"Did you mean “{'+'.join([*lower, meant])}”?"
    return 'Such as "ctrl+o", "f5" or "slash".'


def _is_key(key: str) -> bool:
    if key in _NAMED_KEYS or (len(key) == 1 and key.isalnum()):
        return True
    try:
        character = unicodedata.lookup(key.replace("_", " "))
    except KeyError:
        return False
    # Controls are found by aliases such as ESC, and have no name.
    return bool(len(character) == 1 and unicodedata.name(character, ""))


def _character_name(key: str) -> str:
    """Return Textual's name of a sign: `/` is slash, `[` is left_square_bracket."""
    if len(key) != 1 or key.isalnum():
        return key
    name = unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
    short = {
        "solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at",
        "hyphen_minus": "minus", "plus_sign": "plus", "low_line": "underscore",
    }  # fmt: skip
    return short.get(name, name)
