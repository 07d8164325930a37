"""Exports the object of a reply to a file."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import N_, _
from tui_chat.import_export.export.write_file import write_file
from tui_chat.structured.export_formats import format_rows, to_rows
from tui_chat.ui.export.export_screen import ExportForm
from tui_chat.ui.export.exporter import Places, documents_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tui_chat.session.launch import Launch
    from tui_chat.structured.verdict import Evaluation

_RAW: Final = ExportForm(N_("Raw"), "txt", N_("the unchanged answer"))
_FORMS: Final = (
    ExportForm("JSON", "json", N_("the object")),
    ExportForm("JSON Lines", "jsonl", N_("a list: one entry per line")),
    ExportForm("CSV", "csv", N_("a list: one entry per row, nested values as JSON")),
    _RAW,
)


class ObjectExporter(Places):
    """Writes an object; without an object only the raw reply."""

    def __init__(self, evaluation: Evaluation, name: str, launch: Launch) -> None:
        """Create an exporter.

        Args:
            evaluation: The reply and its object.
            name: Stem of the file name: date and title.
            launch: Provides the home folder and the keys to redact.
        """
        super().__init__(launch)
        self._evaluation = evaluation
        self._name = name

    @property
    def what(self) -> str:
        """The panel's title."""
        return _("Save this object")

    @property
    def forms(self) -> Sequence[ExportForm]:
        """The supported formats, default first."""
        return _FORMS if self._evaluation.json is not None else (_RAW,)

    def target(self, form: ExportForm) -> Path:
        """Return a free path in the documents folder."""
        return self.free(documents_folder() / f"{self._name}.{form.suffix}")

    async def write(self, form: ExportForm, path: Path) -> Path:
        """Write the object and return its path.

        Raises:
            StorageError: The file cannot be written.
        """
        return await asyncio.to_thread(self._write, form, path)

    def _write(self, form: ExportForm, path: Path) -> Path:
        evaluation = self._evaluation
        if form is _RAW:
            text = evaluation.raw
        else:
            # JSON Lines and CSV have one row per entry of a list.
            rows = [evaluation.value] if form.suffix == "json" else to_rows(evaluation.value)
            text = format_rows(rows, form.suffix)
        return write_file(path, [self.mask().text(text)])
