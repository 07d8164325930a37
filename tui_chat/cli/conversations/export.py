"""``tui-chat export``."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.cli.conversations.resolve_id import chosen
from tui_chat.config.file_paths import PathKind, kind_of, refusals_as, shown_path
from tui_chat.config.paths import PRIVATE_FOLDER_MODE
from tui_chat.core.conversation import now
from tui_chat.core.errors import StorageError
from tui_chat.core.text.quantities import counted
from tui_chat.import_export.export.formats import TranscriptFormat, render, render_all
from tui_chat.import_export.export.write_file import (
    already_exists,
    file_name,
    write_file,
    write_transcript,
)
from tui_chat.storage.sqlite_errors import storage_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.cli.conversations.output import Output
    from tui_chat.core.conversation import Conversation
    from tui_chat.storage.read_only import Reader

_STANDARD_OUTPUT: Final = "-"


@dataclass(frozen=True, slots=True)
class Export:
    """What is asked for."""

    form: TranscriptFormat
    target: str | None
    """A path; None or `-` for standard output."""
    is_replacing: bool
    """Whether files that are there may be written over."""


def export_one(reader: Reader, words: str, wanted: Export, output: Output) -> None:
    """Write one conversation.

    Raises:
        StorageError: It is not written.
    """
    transcript = reader.transcript(chosen(reader, words, output))
    if wanted.target in (None, _STANDARD_OUTPUT):
        output.pieces(render(output.mask(transcript), wanted.form), is_json=wanted.form.is_lossless)
        return
    path = write_transcript(
        transcript,
        wanted.form,
        _target(str(wanted.target)),
        redact=output.mask,
        overwrite=wanted.is_replacing,
    )
    output.tell(f"Written to {path}.")


def export_all(reader: Reader, wanted: Export, output: Output) -> None:
    """Write all conversations: into one file, or a file for each into a folder.

    What was deleted and is still in the trash is only in the forms that hold everything.

    Raises:
        StorageError: They are not all written.
    """
    if not wanted.form.is_lossless:
        _export_into_folder(reader, wanted, output)
        return
    transcripts = map(output.mask, reader.transcripts(with_deleted=True))
    pieces = render_all(transcripts, wanted.form)
    if wanted.target in (None, _STANDARD_OUTPUT):
        output.pieces(pieces, is_json=True)
        return
    target = _target(str(wanted.target))
    if _is_folder(target):
        target /= f"tui-chat-{now():%Y-%m-%d}.{wanted.form}"
    path = write_file(target, pieces, wanted.is_replacing)
    count = sum(1 for _ in reader.conversations(with_deleted=True))
    output.tell(f"Written to {path}: {counted(count, 'conversation')}.")


def _target(text: str) -> Path:
    """Return the path of a file, or of a folder that is there.

    Raises:
        StorageError: A folder is meant, by the slash at its end, and there is none.
    """
    path = Path(text)
    if text.endswith("/") and not _is_folder(path):
        raise StorageError(f"There is no folder {shown_path(path)}.", "Make it first.")
    return path


def _is_folder(path: Path) -> bool:
    with refusals_as(StorageError, path):
        return kind_of(path) is PathKind.FOLDER


def _export_into_folder(reader: Reader, wanted: Export, output: Output) -> None:
    if wanted.target == _STANDARD_OUTPUT:
        what = f"Standard output cannot hold all conversations as {wanted.form}."
        raise StorageError(what, "Give a folder, or the format json or jsonl.")
    folder = Path(wanted.target or f"tui-chat-{now():%Y-%m-%d}")
    try:
        folder.mkdir(mode=PRIVATE_FOLDER_MODE, exist_ok=True)
    except OSError as error:
        raise storage_error(error, folder) from error
    conversations = list(reader.conversations(with_deleted=False))
    names = _names([output.mask.conversation(c) for c in conversations], wanted.form)
    if not wanted.is_replacing:
        # Looked at before the first is written, so that it is all or nothing in the usual case.
        for name in names:
            with refusals_as(StorageError, folder / name):
                is_taken = kind_of(folder / name) is not PathKind.MISSING
            if is_taken:
                raise already_exists(folder / name)
    for conversation, name in zip(conversations, names, strict=True):
        transcript = output.mask(reader.transcript(conversation))
        write_file(folder / name, render(transcript, wanted.form), wanted.is_replacing)
    output.tell(f"Written into {folder}: {counted(len(names), 'conversation')}.")


def _names(conversations: Sequence[Conversation], form: TranscriptFormat) -> list[str]:
    """Return a name for the file of each conversation; no two have the same.

    Where the usual ones are alike, in title and in the end of the id, the whole id is added.
    """
    names = [file_name(conversation, form) for conversation in conversations]
    counts = Counter(names)
    return [
        name if counts[name] == 1 else f"{name.removesuffix(f'.{form}')}-{conversation.id}.{form}"
        for conversation, name in zip(conversations, names, strict=True)
    ]
