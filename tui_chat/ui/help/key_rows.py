"""The rows of the key help: every key as it is bound now, grouped by activity."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from tui_chat.core.labels import N_, _
from tui_chat.ui.commands.call_table import CALL_COMMANDS
from tui_chat.ui.commands.command import GROUP_TITLES, Group
from tui_chat.ui.commands.cursor_table import CURSOR_COMMANDS
from tui_chat.ui.commands.message_table import MESSAGE_COMMANDS
from tui_chat.ui.commands.table import APP_COMMANDS, COMMANDS
from tui_chat.ui.common.key_names import key_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from textual.binding import Binding

    from tui_chat.ui.commands.command import Command

_TEXT_AREA: Final = (
    N_("Cursor up"),
    N_("Cursor down"),
    N_("Cursor left"),
    N_("Cursor right"),
    N_("Cursor word left"),
    N_("Cursor word right"),
    N_("Cursor line start"),
    N_("Cursor line end"),
    N_("Cursor page up"),
    N_("Cursor page down"),
    N_("Cursor left word select"),
    N_("Cursor right word select"),
    N_("Cursor line start select"),
    N_("Cursor line end select"),
    N_("Cursor up select"),
    N_("Cursor down select"),
    N_("Cursor left select"),
    N_("Cursor right select"),
    N_("Select line"),
    N_("Select all"),
    N_("Delete character left"),
    N_("Delete left to start of word"),
    N_("Delete character right"),
    N_("Delete right to start of word"),
    N_("Cut"),
    N_("Copy"),
    N_("Paste"),
    N_("Delete to line start"),
    N_("Delete to line end"),
    N_("Delete line"),
    N_("Undo"),
    N_("Redo"),
)
"""Descriptions in Textual's text area (8.2), marked for extraction."""
_READING_IN_THE_PROMPT: Final = ("prompt.up", "prompt.page_up", "prompt.page_down", "prompt.follow")
_EDITING: Final = ("prompt.undo", "prompt.redo", "prompt.yank", "prompt.expand")
_MOST_KEYS: Final = 2
_NO_SLASHES: Final[Mapping[str, str]] = MappingProxyType({})


class KeyRow(NamedTuple):
    """One action."""

    keys: str
    """Empty for a command without a key."""
    words: str
    slash: str = ""
    """Its name in the prompt: `/new`."""


KeyGroups = list[tuple[str, list[KeyRow]]]
"""Headings, each with its rows, in display order."""


def key_groups(bindings: Iterable[Binding], keymap: Mapping[str, str]) -> KeyGroups:
    """Return all keys and commands, grouped by activity.

    Args:
        bindings: The bindings of the chat and its widgets.
        keymap: The user's remapped keys by binding id.
    """
    all_bindings = list(bindings)
    table = (*COMMANDS, *MESSAGE_COMMANDS, *CALL_COMMANDS, *CURSOR_COMMANDS, *APP_COMMANDS)
    known = {command.binding_id: command for command in table}
    slashes = {it.binding_id: f"/{it.slash_name}" for it in table if it.is_listed}
    groups: KeyGroups = []
    for group, title in GROUP_TITLES.items():
        inside = [it for it in all_bindings if _group_of(it, known) is group]
        rows = key_rows(inside, keymap, slashes=slashes)
        rows += [
            KeyRow("", _(command.tooltip), f"/{command.slash_name}")
            for command in table
            if command.group is group and command.is_listed and not command.key
        ]
        rows += key_rows(inside, keymap, are_ours=False)
        groups.append((_(title), rows))
    return groups


def _group_of(binding: Binding, known: Mapping[str, Command]) -> Group:
    if (command := known.get(binding.id or "")) is not None:
        return command.group
    if binding.id in _READING_IN_THE_PROMPT or (binding.id or "").startswith("find."):
        return Group.READ
    if not binding.id or binding.id in _EDITING:
        return Group.EDIT
    return Group.ASK


def key_rows(
    bindings: Iterable[Binding],
    keymap: Mapping[str, str],
    *,
    slashes: Mapping[str, str] = _NO_SLASHES,
    are_ours: bool = True,
) -> list[KeyRow]:
    """Return keys and their descriptions, one row per action.

    Args:
        bindings: The bindings of one widget or screen.
        keymap: The user's remapped keys by binding id.
        slashes: The names in the prompt by binding id.
        are_ours: True for this program's bindings, which have an id; False for those of
            Textual's widgets.
    """
    rows: dict[str, tuple[list[str], str]] = {}
    for binding in bindings:
        words = _(binding.tooltip or binding.description)
        if not words or bool(binding.id) is not are_ours:
            continue
        keys = keymap.get(binding.id, binding.key) if binding.id else binding.key
        slash = slashes.get(binding.id or "", "")
        row, _slash = rows.setdefault(words[0].upper() + words[1:], ([], slash))
        for key in keys.split(","):
            name = key_name(key.strip())
            if name not in row:
                row.append(name)
    return [
        KeyRow(" ".join(keys[:_MOST_KEYS]), words, slash) for words, (keys, slash) in rows.items()
    ]


def filtered(groups: Sequence[tuple[str, Sequence[KeyRow]]], text: str) -> KeyGroups:
    """Return the rows that contain all words of a text; groups without one are left out."""
    pieces = text.casefold().split()
    found = (
        (
            heading,
            [row for row in rows if all(it in _searched(heading, row) for it in pieces)],
        )
        for heading, rows in groups
    )
    return [(heading, rows) for heading, rows in found if rows]


def _searched(heading: str, row: KeyRow) -> str:
    return " ".join((heading, *row)).casefold()
