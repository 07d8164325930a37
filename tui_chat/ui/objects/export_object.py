"""Writes an object that was answered into a file, in the forms there are."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from tui_chat.import_export.export.write_file import write_file
from tui_chat.structured.export_formats import format_rows, to_rows
from tui_chat.ui.export.export_screen import ExportForm
from tui_chat.ui.export.exporter import Places, documents_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tui_chat.session.launch import Launch
    from tui_chat.structured.verdict import Evaluation

_RAW: Final = ExportForm("Raw", "txt", "the answer as it came")
_FORMS: Final = (
    ExportForm("JSON", "json", "the object"),
    ExportForm("JSON Lines", "jsonl", "a list: one entry a line"),
    ExportForm("CSV", "csv", "a list: one entry a row, nested values as JSON"),
    _RAW,
)


class ObjectExporter(Places):
    """Writes an object; where the answer holds none, only the answer as it came."""

    what = "Save this object"

    def __init__(self, evaluation: Evaluation, name: str, launch: Launch) -> None:
        """Prepare.

        Args:
            evaluation: The answer.
            name: The beginning of the file's name: date and title.
            launch: Knows the home folder, and the keys that are taken out of what is written.
        """
        super().__init__(launch)
        self._evaluation = evaluation
        self._name = name

    @property
    def forms(self) -> Sequence[ExportForm]:
        """The forms it knows, the usual one first."""
        return _FORMS if self._evaluation.json is not None else (_RAW,)

    def target(self, form: ExportForm) -> Path:
        """Return a new file in the person's documents."""
        return self.free(documents_folder() / f"{self._name}.{form.suffix}")

    async def write(self, form: ExportForm, path: Path) -> Path:
        """Write the object and return where it is.

        Raises:
            StorageError: It is not written.
        """
        return await asyncio.to_thread(self._write, form, path)

    def _write(self, form: ExportForm, path: Path) -> Path:
        evaluation = self._evaluation
        if form is _RAW:
            text = evaluation.raw
        else:
            # One line of JSON Lines and one row of a table for each entry of a list.
            rows = [evaluation.value] if form.suffix == "json" else to_rows(evaluation.value)
            text = format_rows(rows, form.suffix)
        return write_file(path, [self.mask().text(text)])
