"""Writes the open conversation to a file in any export format."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.config.file_paths import PathKind, path_kind
from tui_chat.config.paths import expanded
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import N_, _
from tui_chat.core.transcript import Transcript
from tui_chat.import_export.export.formats import TranscriptFormat
from tui_chat.import_export.export.redact_keys import KeyRedactor
from tui_chat.import_export.export.write_file import file_name, write_transcript
from tui_chat.session.endpoints.known_secrets import readable_secrets, slow_secrets
from tui_chat.session.turns.attachment_contents import with_contents
from tui_chat.ui.export.export_screen import ExportForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.session.launch import Launch
    from tui_chat.session.session import ChatSession

log = logging.getLogger(__name__)

_FORMS: Final = (
    ExportForm("Markdown", "md", N_("the visible messages")),
    ExportForm("HTML", "html", N_("the visible messages, for a browser or a printer")),
    ExportForm("JSON", "json", N_("every version; can be imported again"), is_whole=True),
    ExportForm(N_("JSON, visible"), "json", N_("the visible messages; can be imported again")),
    ExportForm("JSON Lines", "jsonl", N_("every version, one message a line"), is_whole=True),
    ExportForm(N_("JSON Lines, visible"), "jsonl", N_("the visible messages, one message a line")),
)


class Places:
    """Resolves export paths: user input, or a name in the documents folder."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch

    def expanded(self, text: str) -> Path:
        """Return the path for user input; relative paths start at the documents folder."""
        try:
            return expanded(text, self._launch.env, documents_folder())
        except ConfigError:
            return Path(text)

    def free(self, path: Path) -> Path:
        """Return the path, or a free name beside it if it exists."""
        free, number = path, 2
        while _is_taken(free):
            free = path.with_name(f"{path.stem}-{number}{path.suffix}")
            number += 1
        return free

    def mask(self) -> KeyRedactor:
        """Return a function that redacts the user's keys; create and use it in a thread."""
        launch = self._launch
        return KeyRedactor(
            readable_secrets(launch),
            lambda: slow_secrets(launch, lambda text: log.warning("%s", text)),
        )


class SessionExporter(Places):
    """Writes the current state of a session's conversation."""

    def __init__(self, session: ChatSession, launch: Launch) -> None:
        super().__init__(launch)
        self._session = session

    @property
    def what(self) -> str:
        """The panel's title."""
        return _("Export this conversation")

    @property
    def forms(self) -> Sequence[ExportForm]:
        """The supported formats, default first."""
        return _FORMS

    def target(self, form: ExportForm) -> Path:
        """Return a new path in the documents folder, named by date and title."""
        name = file_name(self._session.conversation, TranscriptFormat(form.suffix))
        return self.free(documents_folder() / name)

    async def write(self, form: ExportForm, path: Path) -> Path:
        """Write the conversation and return its path.

        Raises:
            StorageError: It cannot be written.
        """
        session = self._session
        messages = session.tree.messages if form.is_whole else list(session.path)
        messages = await with_contents(messages, session.store)
        transcript = Transcript(session.conversation, messages)
        return await asyncio.to_thread(self._write, transcript, form, path)

    def _write(self, transcript: Transcript, form: ExportForm, path: Path) -> Path:
        form_ = TranscriptFormat(form.suffix)
        return write_transcript(transcript, form_, path, redact=self.mask())


def documents_folder() -> Path:
    """Return the documents folder, or the home folder if there is none."""
    import platformdirs

    documents = platformdirs.user_documents_path()
    try:
        is_there = path_kind(documents) is PathKind.FOLDER
    except OSError:
        is_there = False
    return documents if is_there else Path.home()


def _is_taken(path: Path) -> bool:
    try:
        return path_kind(path) is not PathKind.MISSING
    except OSError:
        # Writing to it fails in the same way and is reported then.
        return False
