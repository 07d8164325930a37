"""Reads the reasoning effort of a profile, and how its endpoint takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.problems import nearest
from tui_chat.config.request_fields import OWN_BODY_KEYS, is_json
from tui_chat.core.labels import _, join_list
from tui_chat.core.parameters.effort import EFFORTS, EffortStyle, known_effort

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.config.toml_table import Table

_MOST_STYLES: Final = len(EffortStyle)
Effort = tuple[str | None, tuple[EffortStyle, ...], "Mapping[str, Mapping[str, Any]]"]


def read_effort(table: Table) -> Effort:
    """Return the values of `effort`, `effort_as` and `effort_fields`."""
    return _read_level(table), _read_styles(table), _read_fields(table)


def _read_level(table: Table) -> str | None:
    text = table.name("effort")
    level = known_effort(text) if text is not None else None
    if text is not None and level is None:
        hint = _("Use one of {values}.").format(values=join_list(EFFORTS))
        table.reject("effort", _("{key} is not a reasoning effort."), hint)
    return level


def _read_styles(table: Table) -> tuple[EffortStyle, ...]:
    given = table.texts("effort_as", _MOST_STYLES) or ()
    known = tuple(EffortStyle)
    if not set(given) <= set(known):
        hint = _("Use one of {values}.").format(values=join_list(known))
        table.reject("effort_as", _("{key} is invalid."), hint)
        return ()
    return tuple(map(EffortStyle, given))


def _read_fields(table: Table) -> Mapping[str, Mapping[str, Any]]:
    inner = table.table("effort_fields")
    found: dict[str, Mapping[str, Any]] = {}
    if inner is None:
        return found
    for name in inner.names():
        level = known_effort(name)
        fields = inner.table(name)
        if level is None:
            guess = nearest(name, EFFORTS)
            hint = (
                _("Did you mean `{key}`?").format(key=guess)
                if guess
                else _("Use one of {values}.").format(values=join_list(EFFORTS))
            )
            inner.reject(name, _("{key} is not a reasoning effort."), hint)
        elif fields is not None:
            found[level] = _checked_fields(fields)
    return found


def _checked_fields(table: Table) -> Mapping[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in table.items():
        if name in OWN_BODY_KEYS:
            table.reject(name, _("{key} is set by the program."), _("Set it in the profile."))
        elif not is_json(value):
            summary = _("{key} contains a value JSON cannot represent, for example a date.")
            table.reject(name, summary, _("Write it as a string."))
        else:
            fields[name] = value
    return fields
