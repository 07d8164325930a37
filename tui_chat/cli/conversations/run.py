"""Runs the conversation commands. Exit status: 0 done, 1 failed, 2 wrong usage."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.cli.conversations.configuration_texts import ConfigurationTexts
from tui_chat.cli.conversations.output import Output
from tui_chat.cli.conversations.resolve_id import find_conversation
from tui_chat.config.permissions import close_folders
from tui_chat.core.cost.statistics import Grouping
from tui_chat.core.errors import StorageError, TuiChatError
from tui_chat.core.labels import N_, _
from tui_chat.import_export.export.formats import TranscriptFormat, format_of_name
from tui_chat.import_export.export.redact_keys import KeyRedactor
from tui_chat.session.endpoints.known_secrets import readable_secrets, slow_secrets
from tui_chat.storage.database.sqlite_errors import storage_error
from tui_chat.storage.read_only import Reader

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping

    from tui_chat.session.launch import Launch

DONE: Final = 0
FAILED: Final = 1
USAGE_ERROR: Final = 2

_OTHER_FORMATS: Final = (".csv", ".tsv", ".pdf", ".docx", ".xlsx", ".xml", ".yaml", ".zip")
"""Extensions whose files would not be what they say."""
_NOTHING_SAVED: Final = N_("No conversation is saved yet.")


def run(options: argparse.Namespace, launch: Launch) -> int:
    """Run one command and return its exit status.

    Args:
        options: The parsed arguments, see `arguments.add_commands`.
        launch: Paths and configured keys.

    Raises:
        BrokenPipeError: The reader of standard output has closed the pipe.
    """
    failures: list[str] = []
    mask = KeyRedactor(readable_secrets(launch), lambda: slow_secrets(launch, failures.append))
    output = Output(sys.stdout, sys.stderr, mask)
    for warning in close_folders(launch.paths):
        output.report(warning)
    options.texts = ConfigurationTexts(launch)
    try:
        status = _COMMANDS[options.command](options, launch.paths.database, output)
        output.flush()
        for failure in failures:
            output.report(failure)
    except TuiChatError as error:
        output.report(error.message)
        return FAILED
    except BrokenPipeError:
        raise
    except OSError as error:
        # An error without a file name is about standard output.
        name = error.filename
        path = os.fsdecode(name) if isinstance(name, str | bytes) else _("standard output")
        output.report(storage_error(error, Path(path)).message)
        return FAILED
    return status


def _list(options: argparse.Namespace, database: Path, output: Output) -> int:
    from tui_chat.cli.conversations.list_and_search import list_all, list_json

    if not database.exists():
        output.json([]) if options.json else output.report(_(_NOTHING_SAVED))
        return DONE
    with _reading(database, output) as reader:
        write = list_json if options.json else list_all
        write(reader, output, options.limit, in_trash=options.trash)
    return DONE


def _search(options: argparse.Namespace, database: Path, output: Output) -> int:
    from tui_chat.cli.conversations.list_and_search import search, search_json

    if not database.exists():
        output.json([]) if options.json else output.report(_(_NOTHING_SAVED))
        return DONE
    with _reading(database, output) as reader:
        write = search_json if options.json else search
        write(reader, output, " ".join(options.words), options.limit)
    return DONE


def _show(options: argparse.Namespace, database: Path, output: Output) -> int:
    from tui_chat.cli.conversations.show import show, show_json

    if not database.exists():
        raise StorageError(_(_NOTHING_SAVED))
    with _reading(database, output) as reader:
        conversation = find_conversation(reader, " ".join(options.which), output)
        transcript = output.mask(reader.transcript(conversation))
    write = show_json if options.json else show
    write(transcript, output)
    return DONE


def _stats(options: argparse.Namespace, database: Path, output: Output) -> int:
    from tui_chat.cli.conversations.stats import statistics, statistics_json

    if not database.exists():
        raise StorageError(_(_NOTHING_SAVED))
    with _reading(database, output) as reader:
        write = statistics_json if options.json else statistics
        write(reader, output, Grouping(options.by), options.days)
    return DONE


def _export_format(options: argparse.Namespace) -> TranscriptFormat:
    """Return the format that was asked for, by name or by the extension of the file.

    Raises:
        StorageError: The extension is that of another kind of file.
    """
    if options.format:
        return TranscriptFormat(options.format)
    name = Path(options.output or "").name
    found = format_of_name(name)
    if found is None and name.lower().endswith(_OTHER_FORMATS):
        raise StorageError(
            _("Conversations cannot be exported as {extension}.").format(
                extension=Path(name).suffix
            ),
            _("Use one of {extensions}.").format(extensions=f".{', .'.join(TranscriptFormat)}"),
        )
    return found or TranscriptFormat.MD


def _export(options: argparse.Namespace, database: Path, output: Output) -> int:
    from tui_chat.cli.conversations.export import Export, export_all, export_one

    words = " ".join(options.which)
    if options.is_all and words:
        output.report(_("Use either an id or --all, not both."))
        return USAGE_ERROR
    file_format = _export_format(options)
    export = Export(file_format, options.output, options.force, options.embed)
    if not database.exists():
        raise StorageError(_(_NOTHING_SAVED))
    with _reading(database, output) as reader:
        if options.is_all:
            export_all(reader, export, output)
        else:
            export_one(reader, words, export, output)
    return DONE


def _import(options: argparse.Namespace, database: Path, output: Output) -> int:
    from tui_chat.cli.conversations.import_files import import_files

    files = [Path(file) for file in options.files]
    is_complete = import_files(files, database, output, is_dry=options.dry_run)
    for file in files:
        options.texts.restore_from(file, output, is_wanted=options.settings, is_dry=options.dry_run)
    return DONE if is_complete else FAILED


def _backup(options: argparse.Namespace, database: Path, output: Output) -> int:
    from tui_chat.cli.conversations.backup import back_up_into

    if not database.exists():
        raise StorageError(_(_NOTHING_SAVED))
    target = Path(options.file)
    back_up_into(database, target, is_replacing=options.force)
    options.texts.put_into(target)
    output.report(_("Everything was copied to {path}.").format(path=target))
    return DONE


@contextmanager
def _reading(database: Path, output: Output) -> Iterator[Reader]:
    """Open the saved conversations and report unreadable rows at the end."""
    with Reader(database) as reader:
        yield reader
        if notice := reader.unreadable.report():
            output.report(notice)


_COMMANDS: Final[Mapping[str, Callable[[argparse.Namespace, Path, Output], int]]] = {
    "list": _list,
    "search": _search,
    "show": _show,
    "export": _export,
    "import": _import,
    "backup": _backup,
    "stats": _stats,
}
