"""Writes the open conversation into a file, in the forms there are."""

from __future__ import annotations

import asyncio
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.config.paths import expanded
from tui_chat.core.errors import ConfigError, StorageError
from tui_chat.core.path_text import path_text
from tui_chat.core.visible import mended, visible_line
from tui_chat.ui.screens.export_screen import ExportForm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui_chat.chat.session import ChatSession

_FORMS: Final = (ExportForm("Markdown", "md", "what is shown"),)
_NOT_IN_NAMES: Final = re.compile(r"[^\w.-]+")


class SessionExporter:
    """Writes the conversation of a session as it is when it is asked for."""

    def __init__(self, session: ChatSession, env: Mapping[str, str]) -> None:
        """Prepare.

        Args:
            session: Whose conversation.
            env: Says where the home folder is.
        """
        self._session = session
        self._env = env

    @property
    def forms(self) -> Sequence[ExportForm]:
        """The forms it knows, the usual one first."""
        return _FORMS

    def target(self, form: ExportForm) -> Path:
        """Return a new file in the person's documents, named after date and title."""
        conversation = self._session.conversation
        title = _NOT_IN_NAMES.sub("-", visible_line(conversation.title, 40).lower()).strip("-.")
        name = f"{conversation.created_at:%Y-%m-%d}-{title or 'conversation'}.{form.suffix}"
        return self.free(documents_folder() / name)

    def expanded(self, text: str) -> Path:
        """Return the path that a person wrote; a relative one begins at the documents."""
        try:
            return expanded(text, self._env, documents_folder())
        except ConfigError:
            return Path(text)

    def free(self, path: Path) -> Path:
        """Return a name beside a file that is taken, or the path itself."""
        free, number = path, 2
        while free.exists():
            free = path.with_name(f"{path.stem}-{number}{path.suffix}")
            number += 1
        return free

    async def write(self, form: ExportForm, path: Path) -> Path:
        """Write the conversation and return where it is.

        Raises:
            StorageError: It is not written.
        """
        text = mended(path_text(self._session.path))
        return await asyncio.to_thread(_written, text, path)


def documents_folder() -> Path:
    """Return the folder for what a person keeps; the home folder where there is none."""
    import platformdirs

    documents = platformdirs.user_documents_path()
    return documents if documents.is_dir() else Path.home()


def _written(text: str, path: Path) -> Path:
    """Write a new file that only its owner can read, whole or not at all."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise _not_written(path, error) from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise _not_written(path, error) from error
    return path


def _not_written(path: Path, error: OSError) -> StorageError:
    reason = error.strerror or type(error).__name__
    where = visible_line(str(path))
    return StorageError(f"{where} cannot be written: {reason}.", "Name another folder.")
