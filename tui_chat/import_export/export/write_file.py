"""Writes export files atomically, readable by their owner only."""

from __future__ import annotations

import os
import re
import unicodedata
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING, Final

from tui_chat.config.file_paths import PathKind, path_errors_as, path_kind, shown_path
from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.import_export.export.attachment_links import FilesBeside
from tui_chat.import_export.export.formats import TranscriptFormat, render
from tui_chat.storage.database.sqlite_errors import storage_error

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui_chat.core.conversation import Conversation
    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.export.redact_keys import KeyRedactor

_NOT_IN_NAMES: Final = re.compile(r"[^\w.-]+")
_MAX_SLUG_BYTES: Final = 120
"""Most file systems allow names of 255 bytes; a Chinese character takes three."""


def write_transcript(
    transcript: Transcript,
    file_format: TranscriptFormat,
    target: Path,
    *,
    redact: KeyRedactor | None = None,
    overwrite: bool = False,
    is_embedding: bool = False,
) -> Path:
    """Write a conversation into a file, and return the path of the file.

    Args:
        transcript: The conversation.
        file_format: The export format.
        target: The file; or an existing folder, in which the file gets a free name made of date
            and title.
        redact: Removes API keys; None if none are known.
        overwrite: Replace an existing file.
        is_embedding: Write attachments into a Markdown file itself, not into a folder beside it.

    Raises:
        StorageError: Nothing was written, except perhaps attachments.
    """
    if redact is not None:
        transcript = redact(transcript)
    with path_errors_as(StorageError, target):
        if path_kind(target) is PathKind.FOLDER:
            target /= file_name(transcript.conversation, file_format)
            if not overwrite:
                target = _free_name(target)
    link = None if is_embedding else FilesBeside(target)
    return write_file(target, render(transcript, file_format, link), overwrite)


def write_file(target: Path, pieces: Iterable[str], overwrite: bool = False) -> Path:
    """Write a file that gets its name only once it is complete, and return its path.

    Raises:
        StorageError: It exists already, or cannot be written.
    """
    with path_errors_as(StorageError, target):
        kind = path_kind(target)
    if kind is PathKind.FOLDER:
        raise StorageError(
            _("{path} is a folder.").format(path=shown_path(target)), _("Name a file in it.")
        )
    if kind is not PathKind.MISSING and not overwrite:
        raise already_exists(target)
    try:
        handle, name = mkstemp(prefix=".tui-chat-", suffix=".partial", dir=target.parent)
        partial = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="\n") as file:
                file.writelines(pieces)
            partial.replace(target)
        finally:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(error, target) from error
    return target


def _free_name(target: Path) -> Path:
    stem, number = target.stem, 2
    while path_kind(target) is not PathKind.MISSING:
        target = target.with_name(f"{stem}-{number}{target.suffix}")
        number += 1
    return target


def already_exists(target: Path) -> StorageError:
    """Return the error for a file that would be overwritten."""
    return StorageError(
        _("{path} already exists.").format(path=shown_path(target)),
        _("Give another name, or overwrite it with --force."),
    )


def file_name(conversation: Conversation, file_format: TranscriptFormat) -> str:
    """Return a stable file name for a conversation: date, title and the end of its ID."""
    title = unicodedata.normalize("NFC", sanitize_line(conversation.title, 60))
    slug = _NOT_IN_NAMES.sub("-", title.lower()).strip("-.")
    slug = slug.encode()[:_MAX_SLUG_BYTES].decode(errors="ignore").strip("-.")
    parts = [f"{conversation.created_at:%Y-%m-%d}", slug, conversation.id[-6:]]
    return f"{'-'.join(part for part in parts if part)}.{file_format}"
