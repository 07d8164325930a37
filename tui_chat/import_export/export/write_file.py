"""Writes conversations into files that only their owner can read; whole, or not at all."""

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
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.import_export.export.formats import TranscriptFormat, written
from tui_chat.storage.sqlite_errors import storage_error

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui_chat.core.conversation import Conversation
    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.export.redact_keys import KeyRedactor

_NOT_IN_NAMES: Final = re.compile(r"[^\w.-]+")
_LONGEST_NAME_BYTES: Final = 120
"""Most file systems allow 255 bytes; a Chinese character takes three."""


def write_transcript(
    transcript: Transcript,
    form: TranscriptFormat,
    target: Path,
    *,
    mask: KeyRedactor | None = None,
    is_replacing: bool = False,
) -> Path:
    """Write a conversation into a file, and return the path of the file.

    Args:
        transcript: What to write.
        form: In which form.
        target: The file; or a folder that is there, in which it gets a name from date and title
            that is not taken yet.
        mask: Takes keys out of it; None when none are known.
        is_replacing: Whether a file that is there may be written over.

    Raises:
        StorageError: Nothing was written; the words say why and what to do.
    """
    if mask is not None:
        transcript = mask(transcript)
    with path_errors_as(StorageError, target):
        if path_kind(target) is PathKind.FOLDER:
            target /= file_name(transcript.conversation, form)
            if not is_replacing:
                target = _free(target)
    return write_file(target, written(transcript, form), is_replacing)


def write_file(target: Path, pieces: Iterable[str], is_replacing: bool = False) -> Path:
    """Write a file that appears under its name only when it is whole, and return its path.

    Raises:
        StorageError: It is there already, or cannot be written.
    """
    with path_errors_as(StorageError, target):
        kind = path_kind(target)
    if kind is PathKind.FOLDER:
        raise StorageError(f"{shown_path(target)} is a folder.", "Name a file in it.")
    if kind is not PathKind.MISSING and not is_replacing:
        raise already_there(target)
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


def _free(target: Path) -> Path:
    stem, number = target.stem, 2
    while path_kind(target) is not PathKind.MISSING:
        target = target.with_name(f"{stem}-{number}{target.suffix}")
        number += 1
    return target


def already_there(target: Path) -> StorageError:
    """Return the failure of a file that would have to be written over."""
    return StorageError(f"{shown_path(target)} is there already.", "Give another name, or --force.")


def file_name(conversation: Conversation, form: TranscriptFormat) -> str:
    """Return a name for the file of a conversation: date, title, and the end of its id.

    It is the same each time as long as the title is, and another for every conversation.
    """
    title = unicodedata.normalize("NFC", sanitize_line(conversation.title, 60))
    slug = _NOT_IN_NAMES.sub("-", title.lower()).strip("-.")
    slug = slug.encode()[:_LONGEST_NAME_BYTES].decode(errors="ignore").strip("-.")
    parts = [f"{conversation.created_at:%Y-%m-%d}", slug, conversation.id[-6:]]
    return f"{'-'.join(part for part in parts if part)}.{form}"
