"""The rows of the dialog: installed models and the list, with their details."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import N_, _
from tui_chat.core.text.quantities import byte_size
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.local_model.hub.catalog import CATALOG, CatalogModel
from tui_chat.local_model.hub.find_installed import short_name
from tui_chat.local_model.hub.hub_cache import HubCache, hub_cache_folder
from tui_chat.local_model.hub.hub_errors import PACKAGE_HINT
from tui_chat.local_model.hub.machine import Fit, fit_of, memory_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FITS: Final = {
    Fit.COMFORTABLE: N_("runs well on this machine"),
    Fit.TIGHT: N_("is tight on this machine"),
    Fit.TOO_LARGE: N_("needs more memory than this machine has"),
}


class RowAction(Enum):
    """The effect of Enter on a row."""

    USE = "use"
    GET = "get"
    STOP = "stop"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model of the dialog."""

    action: RowAction
    name: str
    title: str
    """The whole row."""
    details: str
    path: Path | None = None
    """The file of an installed model; None for the built-in one and for the list."""
    projector: Path | None = None


@dataclass(frozen=True, slots=True)
class ModelRows:
    """Everything that the dialog shows."""

    installed: tuple[ModelRow, ...]
    offered: tuple[ModelRow, ...]
    problem: str = ""
    """Why nothing can be downloaded; empty if it can."""


def read_rows(env: Mapping[str, str], in_use: Path | None, running: str = "") -> ModelRows:
    """Return the models of this machine and the list; it reads files, so call it in a thread.

    Args:
        env: Names the folder of the models.
        in_use: The model file that is in use; None for the built-in one.
        running: The name that is being downloaded.
    """
    models = HubCache(hub_cache_folder(env)).installed()
    rows = [_row(_("SmolLM2-135M, built-in"), "built-in", "", in_use is None)]
    for model in models:
        name = short_name(model, models)
        title = f"{sanitize_line(name, 60)} · {byte_size(model.size)}"
        row = _row(title, name, sanitize_line(model.repository, 100), model.path == in_use)
        rows.append(
            ModelRow(row.action, row.name, row.title, row.details, model.path, model.projector)
        )
    known = {model.repository for model in models}
    memory = memory_bytes()
    offered = tuple(
        _offer(row, memory, is_running=row.name == running)
        for row in CATALOG
        if row.repository not in known
    )
    return ModelRows(tuple(rows), offered, _problem())


def _problem() -> str:
    if find_spec("huggingface_hub") is not None:
        return ""
    text = _("To download one, the package huggingface_hub is needed. {hint}")
    return text.format(hint=_(PACKAGE_HINT))


def _row(title: str, name: str, details: str, is_in_use: bool) -> ModelRow:
    if is_in_use:
        return ModelRow(RowAction.NOTHING, name, f"● {title} · {_('in use')}", details)
    return ModelRow(RowAction.USE, name, f"  {title}", details)


def _offer(row: CatalogModel, memory: int, *, is_running: bool) -> ModelRow:
    fit = fit_of(row.needed_bytes, memory)
    needed = _("about {size} of memory").format(size=byte_size(row.needed_bytes))
    facts = [row.title, needed]
    if row.sees_pictures:
        facts.append(_("sees pictures"))
    if is_running:
        facts = [row.title, _("is being downloaded")]
    details = [
        _("Good at: {strength}").format(strength=_(row.strength)),
        _("Languages: {languages}").format(languages=_(row.languages)),
        _("{licence} · {page}").format(licence=row.licence, page=row.page),
        _(_FITS[fit]),
    ]
    action = RowAction.STOP if is_running else RowAction.GET
    return ModelRow(action, row.name, f"{fit.mark} {' · '.join(facts)}", "\n".join(details))
