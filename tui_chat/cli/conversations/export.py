"""``tui-chat export``: writes conversations to files or to standard output."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.cli.conversations.resolve_id import find_conversation
from tui_chat.config.file_paths import PathKind, path_errors_as, path_kind, shown_path
from tui_chat.config.paths import PRIVATE_FOLDER_MODE
from tui_chat.core.conversation import now
from tui_chat.core.errors import StorageError
from tui_chat.core.labels import _, ngettext
from tui_chat.import_export.export.attachment_links import FilesBeside
from tui_chat.import_export.export.formats import (
    TranscriptFormat,
    format_of_name,
    render,
    render_all,
)
from tui_chat.import_export.export.write_file import (
    already_exists,
    file_name,
    write_file,
    write_transcript,
)
from tui_chat.storage.database.sqlite_errors import storage_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.cli.conversations.output import Output
    from tui_chat.core.conversation import Conversation
    from tui_chat.storage.read_only import Reader

_STANDARD_OUTPUT: Final = "-"


@dataclass(frozen=True, slots=True)
class Export:
    """The options of an export."""

    format: TranscriptFormat
    target: str | None
    """A path; None or `-` for standard output."""
    is_replacing: bool
    """True if to overwrite existing files."""
    is_embedding: bool = False
    """True if Markdown contains its attachments; otherwise they are in a folder beside it."""

    def link(self, target: Path) -> FilesBeside | None:
        """Return what links a document to its attachments; None to embed them."""
        return None if self.is_embedding else FilesBeside(target)


def export_one(reader: Reader, words: str, options: Export, output: Output) -> None:
    """Write one conversation.

    Raises:
        StorageError: The conversation cannot be read or written.
    """
    conversation = find_conversation(reader, words, output)
    transcript = reader.transcript(conversation, with_contents=True)
    if options.target in (None, _STANDARD_OUTPUT):
        output.pieces(
            render(output.mask(transcript), options.format), is_json=options.format.is_lossless
        )
        return
    path = write_transcript(
        transcript,
        options.format,
        _target(str(options.target)),
        redact=output.mask,
        overwrite=options.is_replacing,
        is_embedding=options.is_embedding,
    )
    output.report(_("Written to {path}.").format(path=path))


def export_all(reader: Reader, options: Export, output: Output) -> None:
    """Write all conversations into one file, or one file each into a folder.

    Markdown and HTML become one file if the target has their extension. Only the lossless formats
    include the trash.

    Raises:
        StorageError: A conversation cannot be read or written.
    """
    if _names_a_file(options):
        _export_into_file(reader, options, output)
        return
    if not options.format.is_lossless:
        _export_into_folder(reader, options, output)
        return
    transcripts = map(output.mask, reader.transcripts(with_deleted=True))
    pieces = render_all(transcripts, options.format)
    if options.target in (None, _STANDARD_OUTPUT):
        output.pieces(pieces, is_json=True)
        return
    target = _target(str(options.target))
    if _is_folder(target):
        target /= f"tui-chat-{now():%Y-%m-%d}.{options.format}"
    path = write_file(target, pieces, options.is_replacing)
    _report(output, path, sum(1 for _each in reader.conversations(with_deleted=True)))


def _names_a_file(options: Export) -> bool:
    """Return whether an export of Markdown or HTML goes into a single file.

    Raises:
        StorageError: The target has the extension of another format.
    """
    if options.format.is_lossless or options.target is None or _is_folder(Path(options.target)):
        return False
    named = format_of_name(options.target)
    if named is not None and named is not options.format:
        raise StorageError(
            _("{path} has the extension of another format than {format}.").format(
                path=options.target, format=options.format
            ),
            _("Leave out --format, or name a folder."),
        )
    return named is not None


def _export_into_file(reader: Reader, options: Export, output: Output) -> None:
    conversations = list(reader.conversations(with_deleted=False))
    transcripts = (
        output.mask(reader.transcript(each, with_contents=True)) for each in conversations
    )
    if options.format is TranscriptFormat.HTML:
        # Imported late: loads a Markdown parser and pygments.
        from tui_chat.import_export.export.html import all_as_html

        pieces = all_as_html(
            [output.mask.conversation(each) for each in conversations], transcripts
        )
    else:
        link = options.link(Path(str(options.target)))
        pieces = render_all(transcripts, options.format, link)
    path = write_file(Path(str(options.target)), pieces, options.is_replacing)
    _report(output, path, len(conversations))


def _report(output: Output, path: Path, number: int) -> None:
    count = ngettext("{count} conversation", "{count} conversations", number)
    output.report(_("Written to {path}: {conversations}.").format(path=path, conversations=count))


def _target(text: str) -> Path:
    """Return the path of a file or of an existing folder.

    Raises:
        StorageError: The text ends in a slash, and the folder does not exist.
    """
    path = Path(text)
    if text.endswith("/") and not _is_folder(path):
        raise StorageError(
            _("The folder {folder} does not exist.").format(folder=shown_path(path)),
            _("Create it first."),
        )
    return path


def _is_folder(path: Path) -> bool:
    with path_errors_as(StorageError, path):
        return path_kind(path) is PathKind.FOLDER


def _export_into_folder(reader: Reader, options: Export, output: Output) -> None:
    if options.target == _STANDARD_OUTPUT:
        raise StorageError(
            _("Standard output cannot contain all conversations as {format}.").format(
                format=options.format
            ),
            _("Choose a folder, or the format json or jsonl."),
        )
    folder = Path(options.target or f"tui-chat-{now():%Y-%m-%d}")
    try:
        folder.mkdir(mode=PRIVATE_FOLDER_MODE, exist_ok=True)
    except OSError as error:
        raise storage_error(error, folder) from error
    conversations = list(reader.conversations(with_deleted=False))
    names = _names([output.mask.conversation(c) for c in conversations], options.format)
    if not options.is_replacing:
        # Checked before the first write, so that usually all files or none are written.
        for name in names:
            with path_errors_as(StorageError, folder / name):
                is_taken = path_kind(folder / name) is not PathKind.MISSING
            if is_taken:
                raise already_exists(folder / name)
    for conversation, name in zip(conversations, names, strict=True):
        transcript = output.mask(reader.transcript(conversation, with_contents=True))
        pieces = render(transcript, options.format, options.link(folder / name))
        write_file(folder / name, pieces, options.is_replacing)
    _report(output, folder, len(names))


def _names(conversations: Sequence[Conversation], format_: TranscriptFormat) -> list[str]:
    """Return a unique file name for each conversation.

    Names that collide, in title and in the end of the id, get the whole id.
    """
    names = [file_name(conversation, format_) for conversation in conversations]
    counts = Counter(names)
    return [
        name
        if counts[name] == 1
        else f"{name.removesuffix(f'.{format_}')}-{conversation.id}.{format_}"
        for conversation, name in zip(conversations, names, strict=True)
    ]
