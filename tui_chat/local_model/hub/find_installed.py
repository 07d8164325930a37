"""Finds an installed model by the name that a user types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.config.problems import nearest
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _, join_list
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.local_model.hub.catalog import CATALOG
from tui_chat.local_model.model_file import model_id_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.local_model.hub.hub_cache import InstalledModel

BUILT_IN: Final = "built-in"
_BUILT_IN_NAMES: Final = (BUILT_IN, "builtin", "bundled", "default")


def is_built_in(name: str) -> bool:
    """Return whether a name means the model that comes with the program."""
    return name.strip().casefold() in _BUILT_IN_NAMES


def short_name(model: InstalledModel, models: Sequence[InstalledModel]) -> str:
    """Return the shortest name that `find_installed` finds a model by."""
    for name in _names(model):
        if sum(name in _names(other) for other in models) == 1:
            return name
    return str(model.path)


def find_installed(name: str, models: Sequence[InstalledModel]) -> InstalledModel:
    """Return the installed model with a name, file name, repository or path.

    Raises:
        ConfigError: No model or several models have it; the error lists them.
    """
    folded = name.strip().casefold()
    found = [
        model for model in models if folded in _names(model) or name.strip() == str(model.path)
    ]
    if len(found) == 1:
        return found[0]
    shown = sanitize_line(name, 80)
    if found:
        names = join_list(sanitize_line(short_name(model, models), 80) for model in found)
        raise ConfigError(
            _("Several installed models are called “{name}”.").format(name=shown),
            _("Name one of them: {names}").format(names=names),
        )
    known = [short_name(model, models) for model in models]
    summary = _("No installed model is called “{name}”.").format(name=shown)
    if guess := nearest(name, known):
        hint = _("Did you mean “{guess}”?").format(guess=sanitize_line(guess, 80))
    elif any(folded == row.name for row in CATALOG):
        hint = _("Download it: tui-chat local get {name}").format(name=shown)
    else:
        hint = _("`tui-chat local` shows the installed ones and the list.")
    raise ConfigError(summary, hint)


def _names(model: InstalledModel) -> tuple[str, ...]:
    """Return all names of a model, folded; the best one first."""
    rows = [row.name for row in CATALOG if row.repository == model.repository]
    named = (model_id_of(model.path), model.path.stem, model.path.name, model.repository)
    file = f"{model.repository}/{model.path.name}"
    return tuple(dict.fromkeys(name.casefold() for name in (*rows, *named, file)))
