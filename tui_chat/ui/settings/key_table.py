"""The actions with keys, and the actions that a key would collide with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_chat.core.labels import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class KeyAction:
    """An action that has a key."""

    id: str
    """Its name in [keys]."""
    default: str
    """Its default keys, separated by commas."""
    title: str
    """Marked by `N_`."""

    @property
    def label(self) -> str:
        """The description for the user."""
        return _(self.title)


class KeyTable:
    """All actions, with the groups of those that are active at the same time."""

    def __init__(self, groups: Sequence[Mapping[str, Binding]], keymap: Mapping[str, str]) -> None:
        """Create the table.

        Args:
            groups: The bindings by id; within a group each key must be unique.
            keymap: The user's keys by id.
        """
        self._groups = groups
        self.keymap = dict(keymap)
        self.actions: dict[str, KeyAction] = {}
        for group in groups:
            for name, binding in group.items():
                title = binding.tooltip or binding.description or name
                self.actions.setdefault(name, KeyAction(name, binding.key, title))

    def keys_of(self, name: str) -> list[str]:
        """Return the present keys of an action."""
        keys = self.keymap.get(name, self.actions[name].default)
        return [key.strip() for key in keys.split(",") if key.strip()]

    def conflicts(self, name: str, key: str) -> list[KeyAction]:
        """Return the other actions that have a key in a group of this action."""
        found: dict[str, KeyAction] = {}
        for group in self._groups:
            if name not in group:
                continue
            for other in group:
                if other != name and key in self.keys_of(other):
                    found[other] = self.actions[other]
        return list(found.values())

    def swapped(self, name: str, key: str) -> dict[str, str]:
        """Return the new keys by action if an action gets a key.

        An action that has the key gets the first key of this action in its place.
        """
        changes = {name: key}
        freed = self.keys_of(name)[0]
        for other in self.conflicts(name, key):
            keys = [freed if it == key else it for it in self.keys_of(other.id)]
            changes[other.id] = ",".join(dict.fromkeys(keys))
        return changes
