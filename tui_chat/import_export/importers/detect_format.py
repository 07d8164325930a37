"""Detects the format of a file from its content, and reads its conversations."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.file_paths import PathKind, path_errors_as, path_kind, shown_path
from tui_chat.core.errors import StorageError
from tui_chat.core.labels import N_, _
from tui_chat.import_export.importers.archived_files import ArchivedFiles
from tui_chat.import_export.importers.databases.detect_database import open_database
from tui_chat.import_export.importers.exports import (
    aichat,
    aichat_log,
    chatgpt,
    claude,
    deepseek,
    jan,
    librechat,
    lm_studio,
    open_webui,
)
from tui_chat.import_export.importers.exports import tui_chat as own
from tui_chat.import_export.importers.folder_files import text_files
from tui_chat.import_export.importers.json_stream import JsonText
from tui_chat.import_export.importers.parse_each import name_in_errors, parse_each
from tui_chat.import_export.importers.skipped import Skipped
from tui_chat.import_export.importers.source import Source
from tui_chat.import_export.importers.zip_file import is_zip, text_members
from tui_chat.import_export.malformed import Malformed
from tui_chat.storage.database.sqlite_errors import storage_error

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import ModuleType

_SQLITE: Final = b"SQLite format 3\0"
MAX_JSON_BYTES: Final = 1_000_000_000
_SAMPLE: Final = 20
"""Elements of a list that are checked to detect its format."""
_YAML: Final = (".yaml", ".yml")
_MARKDOWN: Final = ".md"
# DeepSeek's conversations resemble those of ChatGPT.
_IMPORTERS: Final = (deepseek, chatgpt, claude, open_webui, librechat, lm_studio)
_SUPPORTED: Final = N_(
    "Supported: files from `tui-chat export` and `tui-chat backup`; the data exports of ChatGPT, "
    "Claude and DeepSeek (the .zip, or conversations.json in it); exports of Open WebUI and "
    "LibreChat; conversations of LM Studio, Jan (messages.jsonl) and aichat (sessions, "
    "messages.md), or their folder, or a .zip of it; and the databases of elia, oterm, llm and "
    "Open WebUI."
)


def open_source(path: Path) -> Source:
    """Open a file of conversations of any supported format.

    Raises:
        StorageError: The file cannot be read, or its format is not supported.
    """
    shown = shown_path(path)
    _check_file(path, shown)
    try:
        source = Source(path)
        source.tally.files = source.enter(ArchivedFiles(path))
        if path.is_dir():
            for name, data in text_files(path, MAX_JSON_BYTES):
                _add_member(source, shown, name, data)
        elif _is_database(path):
            return open_database(path, _(_SUPPORTED))
        elif is_zip(path):
            for name, data in text_members(path, MAX_JSON_BYTES):
                _add_member(source, shown, name, data)
        else:
            _add_file(source, shown)
    except OSError as error:
        raise storage_error(error, path) from error
    except Malformed as error:
        raise StorageError(f"{error}.", _("Nothing was imported.")) from error
    if not source.names:
        raise StorageError(
            _("{file} is not a supported file of conversations.").format(file=shown), _(_SUPPORTED)
        )
    return source


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def _add_file(source: Source, shown: str) -> None:
    """Add the conversations of a text file."""
    path = source.path
    if path.stat().st_size > MAX_JSON_BYTES:
        raise Malformed(
            _("{file} is larger than {limit:,} bytes").format(file=shown, limit=MAX_JSON_BYTES)
        )
    data = path.read_bytes()
    is_yaml = path.name.lower().endswith(_YAML)
    if not (_add_log(source, "", data) or (is_yaml and _add_yaml(source, path.name, data))):
        _add_json(source, shown, data)


def _check_file(path: Path, shown: str) -> None:
    with path_errors_as(StorageError, path):
        kind = path_kind(path)
    if kind is PathKind.MISSING:
        with path_errors_as(StorageError, path):
            path.stat()
    if kind not in (PathKind.FILE, PathKind.FOLDER):
        # A device may be endless, and a pipe can be read only once.
        raise StorageError(
            _("{path} is not a regular file.").format(path=shown),
            _("Save its content to a file first."),
        )


def _add_member(source: Source, shown: str, name: str, data: bytes) -> None:
    try:
        if name.lower().endswith(_YAML):
            is_known = _add_yaml(source, name, data)
        elif name.lower().endswith(_MARKDOWN):
            is_known = _add_log(source, name, data)
        else:
            is_known = _add_json(source, f"{shown}: {name}", data)
    except Malformed:
        # Exports contain the user's uploads too, and their names may be wrong.
        if "conversation" in name.rpartition("/")[2].lower():
            raise
        source.tally.skip(Skipped.NOT_JSON)
    else:
        if not is_known:
            source.tally.skip(Skipped.OTHER_FILE)


def _add_yaml(source: Source, name: str, data: bytes) -> bool:
    value = aichat.parse_yaml(name, data)
    if not aichat.is_session(value):
        return False
    changed_at = _changed_at(source, name)
    title = PurePosixPath(name).stem
    part = parse_each(
        [value], lambda each, tally: aichat.transcript_from(each, tally, title, changed_at),
        source.tally,
    )  # fmt: skip
    source.add(aichat.NAME, part)
    return True


def _add_log(source: Source, name: str, data: bytes) -> bool:
    """Add the conversations of aichat's log; return whether it is one."""
    if not aichat_log.is_log(data):
        return False
    changed_at = _changed_at(source, name)
    part = parse_each(
        aichat_log.entries(data),
        lambda each, tally: aichat_log.transcript_from(each, tally, changed_at),
        source.tally,
    )
    source.add(aichat_log.NAME, part)
    return True


def _changed_at(source: Source, name: str) -> datetime:
    """Return the time of the last change of a file, or of the archive that contains it."""
    path = source.path / name if source.path.is_dir() else source.path
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _add_json(source: Source, name: str, data: bytes) -> bool:
    """Add the conversations of a JSON file; return whether its format is known."""
    if not data.strip():
        raise Malformed(_("{file} is empty").format(file=name))
    text = JsonText(name, data)
    if not (text.is_object or text.is_list):
        return False
    if text.is_object and not text.is_lines:
        head, records = text.split(own.LIST)
        if own.is_json(head):
            part = own.transcripts_of_json(head, records, source.tally)
            source.add(own.NAME, name_in_errors(name, part))
            return True
        if _add_foreign(source, records):
            return True
    sample = text.sample(_SAMPLE)
    if not text.is_list and own.is_line(sample[0]):
        text.check()
        part = own.transcripts_of_lines(text, source.tally)
        source.add(own.NAME, name_in_errors(name, part))
        return True
    if _is_known(sample):
        text.check()
        return _add_foreign(source, text.elements() if text.is_list else text.values())
    return False


def _is_known(sample: Iterable[Any]) -> bool:
    tests = [importer.is_conversation for importer in _IMPORTERS]
    tests += [jan.is_message, jan.is_thread, claude.is_other_file]
    return any(test(value) for value in sample for test in tests)


def _add_foreign(source: Source, values: Iterable[Any]) -> bool:
    """Add the conversations of another program's export; return whether its format is known."""
    values = iter(values)
    sample = list(islice(values, _SAMPLE))
    values = chain(sample, values)
    if any(map(jan.is_message, sample)):
        source.add(jan.NAME, jan.transcripts(values, source.tally))
    elif any(map(jan.is_thread, sample)):
        for value in values:
            jan.add_thread(value, source.tally.notes)
    elif any(map(claude.is_other_file, sample)):
        for value in values:
            claude.add_other(value, source.tally.notes, source.tally)
    elif (importer := _importer_of(sample)) is not None:
        parse = importer.transcript_from
        source.add(importer.NAME, parse_each(values, parse, source.tally))
    else:
        return False
    return True


def _importer_of(sample: Iterable[Any]) -> ModuleType | None:
    sample = list(sample)
    for importer in _IMPORTERS:
        if any(map(importer.is_conversation, sample)):
            return importer
    return None
