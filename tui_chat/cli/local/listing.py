"""The text of `tui-chat local`: the model in use, the installed ones, and the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.file_paths import shown_path
from tui_chat.core.labels import N_, _
from tui_chat.core.text.quantities import byte_size
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.local_model.hub.catalog import CATALOG, CatalogModel
from tui_chat.local_model.hub.find_installed import BUILT_IN, short_name
from tui_chat.local_model.hub.machine import Fit, fit_of
from tui_chat.local_model.model_file import model_id_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tui_chat.local_model.hub.hub_cache import HubCache

_LEGEND: Final = N_("✓ runs well here   ~ runs, but is tight   ✗ needs more memory than there is")


class Listing:
    """The models of this machine and the list."""

    def __init__(self, cache: HubCache, in_use: Path | None, memory: int) -> None:
        self._cache = cache
        self._in_use = in_use
        self._memory = memory
        self._installed = cache.installed()

    def lines(self) -> Iterator[str]:
        """Return the lines for a terminal."""
        yield _("This machine: {memory} of memory, {free} free for models").format(
            memory=byte_size(self._memory), free=byte_size(self._cache.free_bytes())
        )
        yield _("Folder: {folder}").format(folder=shown_path(self._cache.folder))
        yield _("In use: {model}").format(model=self._name_in_use())
        yield ""
        yield from self._installed_lines()
        yield _("Models for this machine (tui-chat local get NAME)")
        for row in CATALOG:
            yield from self._row_lines(row)
        yield ""
        yield _(_LEGEND)

    def as_json(self) -> dict[str, Any]:
        """Return the same as a JSON object."""
        return {
            "memory_bytes": self._memory,
            "free_bytes": self._cache.free_bytes(),
            "folder": str(self._cache.folder),
            "in_use": str(self._in_use) if self._in_use else BUILT_IN,
            "unfinished_bytes": self._cache.unfinished_bytes(),
            "installed": [
                {
                    "name": short_name(model, self._installed),
                    "repository": model.repository,
                    "path": str(model.path),
                    "projector": str(model.projector) if model.projector else None,
                    "bytes": model.size,
                    "is_in_use": model.path == self._in_use,
                }
                for model in self._installed
            ],
            "list": [
                {
                    "name": row.name,
                    "title": row.title,
                    "repository": row.repository,
                    "billions": row.billions,
                    "languages": row.languages,
                    "licence": row.licence,
                    "strength": row.strength,
                    "sees_pictures": row.sees_pictures,
                    "page": row.page,
                    "needed_bytes": row.needed_bytes,
                    "fit": self._fit(row).value,
                }
                for row in CATALOG
            ],
        }

    def _name_in_use(self) -> str:
        if self._in_use is None:
            return _("the built-in SmolLM2-135M")
        return sanitize_line(model_id_of(self._in_use), 80)

    def _installed_lines(self) -> Iterator[str]:
        if self._installed:
            yield _("Installed (tui-chat local use NAME, remove NAME)")
            for model in self._installed:
                notes = [byte_size(model.size)]
                if model.projector:
                    notes.append(_("sees pictures"))
                if model.path == self._in_use:
                    notes.append(_("in use"))
                name = sanitize_line(short_name(model, self._installed), 80)
                yield f"  {name} · {' · '.join(notes)}"
            yield ""
        if unfinished := self._cache.unfinished_bytes():
            text = _("Unfinished downloads: {size}; `tui-chat local get` continues them.")
            yield text.format(size=byte_size(unfinished))
            yield ""

    def _row_lines(self, row: CatalogModel) -> Iterator[str]:
        needed = _("about {size} of memory").format(size=byte_size(row.needed_bytes))
        facts = [f"{row.billions:g}B", needed, row.licence]
        if row.sees_pictures:
            facts.append(_("sees pictures"))
        yield f"{self._fit(row).mark} {row.name} · {' · '.join(facts)}"
        yield _("    {strength}").format(strength=_(row.strength))
        yield _("    languages: {languages}").format(languages=_(row.languages))
        yield f"    {row.page}"

    def _fit(self, row: CatalogModel) -> Fit:
        return fit_of(row.needed_bytes, self._memory)
