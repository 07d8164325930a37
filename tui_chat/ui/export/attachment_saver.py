"""Saves an attachment through the export dialog."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui_chat.config.file_paths import path_errors_as
from tui_chat.core.errors import StorageError
from tui_chat.core.labels import N_, _
from tui_chat.ui.common.file_names import plain_name, write_new
from tui_chat.ui.export.export_screen import ExportForm
from tui_chat.ui.export.exporter import Places, documents_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tui_chat.core.attachments import Attachment
    from tui_chat.session.launch import Launch


class AttachmentSaver(Places):
    """Writes an attachment to a file, for the export dialog."""

    def __init__(self, launch: Launch, file: Attachment, data: bytes) -> None:
        super().__init__(launch)
        self._file = file
        self._data = data

    @property
    def what(self) -> str:
        """The panel's title."""
        return _("Save this file")

    @property
    def forms(self) -> Sequence[ExportForm]:
        """The only form."""
        return (ExportForm(N_("as it is"), "", self._file.details),)

    def target(self, form: ExportForm) -> Path:
        """Return a new path in the documents folder."""
        return self.free(documents_folder() / plain_name(self._file.name))

    async def write(self, form: ExportForm, path: Path) -> Path:
        """Write the file and return its path.

        Raises:
            StorageError: It cannot be written.
        """
        with path_errors_as(StorageError, path):
            return await asyncio.to_thread(write_new, self._data, path.parent, path.name)
